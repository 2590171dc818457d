import { UNBOUNDED } from "../../kernels/dual-step.ts";
import type { Problem } from "../../problem/problem.ts";
import { largestGramEigenvalue } from "../../float64/gram-eigenvalue.ts";
import {
  contextLogits,
  dualBound,
  dualDecoder,
  embeddingNorms,
  findPrimalBound,
  primalBound,
  repairDual,
  supportMask,
  unprojectedNorm,
  type DualBound,
  type PrimalBound,
} from "../../float64/margin-certificate.ts";
import type { Work } from "../../support/host-spells.ts";
import { nearestRay } from "../../float64/nearest-ray.ts";
import type { Recession } from "../../float64/recession.ts";

/** A bound on the norm so many times the largest that a single context forces, and no decoder yet, end the search. */
const UNREACHABLE_FACTOR = 1e6;
/** So many certificates in a row without a tenth of progress end the ascent. */
const STALLED_CERTIFICATES = 6;
const PROGRESS = 0.9;
/** Part of the gap from which a decoder from elsewhere is worth its projection. */
const MUCH_SMALLER = 0.1;
/** From so many iterations on a decoder is projected although its gap is not small enough yet. */
const FIRST_PROJECTION = 256;

/** How an ascent ends by what is certified. */
export type CertifiedEnd =
  "optimal-certified" | "infeasible-certified" | "infeasible-below-norm" | "stalled" | "numerical-error";

/** Where some contexts of the problem are in arrays [V, stride], from `start` on; all from the first on where `first` is left out. */
interface Block {
  readonly first?: number;
  readonly contexts: number;
  readonly stride: number;
  readonly start?: number;
}
type RoundBlock = Block & Readonly<Record<"linear" | "room", Float32Array>>;
type ChangeBlock = Block & { readonly change: Float32Array };

/**
 * The float64 half of an ascent on the dual of one problem. The dual β is kept here; the GPU works on the difference δ from it, with
 * the gradient at β as its linear part, so that float32 rounds what is missing and not what is there. A round moves δ into β and
 * renews the bounds; the projection in the upper one, which costs the most, waits until it can decide something.
 */
export class MarginCertificate {
  readonly problem: Problem;
  readonly mask: Uint8Array;
  /** β of a context times its scale is what the device holds. */
  readonly scales: Float64Array;
  /** The smallest of the scales: units of the device, in which linear parts are at most 1. */
  readonly #unit: number;
  readonly #unreachable: number;
  /** λ_max(Σ_j h_j h_jᵀ/‖h_j‖²). */
  readonly #largestEigenvalue: number;
  readonly #dual: Float64Array;
  /** Σ_j β_j h_jᵀ. */
  #decoder: Float64Array;
  #bound: DualBound;
  /** Multipliers of the decoder that has not been projected yet. */
  #unprojected: Float64Array | undefined;
  #found: PrimalBound | undefined;
  #certificatesWithoutProgress = 0;
  #bestGap = Infinity;
  #bestLower = 0;

