import { OptionError } from "../errors.ts";
import type { Gpu } from "../gpu/device.ts";
import { svd } from "../maps/svd.ts";
import { describe, requireWhole } from "../support/options.ts";

/** Words and contexts for which the leading singular vectors have the same signs. */
export interface Orthant {
  /** For each vector `+`, `-`, or `0` where the entry is small or can be turned to the other side by an error of the decomposition. */
  readonly signs: string;
  readonly words: readonly number[];
  readonly contexts: readonly number[];
}

/** Leading singular vectors of logits as concepts, with the words and contexts that have the same signs in them. */
export interface Concepts {
  /** σ_i of the leading terms. */
  readonly values: Float64Array;
  /** (σ_i − σ_{i+1}) / σ_1, of the last one to the first that is left out. */
  readonly gaps: Float64Array;
  /** u_i, [terms, m], and v_i, [terms, V], each with the largest entry of v_i above zero. */
  readonly contexts: Float64Array;
  readonly words: Float64Array;
  /** Those that are not empty, the ones with most words first. */
  readonly orthants: readonly Orthant[];
}

/** Entries below this part of the largest of their vector have no sign. */
const SMALLEST_ENTRY = 1e-3;
/** What `svd` can be off by, in parts of σ_1: twice what `npm run bench -- svd` finds. */
const SVD_ERROR = 5e-6;

/**
 * Sign patterns of the leading singular vectors of logits (arXiv 2505.08348).
 * @param logits L, m × V
 * @param terms how many vectors, 1 … min(m, V)
 * @throws OptionError for other numbers of terms, and for logits that are zero
 */
export async function conceptsOf(
  gpu: Gpu,
  logits: Float64Array,
  m: number,
  V: number,
  terms: number,
): Promise<Concepts> {
  requireWhole("terms", terms, 1, Math.min(m, V));
  const { values, left, right } = await svd(gpu, logits, m, V);
  if (!(values[0]! > 0))
    throw new OptionError("logits", `expected some that are not zero, found ${describe(values[0])}`);
  const [contexts, words] = [left.slice(0, terms * m), right.slice(0, terms * V)];
  for (let i = 0; i < terms; i++) {
    const vector = words.subarray(i * V, (i + 1) * V);
    if (vector[largestOf(vector)]! > 0) continue;
    for (const part of [vector, contexts.subarray(i * m, (i + 1) * m)]) part.forEach((x, at) => (part[at] = -x));
  }
  const found = new Map<string, { words: number[]; contexts: number[] }>();
  const orthantOf = (signs: string): { words: number[]; contexts: number[] } => {
    if (!found.has(signs)) found.set(signs, { words: [], contexts: [] });
    return found.get(signs)!;
  };
  const gaps = Float64Array.from({ length: terms }, (_, i) => (values[i]! - (values[i + 1] ?? 0)) / values[0]!);
  // an error E turns a vector by an angle of at most ‖E‖ over the distance of its value to the next one (Davis and Kahan; Wedin)
  const turns = gaps.map((gap, i) => SVD_ERROR / Math.min(gap, gaps[i - 1] ?? gap));
  signPatterns(words, turns).forEach((signs, z) => orthantOf(signs).words.push(z));
  signPatterns(contexts, turns).forEach((signs, j) => orthantOf(signs).contexts.push(j));
  return {
    values: values.slice(0, terms),
    gaps,
    ...{ contexts, words },
    orthants: [...found]
      .map(([signs, members]) => ({ signs, ...members }))
      .sort((a, b) => b.words.length - a.words.length || b.contexts.length - a.contexts.length),
  };
}

/**
 * Of each column of rows of vectors.
 * @param turns by which angle each of the vectors can be off
 */
function signPatterns(vectors: Float64Array, turns: Float64Array): string[] {
  const n = vectors.length / turns.length;
  const patterns = Array.from({ length: n }, () => "");
  for (const [i, turn] of turns.entries()) {
    const vector = vectors.subarray(i * n, (i + 1) * n);
    const smallest = Math.max(SMALLEST_ENTRY * Math.abs(vector[largestOf(vector)]!), turn);
    vector.forEach((x, at) => (patterns[at] += Math.abs(x) <= smallest ? "0" : x > 0 ? "+" : "-"));
  }
  return patterns;
}

const largestOf = (vector: Float64Array): number =>
  vector.reduce((best, x, at) => (Math.abs(x) > Math.abs(vector[best]!) ? at : best), 0);
