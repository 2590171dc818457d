import { synthetic, train, type Gpu, type SyntheticOptions } from "../src/index.ts";
import { RandomStream } from "../src/support/random.ts";
import type { Setting } from "./contestant.ts";

const START_STREAM = 100;

/** The same problem and start for all, exact in float32. */
export async function settingOf(gpu: Gpu, options: SyntheticOptions): Promise<Setting> {
  const drawn = synthetic(options);
  const { vocabularySize: V, embeddingDim: d } = drawn;
  const problem = { ...drawn, embeddings: Float32Array.from(drawn.embeddings) };
  const random = new RandomStream(1, START_STREAM);
  const start = Float32Array.from({ length: V * d }, () => random.normal() / Math.sqrt(d));
  const { stepSize } = await train(gpu, problem, { steps: 0, record: [] }).result();
  return { problem, start, stepSize };
}

/**
 * How far rounding takes a decoder from the exact one, relative to the way that the steps have made. A step is no longer than
 * 1/L, so it carries earlier errors on without making them larger, and the errors of the steps add up. With the probabilistic
 * bound γ(n) = 5 √n u for sums of n terms (Higham and Mary 2019), the part of a context in a step's error is at most
 *   e_j = η π_j ‖h_j‖ (‖δr_j‖ + γ(m + 4) ‖r_j‖),   ‖r_j‖ ≤ √2,
 *   ‖δr_j‖ ≤ 2 γ(d) l_j + (2 (3 + 4 l_j) + 5) u + γ(V),   l_j = max_v ‖w_v‖ ‖h_j‖ ≥ |logits|,
 * where an exponential is good to 3 + 2|x| units in the last place, as WGSL has it, and |x| ≤ 2 l_j. The embeddings are independent
 * and centred, so that their sums grow as random walks do, and the step's error is √(Σ_j e_j²) + 2u ‖W‖.
 */
export function toleranceOf(
  { problem, start, stepSize }: Setting,
  steps: number,
  reference: ArrayLike<number>,
  roundoff: number,
): number {
  const { contextCount: m, vocabularySize: V, embeddingDim: d, embeddings, weights } = problem;
  const gamma = (terms: number): number => 5 * Math.sqrt(terms) * roundoff;
  const longest = Math.max(longestRow(start, d), longestRow(reference, d));
  let square = 0;
  for (let j = 0; j < m; j++) {
    const length = distance(embeddings.subarray(j * d, (j + 1) * d), []);
    const logit = longest * length;
    const residual = 2 * gamma(d) * logit + (2 * (3 + 4 * logit) + 5) * roundoff + gamma(V);
    square += (stepSize * weights[j]! * length * (residual + gamma(m + 4) * Math.SQRT2)) ** 2;
  }
  const error = Math.sqrt(square) + 2 * roundoff * Math.max(distance(start, []), distance(reference, []));
  return (steps * error) / distance(reference, start);
}

function longestRow(matrix: ArrayLike<number>, d: number): number {
  let most = 0;
  for (let row = 0; row < matrix.length; row += d) {
    let square = 0;
    for (let i = row; i < row + d; i++) square += matrix[i]! ** 2;
    most = Math.max(most, square);
  }
  return Math.sqrt(most);
}

/** Frobenius norm of a − b; what b lacks is zero. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let square = 0;
  for (let i = 0; i < a.length; i++) square += (a[i]! - (b[i] ?? 0)) ** 2;
  return Math.sqrt(square);
}
