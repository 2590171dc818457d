import type { Problem } from "../problem/problem.ts";
import { finished, type Work } from "../support/host-spells.ts";
import { timesTransposed } from "./products.ts";
import { frobeniusNorm } from "./matrix-norms.ts";
import { findPerpendicularPart } from "./perpendicular-part.ts";

/**
 * Bounds on the norm of the max-margin decoder, from any dual variables, in float64:
 *
 *   minimise ½‖W‖²  subject to  (e_z − e_z')ᵀ W h_j = 0 for z, z' ∈ S_j,  (e_z − e_v)ᵀ W h_j ≥ 1 for z ∈ S_j, v ∉ S_j
 *   maximise D(β) = Σ_j Σ_{v∉S_j} (−β_jv) − ½‖Σ_j β_j h_jᵀ‖²  subject to  Σ_v β_jv = 0,  β_jv ≤ 0 for v ∉ S_j
 *
 * What rounding can have done is added to the unsafe side, by bounds that hold before anything is computed.
 */

/** Rounding unit of float64. */
const UNIT = 2 ** -53;

/** In-support logits may differ by this much, relative to ‖H‖ ‖W‖, where a decoder counts as one of F⊥. */
const EQUALITY_TOLERANCE = 1e-10;

/** And by at most this part of the margin: otherwise a decoder large enough meets every inequality, separable or not. */
const EQUALITY_SHARE_OF_MARGIN = 1e-6;

/** Multiply-adds that one projection may take, and its iterations at least. */
const PROJECTION_WORK = 5e8;
const FEWEST_PROJECTIONS = 50;
const MOST_PROJECTIONS = 2000;

/** Rows of a decoder that stay in a processor's cache while all contexts are gone through. */
const WORDS_AT_ONCE = 32;

/** What dual variables prove. */
export interface DualBound {
  /** β, m × V row-major, feasible, scaled to where D is largest. */
  readonly dual: Float64Array;
  /** Σ_{v∉S} (−β) of it. */
  readonly total: number;
  /** Every decoder that separates has at least this norm: √(2D) = 1/ρ. 0 where β proves nothing. */
  readonly lowerBound: number;
}

/** What a decoder proves. */
export interface PrimalBound {
  /** A decoder that meets every constraint, V × d row-major. */
  readonly decoder: Float64Array;
  /** ‖W_mm‖ is at most this. */
  readonly upperBound: number;
}

/** 1 where a word is in the support of a context, m × V. */
export function supportMask({ contextCount, vocabularySize, offsets, tokens }: Problem): Uint8Array {
  const mask = new Uint8Array(contextCount * vocabularySize);
  for (let j = 0; j < contextCount; j++)
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) mask[j * vocabularySize + tokens[k]!] = 1;
  return mask;
}

/** Makes any β (m × V) feasible, in place: clips it off the supports, then spreads each row's sum over its support. */
export function repairDual(problem: Problem, mask: Uint8Array, dual: Float64Array): void {
  const { contextCount, vocabularySize: V, offsets, tokens } = problem;
  for (let j = 0; j < contextCount; j++) {
    for (let i = j * V; i < (j + 1) * V; i++) if (!mask[i] && dual[i]! > 0) dual[i] = 0;
    const [start, end] = [offsets[j]!, offsets[j + 1]!];
    // the second time for what the first has rounded
    for (let round = 0; round < 2; round++) {
      let sum = 0;
      for (let i = j * V; i < (j + 1) * V; i++) sum += dual[i]!;
      for (let k = start; k < end; k++) dual[j * V + tokens[k]!]! -= sum / (end - start);
    }
  }
}

/** W = Σ_j β_j h_jᵀ, V × d. */
export function dualDecoder(problem: Problem, dual: ArrayLike<number>): Float64Array {
  const { contextCount, vocabularySize: V, embeddingDim: d, embeddings } = problem;
  const decoder = new Float64Array(V * d);
  for (let first = 0; first < V; first += WORDS_AT_ONCE)
    for (let j = 0; j < contextCount; j++)
      for (let v = first; v < Math.min(first + WORDS_AT_ONCE, V); v++) {
        const b = dual[j * V + v]!;
        if (b !== 0) for (let i = 0; i < d; i++) decoder[v * d + i]! += b * embeddings[j * d + i]!;
      }
  return decoder;
}

