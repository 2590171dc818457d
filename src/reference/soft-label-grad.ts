/** Loss gap and residual of every context, split into the in-support part and the off-support part. */
export interface SoftLabelGrad {
  /** π_j KL(p_j ‖ q̃_j) and π_j log1p(e^(loff − lin)), [m, 2]. */
  readonly gaps: Float64Array;
  /** A: π_j centre(q̃_j − p_j) on the support, [nnz]. */
  readonly inResidual: Float64Array;
  /** B: π_j q_v off the support, −π_j ω_j q̃_v on it, [V, stride]; columns from m on are zero. */
  readonly offResidual: Float64Array;
}

/** From e^30 on the centred log-ratios no longer hold the digits of q̃. */
const LARGE_LOG_RATIO = 30;

/**
 * Cross-entropy of sparse soft labels as a gap to its entropy, and its residual, in float64. `logits` is [words, stride]
 * with contexts as columns; `supportLogits` holds the same figures for the support entries, in row order. Logits are used as
 * differences from the largest alone.
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

    const p = (i: number): number => probabilities[start + i]!;
    const inside = shiftedLogSumExp(end - start, (i) => supportLogits[start + i]!);
    let likeliest = start;
    for (let k = start; k < end; k++) if (probabilities[k]! > probabilities[likeliest]!) likeliest = k;
    const t = Array.from(
      { length: end - start },
      (_, i) => supportLogits[start + i]! - supportLogits[likeliest]! - Math.log(p(i) / probabilities[likeliest]!),
    );
    const mean = t.reduce((sum, ratio, i) => sum + p(i) * ratio, 0);
    t.forEach((ratio, i) => (t[i] = ratio - mean));
    const peak = t.reduce((most, ratio, i) => Math.max(most, ratio + Math.log(p(i))), 0);
    let divergence: number;
    if (peak > LARGE_LOG_RATIO) {
      // far from p the digits are in log q̃, taken from the largest logit
      const ratio = (i: number): number => supportLogits[start + i]! - inside.peak - inside.rest - Math.log(p(i));
      t.forEach((_, i) => (t[i] = ratio(i)));
      divergence = -t.reduce((sum, x, i) => sum + p(i) * x, 0);
    } else {
      divergence = divergenceOf(t, p);
      t.forEach((centred, i) => (t[i] = centred - divergence));
    }

    const off: number[] = [];
    for (let v = 0; v < words; v++) if (!support.has(v)) off.push(v);
    const outside = shiftedLogSumExp(off.length, (i) => logits[off[i]! * stride + j]!);
    const excess = off.length ? outside.peak - inside.peak + (outside.rest - inside.rest) : -Infinity;
    const offGap = Math.max(excess, 0) + Math.log1p(Math.exp(-Math.abs(excess)));
    const offMass = 1 / (1 + Math.exp(-excess));
    gaps[2 * j] = weight * divergence;
    gaps[2 * j + 1] = weight * offGap;

    for (const v of off)
      offResidual[v * stride + j] = weight * offMass * Math.exp(logits[v * stride + j]! - outside.peak - outside.rest);
    let total = 0;
    for (let k = start; k < end; k++) {
      const x = t[k - start]!;
      const q = Math.exp(x + Math.log(probabilities[k]!));
      const difference = Math.abs(x) < 1 ? probabilities[k]! * Math.expm1(x) : q - probabilities[k]!;
      inResidual[k] = difference;
      total += difference;
      offResidual[tokens[k]! * stride + j] = -weight * offMass * q;
    }
    for (let k = start; k < end; k++) inResidual[k] = weight * (inResidual[k]! - total / (end - start));
  }
  return { gaps, inResidual, offResidual };
}

/** KL(p ‖ q̃) from moderate log-ratios t = log q̃ − log p, centred so that Σ p t = 0: log1p(Σ p (e^t − 1 − t)). */
function divergenceOf(t: readonly number[], p: (i: number) => number): number {
  return Math.log1p(
    t.reduce(
      (sum, ratio, i) =>
        sum + (ratio < 1 ? p(i) * (Math.expm1(ratio) - ratio) : Math.exp(ratio + Math.log(p(i))) - p(i) * (1 + ratio)),
      0,
    ),
  );
}

/** The log-sum-exp as the largest value and what the others add to it. */
function shiftedLogSumExp(count: number, value: (i: number) => number): { peak: number; rest: number } {
  let peak = -Infinity;
  for (let i = 0; i < count; i++) peak = Math.max(peak, value(i));
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp(value(i) - peak);
  return { peak, rest: Math.log(sum) };
}