  constructor(problem: Problem) {
    this.problem = problem;
    this.mask = supportMask(problem);
    const lengths = embeddingNorms(problem);
    // contexts of unit length: their steps are alike, however uneven the embeddings are
    const norms = lengths.map((norm) => (norm > 0 ? norm : 1));
    this.#largestEigenvalue = largestGramEigenvalue(problem, norms);
    const root = Math.sqrt(this.#largestEigenvalue);
    this.scales = norms.map((norm) => norm * root);
    this.#unit = this.scales.reduce((a, b) => Math.min(a, b));
    this.#unreachable = UNREACHABLE_FACTOR * largestForced(problem, lengths);
    this.#dual = new Float64Array(this.mask.length);
    this.#decoder = new Float64Array(problem.vocabularySize * problem.embeddingDim);
    this.#bound = { dual: this.#dual, total: 0, lowerBound: 0 };
  }

  /** The dual variables with the best lower bound, and Σ(−β_off) of them. */
  get bound(): DualBound {
    return this.#bound;
  }

  get found(): PrimalBound | undefined {
    return this.#found;
  }

  /** β as it is, m × V. */
  get dual(): Float64Array {
    return this.#dual;
  }

  /** Accepts a decoder from elsewhere whose in-support logits are equal to rounding, if it separates. */
  accept(decoder: Float64Array): void {
    const found = primalBound(this.problem, this.mask, decoder, this.#bound.dual, 0);
    if (found && found.upperBound < (this.#found?.upperBound ?? Infinity)) this.#found = found;
  }

  get bounds(): { readonly lowerBound: number; readonly upperBound: number; readonly relativeGap: number } {
    const [lowerBound, upperBound] = [this.#bound.lowerBound, this.#found?.upperBound ?? Infinity];
    return { lowerBound, upperBound, relativeGap: Math.max(1 - (lowerBound / upperBound) ** 2, 0) };
  }

  /** ĥ_j, m × d, with λ_max(Σ_j ĥ_j ĥ_jᵀ) ≤ 1. */
  scaledEmbeddings(): Float64Array {
    const { embeddings, embeddingDim: d } = this.problem;
    return Float64Array.from(embeddings, (h, i) => h / this.scales[Math.floor(i / d)]!);
  }

  /** The problem in δ: the gradient at β, and the room that β leaves, of all contexts. */
  writeRound(...blocks: readonly RoundBlock[]): void {
    const logits = contextLogits(this.problem, this.#decoder);
    for (const block of blocks) this.#writeBlock(block, logits);
  }

  #writeBlock({ linear, room, first = 0, contexts, stride, start = 0 }: RoundBlock, logits: Float64Array): void {
    const { vocabularySize: V } = this.problem;
    for (let j = first; j < first + contexts; j++) {
      // the projection does not see a constant added to a row; without it the entries that can move are near zero
      let [sum, free] = [0, 0];
      for (let i = j * V; i < (j + 1) * V; i++) {
        if (!this.mask[i]) logits[i]! += 1;
        if (this.mask[i] || this.#dual[i]! < 0) {
          sum += logits[i]!;
          free++;
        }
      }
      const scale = this.scales[j]!;
      for (let v = 0; v < V; v++) {
        const i = j * V + v;
        const at = start + v * stride + j - first;
        linear[at] = (logits[i]! - sum / free) * (this.#unit / scale);
        room[at] = this.mask[i] ? UNBOUNDED : -this.#dual[i]! * scale * this.#unit;
      }
    }
  }

  /** Adds δ of all contexts to β, and keeps the better of the lower bounds. */
  absorb(...blocks: readonly ChangeBlock[]): void {
    const V = this.problem.vocabularySize;
    for (const { change, first = 0, contexts, stride, start = 0 } of blocks)
      for (let j = first; j < first + contexts; j++)
        for (let v = 0; v < V; v++)
          this.#dual[j * V + v]! += change[start + v * stride + j - first]! / this.scales[j]! / this.#unit;
    repairDual(this.problem, this.mask, this.#dual);
    this.#decoder = dualDecoder(this.problem, this.#dual);
    const bound = dualBound(this.problem, this.mask, this.#dual, this.#decoder);
    if (bound.lowerBound > this.#bound.lowerBound) this.#bound = bound;
    this.#unprojected = bound.dual;
  }

  /**
   * Renews the upper bound where that can decide something: the gap may be small enough, or no decoder be within reach, or the
   * ascent takes long, or this is the last round.
   */
  certify(targetGap: number, iterations: number, isLast: boolean): void {
    if (
      isLast ||
      iterations >= FIRST_PROJECTION ||
      this.#bound.lowerBound >= this.#unreachable ||
      1 - (this.#bound.lowerBound / unprojectedNorm(this.problem, this.mask, this.#decoder)) ** 2 <= targetGap
    ) {
      this.project();
      if (!this.#found) this.#seekRay();
    }
  }

  /** Renews the upper bound, unless that has been done. */
  project(): void {
    if (!this.#unprojected) return;
    const found = primalBound(this.problem, this.mask, this.#decoder, this.#unprojected);
    if (found && found.upperBound < (this.#found?.upperBound ?? Infinity)) this.#found = found;
    this.#unprojected = undefined;
  }

  /**
   * Takes multipliers from elsewhere, in the cones, and a decoder near the one that they tend to. It is projected where none is known
   * yet, or where the gap may be small enough or much smaller than it is.
   */
  *offer(dual: Float64Array, decoder: Float64Array, targetGap: number): Work<void> {
    repairDual(this.problem, this.mask, dual);
    const bound = dualBound(this.problem, this.mask, dual, dualDecoder(this.problem, dual));
    if (bound.lowerBound > this.#bound.lowerBound) this.#bound = bound;
    const norm = unprojectedNorm(this.problem, this.mask, decoder);
    const enough = Math.max(targetGap, MUCH_SMALLER * this.bounds.relativeGap);
    const isWorthIt = !this.#found || 1 - (this.#bound.lowerBound / norm) ** 2 <= enough;
    if (norm === Infinity || !isWorthIt) return;
    const found = yield* findPrimalBound(this.problem, this.mask, decoder, bound.dual);
    if (found && found.upperBound < (this.#found?.upperBound ?? Infinity)) this.#found = found;
  }

  /** λ_max(Σ_j h_j h_jᵀ/‖h_j‖²) over the mean of the eigenvalues that can be other than zero; at most 4 about where embeddings are isotropic. */
  get anisotropy(): number {
    const { contextCount: m, embeddingDim: d } = this.problem;
    return (this.#largestEigenvalue * Math.min(m, d)) / m;
  }

  /** Looks for a ray of the dual near β: with one the lower bound is beyond reach, long before β is. */
  #seekRay(): void {
    const ray = nearestRay(this.problem, this.mask, this.#dual);
    if (!ray) return;
    repairDual(this.problem, this.mask, ray);
    const bound = dualBound(this.problem, this.mask, ray, dualDecoder(this.problem, ray));
    if (bound.lowerBound > this.#bound.lowerBound) this.#bound = bound;
  }

  /** Absorbs what the host has decided, and ends the rounds: nothing more is to come. */
  conclude({ margin, heldBack }: Recession): CertifiedEnd {
    const dual = margin?.dual ?? heldBack?.dual;
    if (dual) {
      const feasible = dual.slice();
      repairDual(this.problem, this.mask, feasible);
      const bound = dualBound(this.problem, this.mask, feasible, dualDecoder(this.problem, feasible));
      if (bound.lowerBound > this.#bound.lowerBound || heldBack?.isProved) this.#bound = bound;
    }
    // in place of one that was bounded to first order only
    if (margin) this.#found = margin;
    this.#unprojected = undefined;
    const { lowerBound, upperBound } = this.bounds;
    if (lowerBound > upperBound || (heldBack?.isProved && this.#found)) return "numerical-error";
    if (heldBack?.isProved) return "infeasible-certified";
    return lowerBound >= this.#unreachable && !this.#found ? "infeasible-below-norm" : "stalled";
  }

  /** How the rounds end, if they do. Only rounds with a new upper bound count as those without progress. */
  judge(targetGap: number): CertifiedEnd | undefined {
    const { lowerBound, upperBound, relativeGap } = this.bounds;
    if (lowerBound > upperBound) return "numerical-error";
    if (relativeGap <= targetGap) return "optimal-certified";
    if (lowerBound >= this.#unreachable && !this.#found) return "infeasible-below-norm";
    if (relativeGap < PROGRESS * this.#bestGap || PROGRESS * lowerBound > this.#bestLower) {
      this.#certificatesWithoutProgress = 0;
      this.#bestGap = relativeGap;
      this.#bestLower = lowerBound;
    } else if (!this.#unprojected && ++this.#certificatesWithoutProgress === STALLED_CERTIFICATES) return "stalled";
    return undefined;
  }
}

/** The largest norm that the margin of one context forces on a decoder by itself, √(k(V − k)/V) / ‖h_j‖ with k = |S_j|. */
function largestForced({ vocabularySize: V, offsets }: Problem, lengths: Float64Array): number {
  return lengths.reduce((most, length, j) => {
    const k = offsets[j + 1]! - offsets[j]!;
    return Math.max(most, k < V ? Math.sqrt((k * (V - k)) / V) / length : 0);
  }, 0);
}