/** W h_j for every context, m × V. */
export function contextLogits(problem: Problem, decoder: ArrayLike<number>): Float64Array {
  const { contextCount, embeddingDim: d, embeddings } = problem;
  const rows = Float64Array.from(embeddings.subarray(0, contextCount * d));
  return finished(timesTransposed(rows, Float64Array.from(decoder), d));
}

/** The bound that feasible β (see {@link repairDual}) proves; `decoder` is its {@link dualDecoder}. */
export function dualBound(problem: Problem, mask: Uint8Array, dual: Float64Array, decoder: Float64Array): DualBound {
  const { contextCount: m, vocabularySize: V, embeddingDim: d } = problem;
  const { total, uncertainty } = dualSizes(mask, dual, embeddingNorms(problem));
  // W is a sum of m products; a row of β whose sum is only zero to V roundings is one whose sum is, moved by as much
  const norm = frobeniusNorm(decoder, d) * (1 + (V + d + 4) * UNIT) + (m + V + 4) * UNIT * uncertainty;
  const least = total * (1 - (m + V + 4) * UNIT);
  if (!(least > 0 && norm < Infinity)) return { dual, total: 0, lowerBound: 0 };
  const scale = least / norm / norm;
  return { dual: dual.map((b) => scale * b), total: scale * total, lowerBound: least / norm };
}

/** Σ_{v∉S} (−β), and Σ_j ‖β_j‖₁ s_j, by which its rounding moves Σ_j β_j h_jᵀ where embeddings have the sizes s. */
export function dualSizes(
  mask: Uint8Array,
  dual: Float64Array,
  sizes: Float64Array,
): { readonly total: number; readonly uncertainty: number } {
  const V = dual.length / sizes.length;
  let [total, uncertainty] = [0, 0];
  sizes.forEach((ofEmbedding, j) => {
    let [offSum, size] = [0, 0];
    for (let i = j * V; i < (j + 1) * V; i++) {
      size += Math.abs(dual[i]!);
      if (!mask[i]) offSum -= dual[i]!;
    }
    total += offSum;
    uncertainty += size * ofEmbedding;
  });
  return { total, uncertainty };
}

/**
 * The bound that the decoder of dual variables proves: W⊥ = W − P_F(W), divided by its smallest margin μ. Undefined when
 * μ ≤ 0, or where the projection does not get to F⊥ in so many iterations, or not as near as μ needs. `dual` are the multipliers that a rest of ‖A(W⊥)‖ is charged with: P ≤ ½‖W⊥/μ‖² + ‖β_S‖ ‖A(W⊥)‖ / μ, to first order.
 */
export function primalBound(
  problem: Problem,
  mask: Uint8Array,
  given: Float64Array,
  dual: Float64Array,
  mostIterations?: number,
): PrimalBound | undefined {
  return finished(findPrimalBound(problem, mask, given, dual, mostIterations));
}

/** {@link primalBound} as work that may be interrupted. */
export function* findPrimalBound(
  problem: Problem,
  mask: Uint8Array,
  given: Float64Array,
  dual: Float64Array,
  mostIterations?: number,
): Work<PrimalBound | undefined> {
  const found = yield* unitMargin(problem, mask, given, mostIterations);
  if (!found) return undefined;
  const rest = supportSize(mask, dual) * found.missed;
  return { decoder: found.decoder, upperBound: Math.sqrt(found.norm ** 2 + 2 * rest) };
}

/** W⊥/μ: a decoder whose smallest margin is 1 and whose in-support logits are equal to rounding. */
export interface UnitMargin {
  /** V × d, row-major. */
  readonly decoder: Float64Array;
  /** Its Frobenius norm is at most this. */
  readonly norm: number;
  /** ‖A(W⊥/μ)‖ is at most this: what the in-support logits are still off by. */
  readonly missed: number;
}

