import type { Gpu } from "../gpu/device.ts";
import { svd } from "../maps/svd.ts";
import type { Factors } from "../maps/factors.ts";
import type { Problem } from "../problem/problem.ts";
import { numericalRank } from "./spectrum.ts";

/**
 * Modes of the gradient at logits of zero, Π (P − 1/V) = Σ_i s_i u_i v_iᵀ with contexts as rows: what both factors learn, one after
 * another.
 */
export interface Modes {
  /** s_i, descending; those that are zero to float32 are left out. */
  readonly values: Float64Array;
  /** u_i as rows, [modes, m]. */
  readonly contexts: Float64Array;
  /** v_i as rows, [modes, V]. */
  readonly words: Float64Array;
}

export async function modesOf(gpu: Gpu, problem: Problem): Promise<Modes> {
  const { contextCount: m, vocabularySize: V, offsets, tokens, probabilities, weights } = problem;
  const matrix = new Float64Array(m * V);
  for (let j = 0; j < m; j++) {
    matrix.fill(-weights[j]! / V, j * V, (j + 1) * V);
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) matrix[j * V + tokens[k]!]! += weights[j]! * probabilities[k]!;
  }
  const { values, left, right } = await svd(gpu, matrix, m, V);
  const count = numericalRank(values);
  return { values: values.slice(0, count), contexts: left.slice(0, count * m), words: right.slice(0, count * V) };
}

/** u_iᵀ L v_i of every mode, for L = H Wᵀ: how much of it has been learned. */
export function modeStrengths(modes: Modes, { decoder, embeddings }: Factors, dimension: number): Float64Array {
  return modes.values.map((_, i) => {
    const [w, h] = partsOf(modes, i, { decoder, embeddings }, dimension);
    return w.reduce((sum, x, n) => sum + x * h[n]!, 0);
  });
}

/**
 * When u_iᵀ L v_i reaches τ by gradient descent from a small start, in units of step size times steps:
 *
 *   t_i = log(√τ / a_i) / s_i,  a_i = ‖Wᵀv_i + Hᵀu_i‖ / 2
 *
 * While L is small W' = Mᵀ H and H' = M W with M = Π (P − 1/V), so that both sides of a mode grow as e^{s_i t} together. What the softmax
 * bends before τ is reached, and what modes do to each other, is left out: the first ones are a few per cent late, and one that others
 * overlap with can come in a third of the time.
 */
export function emergenceTimes(modes: Modes, start: Factors, dimension: number, threshold: number): Float64Array {
  return modes.values.map((value, i) => {
    const [w, h] = partsOf(modes, i, start, dimension);
    const amplitude = Math.sqrt(w.reduce((sum, x, n) => sum + (x + h[n]!) ** 2, 0)) / 2;
    return Math.log(Math.sqrt(threshold) / amplitude) / value;
  });
}

/**
 * When mode i first had reached τ: between recorded steps by a straight line of the logarithm. Undefined where it had not by the last of
 * them, or had at the first.
 * @param trace strengths of all modes, see {@link modeStrengths}, after ascending steps
 */
export function emergedAt(
  trace: readonly { readonly step: number; readonly modes: ArrayLike<number> }[],
  i: number,
  threshold: number,
): number | undefined {
  const at = trace.findIndex(({ modes }) => modes[i]! >= threshold);
  const [before, after] = [trace[at - 1], trace[at]];
  if (!before || !after) return undefined;
  const [a, b] = [before.modes[i]!, after.modes[i]!];
  const share = a > 0 ? Math.log(threshold / a) / Math.log(b / a) : 1;
  return before.step + share * (after.step - before.step);
}

/** Wᵀ v_i and Hᵀ u_i. */
function partsOf(modes: Modes, i: number, { decoder, embeddings }: Factors, d: number): [Float64Array, Float64Array] {
  const part = (matrix: Float64Array, vectors: Float64Array): Float64Array => {
    const rows = matrix.length / d;
    const sum = new Float64Array(d);
    for (let r = 0; r < rows; r++) for (let n = 0; n < d; n++) sum[n]! += vectors[i * rows + r]! * matrix[r * d + n]!;
    return sum;
  };
  return [part(decoder, modes.words), part(embeddings, modes.contexts)];
}
