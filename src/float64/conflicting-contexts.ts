import { productError } from "./pairs.ts";
import type { Problem } from "../problem/problem.ts";

/** Two contexts that no decoder can separate, whatever the others are. */
export interface Conflict {
  /** The two contexts; the same one twice when its embedding is zero. */
  readonly pair: readonly [number, number];
  /** β, m × V: rows that sum to zero, not above zero off the supports, Σ(−β_off) = 1, and Σ_j β_j h_jᵀ = 0. */
  readonly certificate: Float64Array;
}

/** A context of each class of parallel embeddings, for either direction. */
type Directions = { along?: number; against?: number };

/**
 * Two contexts whose embeddings are parallel, exactly, and whose supports no decoder can serve at once: h' = c h asks for the
 * same support where c > 0 and for disjoint ones where c < 0, unless both supports are the whole vocabulary; h = 0 asks for
 * the whole vocabulary. Undefined when there is none.
 */
export function findConflict(problem: Problem): Conflict | undefined {
  const { contextCount, vocabularySize: V, embeddingDim: d, embeddings } = problem;
  const classes = new Map<string, Directions[]>();
  for (let j = 0; j < contextCount; j++) {
    const lead = leadOf(problem, j);
    if (lead < 0) {
      if (supportOf(problem, j).size < V) return conflictOf(problem, j, j);
      continue;
    }
    // parallel vectors have equal ratios, which round to equal numbers
    const key = Array.from(
      embeddings.subarray(j * d + lead, j * d + Math.min(lead + 4, d)),
      (h) => h / embeddings[j * d + lead]!,
    );
    const name = `${lead}:${key.join()}`;
    const known = classes.get(name) ?? [];
    classes.set(name, known);
    const same = known.find(({ along, against }) => areParallel(problem, (along ?? against)!, j, lead));
    const directions = same ?? {};
    if (!same) known.push(directions);
    for (const other of [directions.along, directions.against]) {
      const conflict = other !== undefined && conflictOf(problem, other, j);
      if (conflict) return conflict;
    }
    if (embeddings[j * d + lead]! > 0) directions.along ??= j;
    else directions.against ??= j;
  }
  return undefined;
}

/** The first coordinate that is not zero; −1 when there is none. */
const leadOf = ({ embeddings, embeddingDim: d }: Problem, j: number): number =>
  embeddings.subarray(j * d, (j + 1) * d).findIndex((h) => h !== 0);

const supportOf = ({ tokens, offsets }: Problem, j: number): Set<number> =>
  new Set(tokens.subarray(offsets[j], offsets[j + 1]));

/** Whether h_j h'_lead = h'_j h_lead in every coordinate, without rounding. */
function areParallel({ embeddings, embeddingDim: d }: Problem, j: number, other: number, lead: number): boolean {
  for (let i = 0; i < d; i++) {
    const [a, b] = [embeddings[j * d + i]!, embeddings[other * d + i]!];
    if (!haveEqualProducts(a, embeddings[other * d + lead]!, b, embeddings[j * d + lead]!)) return false;
  }
  return true;
}

/** a b = c e exactly; false where the products are too small for their rounding errors to be numbers. */
function haveEqualProducts(a: number, b: number, c: number, e: number): boolean {
  if (a === 0 || c === 0) return a === c;
  const product = a * b;
  return product === c * e && Math.abs(product) > 1e-280 && productError(a, b, product) === productError(c, e, product);
}

/** The conflict of two contexts with parallel embeddings, h' = c h; undefined when their supports go together. */
function conflictOf(problem: Problem, j: number, other: number): Conflict | undefined {
  const { vocabularySize: V, embeddings, embeddingDim: d, contextCount } = problem;
  const lead = leadOf(problem, j);
  // a zero embedding is opposite to itself
  const ratio = lead < 0 ? -1 : embeddings[other * d + lead]! / embeddings[j * d + lead]!;
  const [here, there] = [supportOf(problem, j), supportOf(problem, other)];
  // β_j = e_up − e_down and β_other = −β_j / ratio: what is raised must be in the support, what is lowered need not be
  const all = new Set(Array.from({ length: V }, (_, v) => v));
  const [mayRise, mayFall] = ratio > 0 ? [all, there] : [there, all];
  for (const up of here) {
    if (!mayRise.has(up)) continue;
    for (const down of mayFall) {
      if (down === up) continue;
      const certificate = new Float64Array(contextCount * V);
      certificate[j * V + up]! += 1;
      certificate[j * V + down]! -= 1;
      if (other !== j) {
        certificate[other * V + up]! -= 1 / ratio;
        certificate[other * V + down]! += 1 / ratio;
      }
      const lowered =
        (here.has(down) ? 0 : 1) + (other === j ? 0 : Math.abs(1 / ratio) * (there.has(ratio < 0 ? down : up) ? 0 : 1));
      if (lowered > 0) return { pair: [j, other], certificate: certificate.map((b) => b / lowered) };
    }
  }
  return undefined;
}