/** W⊥/μ of a decoder; undefined as {@link primalBound} is. */
export function* unitMargin(
  problem: Problem,
  mask: Uint8Array,
  given: ArrayLike<number>,
  mostIterations: number = projectionIterations(problem),
): Work<UnitMargin | undefined> {
  const { vocabularySize: V, embeddingDim: d, offsets, contextCount } = problem;
  const { decoder, residual } = yield* findPerpendicularPart(problem, given, mostIterations);
  const lengths = embeddingNorms(problem);
  const norm = frobeniusNorm(decoder, d) * (1 + (V + d + 4) * UNIT);
  if (!(residual <= EQUALITY_TOLERANCE * frobeniusNorm(lengths, 1) * norm)) return undefined;
  const logitError = (d + V + 4) * UNIT * norm;
  const margins = wordMargins(problem, mask, decoder);
  let [least, rounding] = [Infinity, 0];
  for (let j = 0; j < contextCount; j++) {
    for (let i = j * V; i < (j + 1) * V; i++)
      if (!mask[i]) least = Math.min(least, margins[i]! - 2 * logitError * lengths[j]!);
    // a single word has no other whose logit it has to equal
    const size = offsets[j + 1]! - offsets[j]!;
    if (size > 1) rounding += size * (2 * logitError * lengths[j]!) ** 2;
  }
  const inequality = residual + Math.sqrt(rounding);
  if (!(least > 0 && least < Infinity && inequality <= EQUALITY_SHARE_OF_MARGIN * least)) return undefined;
  return { decoder: decoder.map((w) => w / least), norm: norm / least, missed: inequality / least };
}

/** ‖β_S‖, of the entries in the supports. */
export function supportSize(mask: Uint8Array, dual: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < dual.length; i++) if (mask[i]) squares += dual[i]! * dual[i]!;
  return Math.sqrt(squares);
}

/** ‖W‖ over the smallest margin: the upper bound, but for in-support logits that still differ; Infinity where a margin is not positive. */
export function unprojectedNorm(problem: Problem, mask: Uint8Array, decoder: Float64Array): number {
  const margins = wordMargins(problem, mask, decoder);
  let least = Infinity;
  for (let i = 0; i < margins.length; i++) if (!mask[i]) least = Math.min(least, margins[i]!);
  return least > 0 ? frobeniusNorm(decoder, problem.embeddingDim) / least : Infinity;
}

/** Iterations that {@link findPerpendicularPart} may take: as many as a moment allows. */
export function projectionIterations({ tokens, embeddingDim }: Problem): number {
  const allowed = Math.floor(PROJECTION_WORK / (2 * tokens.length * embeddingDim));
  return Math.min(Math.max(allowed, FEWEST_PROJECTIONS), MOST_PROJECTIONS);
}

/** Mean in-support logit − logit, for every word of every context; 0 on the supports. m × V. */
export function wordMargins(problem: Problem, mask: Uint8Array, decoder: Float64Array): Float64Array {
  const { contextCount, vocabularySize: V, offsets, tokens } = problem;
  const logits = contextLogits(problem, decoder);
  for (let j = 0; j < contextCount; j++) {
    let sum = 0;
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) sum += logits[j * V + tokens[k]!]!;
    const mean = sum / (offsets[j + 1]! - offsets[j]!);
    for (let i = j * V; i < (j + 1) * V; i++) logits[i] = mask[i] ? 0 : mean - logits[i]!;
  }
  return logits;
}

/** ‖h_j‖ of every context. */
export function embeddingNorms({ contextCount, embeddingDim: d, embeddings }: Problem): Float64Array {
  const norms = new Float64Array(contextCount);
  for (let j = 0; j < contextCount; j++) norms[j] = frobeniusNorm(embeddings.subarray(j * d, (j + 1) * d), d);
  return norms;
}
