import { referenceLoss } from "../../float64/loss.ts";
import { contextLogits } from "../../float64/margin-certificate.ts";
import type { Problem } from "../../problem/problem.ts";

/** CE of a decoder on the distributions of any problem of its sizes, in float64. */
export const crossEntropy = (problem: Problem, decoder: Float64Array): number =>
  problem.entropy + referenceLoss(problem, decoder).lossGap;

/**
 * d CE/d log k late in gradient descent on another problem, of the distributions p* of `truth`. There W_k = W_mm log(ηk) + a matrix that
 * converges (Thrampoulidis 2024, Theorem 2), so that log q_v falls like (max_u (W_mm h)_u − (W_mm h)_v) log k:
 *
 *   Σ_j π_j Σ_v p*_jv (max_u (W_mm h_j)_u − (W_mm h_j)_v)
 *
 * On the contexts that were trained on, the words of S_j share the largest logit, and what is left is Σ_j π_j Σ_{v∉S_j} p*_jv times the
 * margin of v, which is at least 1: the slope is at least the {@link missingMass}.
 * @param margin W_mm of the training problem, V × d
 */
export function lateSlope(truth: Problem, margin: Float64Array): number {
  const { contextCount, vocabularySize: V, offsets, tokens, probabilities, weights } = truth;
  const logits = contextLogits(truth, margin);
  let slope = 0;
  for (let j = 0; j < contextCount; j++) {
    const largest = logits.subarray(j * V, (j + 1) * V).reduce((a, b) => Math.max(a, b));
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++)
      slope += weights[j]! * probabilities[k]! * (largest - logits[j * V + tokens[k]!]!);
  }
  return slope;
}

/**
 * Σ_j π_j Σ_{v∉S_j} p*_jv: how often the next word is one that was not seen after its context.
 * @param truth of contexts of the training problem, by their labels
 */
export function missingMass(training: Problem, truth: Problem): number {
  const { contextCount, offsets, tokens, probabilities, weights, contextLabels = [] } = truth;
  const places = new Map(training.contextLabels?.map((label, j) => [label, j]));
  let mass = 0;
  for (let j = 0; j < contextCount; j++) {
    const place = places.get(contextLabels[j]!)!;
    const support = training.tokens.subarray(training.offsets[place], training.offsets[place + 1]);
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++)
      if (!support.includes(tokens[k]!)) mass += weights[j]! * probabilities[k]!;
  }
  return mass;
}

/**
 * What counts alone say of the missing mass (Good 1953): the share of all samples whose word was seen once after its context.
 * @param counts how often each word was seen after each context
 */
export function goodTuring(counts: ArrayLike<number>): number {
  let [once, all] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    all += counts[i]!;
    if (counts[i] === 1) once++;
  }
  return once / all;
}

/** The slope of the straight line through points with the least squares. */
export function fittedSlope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: 0 | 1): number => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const [rise, run] = points.reduce(
    ([above, below], point) => [above + (point[0] - x) * (point[1] - y), below + (point[0] - x) ** 2],
    [0, 0],
  );
  return rise / run;
}
