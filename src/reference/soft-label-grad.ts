/** Loss gap and residual of every context, split into the in-support part and the off-support part. */
export interface SoftLabelGrad {
  /** π_j KL(p_j ‖ q̃_j) and π_j log1p(e^(loff − lin)), [m, 2]. */
  readonly gaps: Float64Array;
  /** A: π_j centre(q̃_j − p_j) on the support, [nnz]. */
  readonly inResidual: Float64Array;
  /** B: π_j q_v off the support, −π_j ω_j q̃_v on it, [V, stride]; columns from m on are zero. */
  readonly offResidual: Float64Array;
}

/**
 * Cross-entropy of sparse soft labels as a gap to its entropy, and its residual, in float64. `logits` is [words, stride]
 * with contexts as columns; `supportLogits` holds the same figures for the support entries, in row order.
 */
export function softLabelGrad(
  rows: {
    offsets: ArrayLike<number>;
    tokens: ArrayLike<number>;
    probabilities: ArrayLike<number>;
    weights: ArrayLike<number>;
  },
  supportLogits: ArrayLike<number>,
  logits: ArrayLike<number>,
  shape: { words: number; stride: number },
): SoftLabelGrad {
  const { offsets, tokens, probabilities, weights } = rows;
  const { words, stride } = shape;
  const gaps = new Float64Array(weights.length * 2);
  const inResidual = new Float64Array(tokens.length);
  const offResidual = new Float64Array(words * stride);
  for (let j = 0; j < weights.length; j++) {
    const [start, end, weight] = [offsets[j]!, offsets[j + 1]!, weights[j]!];
    const support = new Set<number>();
    for (let k = start; k < end; k++) support.add(tokens[k]!);

    const logIn = logSumExp(end - start, (i) => supportLogits[start + i]!);
    const t = Array.from(
      { length: end - start },
      (_, i) => supportLogits[start + i]! - Math.log(probabilities[start + i]!),
    );
    const first = t[0]!;
    t.forEach((ratio, i) => (t[i] = ratio - first));
    const mean = t.reduce((sum, ratio, i) => sum + probabilities[start + i]! * ratio, 0);
    t.forEach((ratio, i) => (t[i] = ratio - mean));
    const divergence = divergenceOf(t, (i) => probabilities[start + i]!);

    const off = Array.from({ length: words }, (_, v) => v).filter((v) => !support.has(v));
    const logOff = logSumExp(off.length, (i) => logits[off[i]! * stride + j]!);
    const excess = logOff - logIn;
    const offGap = Math.max(excess, 0) + Math.log1p(Math.exp(-Math.abs(excess)));
    const offMass = 1 / (1 + Math.exp(-excess));
    gaps[2 * j] = weight * divergence;
    gaps[2 * j + 1] = weight * (off.length ? offGap : 0);

    for (const v of off) offResidual[v * stride + j] = weight * Math.exp(logits[v * stride + j]! - logIn - offGap);
    let total = 0;
    for (let k = start; k < end; k++) {
      const p = probabilities[k]!;
      const x = t[k - start]! - divergence;
      const difference = Math.abs(x) < 1 ? p * Math.expm1(x) : Math.exp(x + Math.log(p)) - p;
      inResidual[k] = difference;
      total += difference;
      offResidual[tokens[k]! * stride + j] = -weight * (off.length ? offMass : 0) * Math.exp(x + Math.log(p));
    }
    for (let k = start; k < end; k++) inResidual[k] = weight * (inResidual[k]! - total / (end - start));
  }
  return { gaps, inResidual, offResidual };
}

/** KL(p ‖ q̃) from the log-ratios t = log q̃ − log p, centred so that Σ p t = 0: log1p(Σ p (e^t − 1 − t)). */
function divergenceOf(t: readonly number[], p: (i: number) => number): number {
  const peak = t.reduce((most, ratio, i) => Math.max(most, ratio + Math.log(p(i))), 0);
  if (peak > 30) return logSumExp(t.length, (i) => t[i]! + Math.log(p(i)));
  return Math.log1p(
    t.reduce(
      (sum, ratio, i) =>
        sum + (ratio < 1 ? p(i) * (Math.expm1(ratio) - ratio) : Math.exp(ratio + Math.log(p(i))) - p(i) * (1 + ratio)),
      0,
    ),
  );
}

function logSumExp(count: number, value: (i: number) => number): number {
  let peak = -Infinity;
  for (let i = 0; i < count; i++) peak = Math.max(peak, value(i));
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp(value(i) - peak);
  return count ? peak + Math.log(sum) : -Infinity;
}
