import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import { F64_UNIT } from "./data-subspace.ts";
import { decoderNormBound, dualNormBound, type DecoderNorm } from "./decoder-norms.ts";
import { dualDecoder, dualSizes, repairDual, supportMask, supportSize, unitMargin } from "./margin-certificate.ts";

/**
 * Bounds on the least norm of a decoder with margin 1, from any arrays, in float64. For a norm with the dual norm ‖·‖_d, W that meets
 *
 *   (e_z − e_z')ᵀ W h_j = 0 for z, z' ∈ S_j,  (e_z − e_v)ᵀ W h_j ≥ 1 for z ∈ S_j, v ∉ S_j
 *
 * and β with Σ_v β_jv = 0, β_jv ≤ 0 for v ∉ S_j and Σ_j Σ_{v∉S_j} (−β_jv) = 1:
 *
 *   1 ≤ Σ_j β_jᵀ W h_j = ⟨W, Σ_j β_j h_jᵀ⟩ ≤ ‖W‖ ‖Σ_j β_j h_jᵀ‖_d
 *
 * What rounding can have done is added to the unsafe side, as in {@link dualBound} and {@link primalBound}.
 */
export class NormCertificate {
  readonly problem: Problem;
  readonly norm: DecoderNorm;
  readonly mask: Uint8Array;
  /** lowerBound ≤ least norm ≤ upperBound. */
  lowerBound = 0;
  upperBound = Infinity;
  /** β of the lower bound, m × V, with Σ(−β_off) = 1; zeros while it is 0. */
  dual: Float64Array;
  /** W of the upper bound, V × d, which meets the constraints to rounding. */
  decoder: Float64Array | undefined;

  constructor(problem: Problem, norm: DecoderNorm) {
    this.problem = problem;
    this.norm = norm;
    this.mask = supportMask(problem);
    this.dual = new Float64Array(this.mask.length);
  }

  get relativeGap(): number {
    return Math.max(1 - this.lowerBound / this.upperBound, 0);
  }

  /** Keeps β (m × V), made feasible, if what it proves is above the lower bound. */
  *offerDual(given: Float64Array): Work<void> {
    const { contextCount: m, vocabularySize: V, embeddingDim: d, embeddings } = this.problem;
    const dual = given.slice();
    repairDual(this.problem, this.mask, dual);
    const decoder = dualDecoder(this.problem, dual);
    yield;
    const size = yield* dualNormBound(this.norm, { values: decoder, rows: V, columns: d });
    // the sum of absolute entries is above all three dual norms
    const absolute = new Float64Array(m);
    for (let i = 0; i < m * d; i++) absolute[Math.floor(i / d)]! += Math.abs(embeddings[i]!);
    const { total, uncertainty } = dualSizes(this.mask, dual, absolute);
    const rounding = (m + V + d + 4) * F64_UNIT;
    const bound = (total * (1 - rounding)) / (size + rounding * uncertainty);
    if (!(bound > this.lowerBound && bound < Infinity)) return;
    this.lowerBound = bound;
    this.dual = dual.map((b) => b / total);
  }

  /**
   * Keeps a decoder (V × d), made feasible, if its norm is below the upper bound. What in-support logits are still off by is charged
   * with the multipliers of the lower bound, to first order: β over ‖Σ_j β_j h_jᵀ‖_d.
   */
  *offerDecoder(given: ArrayLike<number>): Work<void> {
    const { vocabularySize: V, embeddingDim: d } = this.problem;
    const found = yield* unitMargin(this.problem, this.mask, given);
    yield;
    if (!found) return;
    const norm = yield* decoderNormBound(this.norm, { values: found.decoder, rows: V, columns: d });
    const rest = supportSize(this.mask, this.dual) * this.lowerBound * found.missed;
    const bound = (norm + rest) * (1 + 4 * F64_UNIT);
    if (!(bound < this.upperBound)) return;
    this.upperBound = bound;
    this.decoder = found.decoder;
  }
}
