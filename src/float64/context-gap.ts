import { SUM_BLOCK } from "../../shaders/lib/pair.wgsl.ts";
import type { Problem } from "../problem/problem.ts";
import { softLabelGrad } from "../reference/soft-label-grad.ts";

/** What one context adds to CE − H. */
export interface ContextGap {
  readonly inSupportGap: number;
  readonly offSupportGap: number;
  /** What the GPU's figure for their sum can be off by, see {@link contextGaps}. */
  readonly bound: number;
}

/** Rounding unit of float32. */
const UNIT = 2 ** -24;
/** Numbers of float32 below it may be flushed to zero. */
const SMALLEST_NORMAL = 2 ** -126;

/**
 * The loss gap of a context j, π_j [KL(p_j ‖ q̃_j) + log(1 + e^(loff − lin))], recomputed in float64, with a bound on what the kernels
 * (support-logits, logits, soft-label-grad) can be off by there, with the accuracies that WGSL asks of exp and log. With u = 2^-24,
 * n words in the support and s_v = Σ_i |W_vi h_ji|, for W as it is and with its mean row taken off, which has the same gap:
 *
 * - Logits of the support come from compensated sums of pairs, off by (d/4 + 8)² 2^-48 s; two of them and log p make `ofPairs`.
 *   Log-ratios t_k from the likeliest word's, and centred, round three times: ε_k = ofPairs + 3u (|t_k| + M), M = Σ p |t| before
 *   centring. What is left of their mean is at most μ = (n + 8) u M + ofPairs.
 * - KL has the gradient q̃ − p in t and a curvature of at most 1 in the largest ε; the mean enters log1p(Σ p (e^t − 1 − t)) as
 *   min(1, KL) μ + μ²/2. Its terms are positive and sum with n roundings: by series to 8u each, and log1p is good to 48u; from |t| = ½ on
 *   e^(t + log p) to (6 + 8 (|t| + |log p|)) u, p and p t to 6u, of which log1p passes on the part e^-KL: p e^(t - KL) is q̃.
 * - lin is off by all that, μ and 2u (|lin| + M + KL); the pairs' sum of blocks by SUM_BLOCK u; a logit off the support by
 *   (d + 2) u s_v, and its exp by (6 + 6x) u, x its distance from lin and that of the largest from lin, over which the origin moves.
 *   These are errors δ_v of log-odds, which log1p(e^odds) passes on as Σ_v q_v (e^δ_v − 1) at most.
 * - log1p adds 48u, the weight and its products 4u, numbers below 2^-126 are lost.
 *
 * It takes 2 V d multiply-adds and O(V) memory a context.
 */
export function contextGaps(problem: Problem, decoder: ArrayLike<number>): (j: number) => ContextGap {
  const { vocabularySize: V, embeddingDim: d, embeddings } = problem;
  const mean = new Float64Array(d);
  for (let i = 0; i < decoder.length; i++) mean[i % d]! += decoder[i]! / V;
  const [logits, sizes] = [new Float64Array(V), new Float64Array(V)];
  return (j) => {
    const h = embeddings.subarray(j * d, (j + 1) * d);
    const ofMean = mean.reduce((sum, w, i) => sum + Math.abs(w * h[i]!), 0);
    for (let v = 0; v < V; v++) {
      let [logit, size] = [0, ofMean];
      for (let i = 0; i < d; i++) {
        const term = decoder[v * d + i]! * h[i]!;
        logit += term;
        size += Math.abs(term);
      }
      logits[v] = logit;
      sizes[v] = size;
    }
    return contextGap(problem, j, logits, sizes);
  };
}

function contextGap(problem: Problem, j: number, logits: Float64Array, sizes: Float64Array): ContextGap {
  const { vocabularySize: V, embeddingDim: d } = problem;
  const [start, end] = [problem.offsets[j]!, problem.offsets[j + 1]!];
  const [tokens, probabilities] = [problem.tokens.subarray(start, end), problem.probabilities.subarray(start, end)];
  const supportLogits = Float64Array.from(tokens, (z) => logits[z]!);
  const { gaps, inResidual, offResidual } = softLabelGrad(
    { offsets: [0, tokens.length], tokens, probabilities, weights: [1] },
    supportLogits,
    logits,
    { words: V, stride: 1 },
  );
  const [divergence, offGap] = gaps as unknown as [number, number];

  const rarest = -Math.log(probabilities.reduce((a, b) => Math.min(a, b)));
  const ofPairs =
    2 * (d / 4 + 8) ** 2 * 2 ** -48 * largest(Float64Array.from(tokens, (z) => sizes[z]!)) + 2 ** -45 * rarest;
  const ratios = supportLogits.map((logit, k) => logit - Math.log(probabilities[k]!));
  // the kernel's choice, among float32 probabilities
  const rounded = Float32Array.from(probabilities);
  const origin = ratios[rounded.indexOf(largest(rounded))]!;
  const meanOf = (value: (t: number) => number): number =>
    ratios.reduce((sum, ratio, k) => sum + probabilities[k]! * value(ratio - origin), 0);
  const [mean, spread] = [meanOf((t) => t), meanOf(Math.abs)];
  const centred = ratios.map((ratio) => ratio - origin - mean);
  const ofRatio = centred.map((t) => ofPairs + 3 * UNIT * (Math.abs(t) + spread));
  const ofMean = (tokens.length + 8) * UNIT * spread + ofPairs;
  const ofTerms = centred.map((t, k) => {
    // below ½ also as the kernel rounds it
    if (Math.abs(t) < 0.49) return 0;
    const [p, size] = [probabilities[k]!, Math.abs(t)];
    return (inResidual[k]! + p) * (6 + 8 * (size - Math.log(p))) + 6 * p * (1 + size) * Math.exp(-divergence);
  });
  const inBound =
    inResidual.reduce((sum, residual, k) => sum + Math.abs(residual) * ofRatio[k]! + ofTerms[k]! * UNIT, 0) +
    largest(ofRatio) ** 2 / 2 +
    Math.min(1, divergence) * ofMean +
    ofMean ** 2 / 2 +
    (tokens.length + 64) * UNIT * divergence;

  const logIn = origin + mean + divergence;
  const ofOdds = inBound + ofMean + (2 * (Math.abs(logIn) + spread + divergence) + SUM_BLOCK + 4) * UNIT;
  const ofProduct = ((d + 2) * UNIT) / (1 - (d + 2) * UNIT);
  // the support has no part in what follows
  for (const z of tokens) {
    logits[z] = logIn;
    offResidual[z] = 0;
  }
  const above = Math.max(0, largest(logits) - logIn);
  let offBound = 48 * UNIT * offGap;
  for (let v = 0; v < V; v++) {
    const ofExp = (6 + 6 * (Math.abs(logits[v]! - logIn) + above)) * UNIT;
    offBound += offResidual[v]! * Math.expm1(ofOdds + ofProduct * sizes[v]! + ofExp);
  }

  const weight = problem.weights[j]!;
  return {
    inSupportGap: weight * divergence,
    offSupportGap: weight * offGap,
    bound: weight * (inBound + offBound + 4 * UNIT * (divergence + offGap)) + (V + 4) * SMALLEST_NORMAL,
  };
}

function largest(values: ArrayLike<number>): number {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]!);
  return most;
}
