import { OptionError, ProblemError } from "../errors.ts";
import { requireKnownOptions, requireWhole } from "../options.ts";
import { Batch } from "../gpu/batch.ts";
import type { AdapterDescription, Gpu } from "../gpu/context.ts";
import { readArrays } from "../gpu/readback.ts";
import { withWorkspace, type Workspace } from "../gpu/workspace.ts";
import { UNBOUNDED } from "../kernels/dual-step.ts";
import { otherWork } from "../problem/pacing.ts";
import type { Problem } from "../problem/problem.ts";
import { findConflict, type Conflict } from "../reference/conflicting-contexts.ts";
import { largestGramEigenvalue } from "../reference/gram-eigenvalue.ts";
import {
  contextLogits,
  dualBound,
  dualDecoder,
  embeddingNorms,
  primalBound,
  repairDual,
  supportMask,
  wordMargins,
  type DualBound,
  type PrimalBound,
} from "../reference/margin-certificate.ts";
import { prepareDualAscent, type DualAscent } from "./dual-ascent.ts";

export interface MaxMarginOptions {
  /** Relative gap (P − D)/P, certified in float64, at which the decoder counts as found; default 1e-5. */
  readonly gapTolerance?: number;
  /** Goes on until the gap is 1e-8 or no longer shrinks; default false. The status is still judged by `gapTolerance`. */
  readonly refine?: boolean;
  /** Iterations at most; default 100,000. */
  readonly maxIterations?: number;
  /** Stops the ascent after the submission (about 50 ms) or the certificate under way: the result has the status `"cancelled"` and the bounds of the last certificate. */
  readonly signal?: AbortSignal;
  /** Called after each submission (about 50 ms) with what is certified so far. */
  readonly onProgress?: (progress: MaxMarginProgress) => void;
}

/** What is certified after so many iterations. */
export interface MaxMarginProgress {
  readonly iterations: number;
  /** Bounds on ‖W_mm‖; Infinity above while no decoder that separates is known. */
  readonly lowerBound: number;
  readonly upperBound: number;
  readonly relativeGap: number;
}

/**
 * How the solver ended, from float64 figures only.
 *
 * - `optimal-certified`: the relative gap is at most `gapTolerance`.
 * - `optimal-reduced`: it ended early, with a gap of at most 100 times that.
 * - `infeasible-certified`: no decoder separates: two contexts with parallel embeddings ask for supports that exclude each other.
 * - `infeasible-below-norm`: no decoder of norm below `nonseparable.normBound` separates, which is at least 10⁶ / max ‖h_j‖.
 * - `stalled`: the bounds no longer move. `max-iterations`, `cancelled`: as asked. The bounds hold in all three.
 * - `numerical-error`: the GPU returned numbers that are not finite, or bounds that contradict each other.
 */
export type MaxMarginStatus =
  | "optimal-certified"
  | "optimal-reduced"
  | "infeasible-certified"
  | "infeasible-below-norm"
  | "stalled"
  | "max-iterations"
  | "cancelled"
  | "numerical-error";

/** A word that may touch the margin of a context. */
export interface SupportVector {
  readonly context: number;
  readonly word: number;
  /** (mean in-support logit − the word's logit) of the decoder; at least 1. */
  readonly margin: number;
  /** −β of the dual, at least 0. */
  readonly multiplier: number;
}

/** The proof that decoders of small norm, or all decoders, do not separate. */
export interface Nonseparable {
  /** β, m × V row-major: rows that sum to zero, not above zero off the supports, Σ(−β_off) = 1. */
  readonly certificate: Float64Array;
  /** ρ = ‖Σ_j β_j h_jᵀ‖, rounding included. */
  readonly rho: number;
  /** Every decoder that separates has at least the norm 1/ρ; Infinity where there is none. */
  readonly normBound: number;
  /** Two contexts with parallel embeddings whose supports exclude each other; one context twice where its embedding is zero. */
  readonly pair?: readonly [number, number];
}

export interface MaxMargin {
  readonly status: MaxMarginStatus;
  /** A decoder that meets every constraint, V × d row-major; undefined while none is known. */
  readonly decoder: Float64Array | undefined;
  /** β, m × V row-major, scaled to where the dual is largest: Σ_j β_j h_jᵀ is the decoder up to the gap. */
  readonly dual: Float64Array;
  /** ‖W‖ of the decoder; Infinity while there is none. */
  readonly norm: number;
  /** 1/‖W‖: the margin of the decoder scaled to norm 1. */
  readonly margin: number;
  /** lowerBound ≤ ‖W_mm‖ ≤ upperBound. */
  readonly lowerBound: number;
  readonly upperBound: number;
  /** (P − D)/P of ½‖W_mm‖²; 1 while no decoder is known. */
  readonly relativeGap: number;
  /** The angle between the decoder and W_mm is at most acos √(1 − gap). */
  readonly angleBoundRadians: number;
  /**
   * The words that can touch the margin at the optimum: their margins are within √(2(P − D)) √(1 + 1/|S_j|) ‖h_j‖ of 1, as
   * ‖W − W_mm‖² ≤ 2(P − D). In order of context and word.
   */
  readonly supportVectors: readonly SupportVector[];
  readonly iterations: number;
  /** How many times the dual was taken up in float64 and the GPU went on with what was missing. */
  readonly refinements: number;
  readonly nonseparable?: Nonseparable;
  readonly adapter: AdapterDescription;
}

const OPTION_NAMES: readonly (keyof MaxMarginOptions)[] = [
  "gapTolerance",
  "refine",
  "maxIterations",
  "signal",
  "onProgress",
];

const DEFAULT_GAP = 1e-5;
const REFINED_GAP = 1e-8;
const REDUCED_FACTOR = 100;
const DEFAULT_ITERATIONS = 100_000;
/** A bound on the norm of 10⁶ / max ‖h_j‖ and no decoder yet: not separable, for all that float64 can tell. */
const UNREACHABLE_NORM = 1e6;
/** Iterations before the first certificate, and at least between two; later ones come after a third of the iterations so far. */
const FIRST_LOOK = 64;
/** So many certificates in a row without a tenth of progress end the ascent. */
const STALLED_LOOKS = 6;
const PROGRESS = 0.9;
/** Work of one submission: short enough that a page stays smooth and no watchdog wakes. */
const SUBMISSION_MS = 50;
const FIRST_SUBMISSION = 16;
const MOST_PER_SUBMISSION = 1024;

/**
 * The max-margin decoder W_mm (NTP-SVM) with a certificate:
 *
 *   minimise ½‖W‖²  subject to  (e_z − e_z')ᵀ W h_j = 0 for z, z' ∈ S_j,  (e_z − e_v)ᵀ W h_j ≥ 1 for z ∈ S_j, v ∉ S_j
 *
 * The GPU ascends the dual; the bounds are recomputed in float64 from what it returns. Not separable is a status.
 * @throws OptionError at once for options out of range; ProblemError when every context is followed by every word.
 */
export async function maxMargin(gpu: Gpu, problem: Problem, options: MaxMarginOptions = {}): Promise<MaxMargin> {
  requireKnownOptions(options, OPTION_NAMES);
  const { gapTolerance = DEFAULT_GAP, refine = false, maxIterations = DEFAULT_ITERATIONS } = options;
  if (!(gapTolerance > 0 && gapTolerance < 1))
    throw new OptionError(`gapTolerance: expected a number above 0 and below 1, found ${String(gapTolerance)}`);
  requireWhole("maxIterations", maxIterations, 1);
  if (problem.tokens.length === problem.contextCount * problem.vocabularySize)
    throw new ProblemError("Every context is followed by every word: there is no margin to maximise.");
  const conflict = findConflict(problem);
  if (conflict) return certifiedInfeasible(gpu, problem, conflict);
  return withWorkspace(gpu, async (workspace) => {
    const ascent = new Ascent(workspace, problem, options);
    const end = await ascent.run(refine ? Math.min(gapTolerance, REFINED_GAP) : gapTolerance, maxIterations);
    return ascent.result(end, gapTolerance);
  });
}

/** How an ascent ends; with the tolerance that was asked for it becomes a status. */
type End = Exclude<MaxMarginStatus, "optimal-reduced" | "infeasible-certified">;

/**
 * The ascent in rounds. The dual β is kept in float64; the GPU works on the difference δ from it, with the gradient at β as its
 * linear part, so that float32 rounds what is missing and not what is there. A new round moves δ into β and keeps the momentum.
 */
class Ascent {
  readonly #workspace: Workspace;
  readonly #problem: Problem;
  readonly #options: MaxMarginOptions;
  readonly #mask: Uint8Array;
  /** β of a context times its scale is what the device holds. */
  readonly #scales: Float64Array;
  /** The smallest of the scales: units of the device, in which linear parts are at most 1. */
  readonly #unit: number;
  readonly #dual: Float64Array;
  /** Σ_j β_j h_jᵀ. */
  #decoder: Float64Array;
  #bound: DualBound;
  #found: PrimalBound | undefined;
  #iterations = 0;
  #refinements = 0;
  #perSubmission = FIRST_SUBMISSION;

  constructor(workspace: Workspace, problem: Problem, options: MaxMarginOptions) {
    this.#workspace = workspace;
    this.#problem = problem;
    this.#options = options;
    this.#mask = supportMask(problem);
    // contexts of unit length: their steps are alike, however uneven the embeddings are
    const norms = embeddingNorms(problem).map((norm) => (norm > 0 ? norm : 1));
    const eigenvalue = largestGramEigenvalue(problem, norms);
    this.#scales = norms.map((norm) => norm * Math.sqrt(eigenvalue));
    this.#unit = this.#scales.reduce((a, b) => Math.min(a, b));
    this.#dual = new Float64Array(this.#mask.length);
    this.#decoder = new Float64Array(problem.vocabularySize * problem.embeddingDim);
    this.#bound = { dual: this.#dual, total: 0, lowerBound: 0 };
  }

  async run(targetGap: number, maxIterations: number): Promise<End> {
    if (this.#isAborted()) return "cancelled";
    const { embeddingDim: d, embeddings } = this.#problem;
    const scaled = Float64Array.from(embeddings, (h, i) => h / this.#scales[Math.floor(i / d)]!);
    const ascent = await prepareDualAscent(this.#workspace, this.#problem, scaled);
    const unreachable = UNREACHABLE_NORM / embeddingNorms(this.#problem).reduce((a, b) => Math.max(a, b));
    let ahead: Float32Array<ArrayBuffer> = new Float32Array(ascent.y.length);
    let [looksWithoutProgress, bestGap, bestLower] = [0, Infinity, 0];
    for (;;) {
      this.#startRound(ascent, ahead);
      const look = this.#iterations + Math.max(FIRST_LOOK, Math.floor(this.#iterations / 3));
      await this.#iterateUntil(ascent, Math.min(look, maxIterations));
      if (this.#isAborted()) return "cancelled";
      const [x, y] = await readArrays(ascent.x, ascent.y);
      if (!x.every(Number.isFinite) || !y.every(Number.isFinite)) return "numerical-error";
      ahead = y.map((value, i) => value - x[i]!);
      await this.#takeUp(x, ascent.shape.paddedContexts);
      const { lowerBound, upperBound, relativeGap } = this.#progress();
      if (lowerBound > upperBound) return "numerical-error";
      if (relativeGap <= targetGap) return "optimal-certified";
      if (lowerBound >= unreachable && !this.#found) return "infeasible-below-norm";
      if (relativeGap < PROGRESS * bestGap || PROGRESS * lowerBound > bestLower) {
        looksWithoutProgress = 0;
        bestGap = relativeGap;
        bestLower = lowerBound;
      } else if (++looksWithoutProgress === STALLED_LOOKS) return "stalled";
      if (this.#iterations >= maxIterations) return "max-iterations";
    }
  }

  /** Uploads the problem in δ: the gradient at β, the room that β leaves, δ = 0 and the point ahead of it. */
  #startRound(ascent: DualAscent, ahead: Float32Array<ArrayBuffer>): void {
    const { contextCount, vocabularySize: V } = this.#problem;
    const { paddedContexts: stride } = ascent.shape;
    const logits = contextLogits(this.#problem, this.#decoder);
    const linear = new Float32Array(V * stride);
    const room = new Float32Array(V * stride);
    for (let j = 0; j < contextCount; j++) {
      // the projection does not see a constant added to a row; without it the entries that can move are near zero
      let [sum, free] = [0, 0];
      for (let i = j * V; i < (j + 1) * V; i++) {
        if (!this.#mask[i]) logits[i]! += 1;
        if (this.#mask[i] || this.#dual[i]! < 0) {
          sum += logits[i]!;
          free++;
        }
      }
      const scale = this.#scales[j]!;
      for (let v = 0; v < V; v++) {
        const i = j * V + v;
        linear[v * stride + j] = (logits[i]! - sum / free) * (this.#unit / scale);
        room[v * stride + j] = this.#mask[i] ? UNBOUNDED : -this.#dual[i]! * scale * this.#unit;
      }
    }
    ascent.linear.write(linear);
    ascent.room.write(room);
    ascent.x.write(new Float32Array(V * stride));
    ascent.y.write(ahead);
  }

  /** Iterations in submissions sized from measured time; their number does not touch the figures. */
  async #iterateUntil(ascent: DualAscent, last: number): Promise<void> {
    const { gpu } = this.#workspace;
    while (this.#iterations < last && !this.#isAborted()) {
      const count = Math.min(this.#perSubmission, last - this.#iterations);
      const batch = new Batch(gpu, "dual ascent");
      for (let k = 0; k < count; k++) ascent.iterate(batch);
      const begin = performance.now();
      batch.submit();
      await gpu.idle();
      const fitting = Math.floor((SUBMISSION_MS * count) / Math.max(performance.now() - begin, 0.1));
      this.#perSubmission = Math.min(Math.max(fitting, 1), 4 * this.#perSubmission, MOST_PER_SUBMISSION);
      this.#iterations += count;
      this.#options.onProgress?.(this.#progress());
    }
  }

  /** Adds δ to β, and keeps the better of the bounds; large problems take a moment, in which the page may do other work. */
  async #takeUp(change: Float32Array, stride: number): Promise<void> {
    const { contextCount, vocabularySize: V } = this.#problem;
    for (let j = 0; j < contextCount; j++)
      for (let v = 0; v < V; v++) this.#dual[j * V + v]! += change[v * stride + j]! / this.#scales[j]! / this.#unit;
    repairDual(this.#problem, this.#mask, this.#dual);
    this.#refinements++;
    const decoder = (this.#decoder = dualDecoder(this.#problem, this.#dual));
    await otherWork();
    const bound = dualBound(this.#problem, this.#mask, this.#dual, decoder);
    if (bound.lowerBound > this.#bound.lowerBound) this.#bound = bound;
    await otherWork();
    const found = primalBound(this.#problem, this.#mask, decoder, bound.dual);
    if (found && found.upperBound < (this.#found?.upperBound ?? Infinity)) this.#found = found;
  }

  #progress(): MaxMarginProgress {
    const [lowerBound, upperBound] = [this.#bound.lowerBound, this.#found?.upperBound ?? Infinity];
    const relativeGap = Math.max(1 - (lowerBound / upperBound) ** 2, 0);
    return { iterations: this.#iterations, lowerBound, upperBound, relativeGap };
  }

  #isAborted(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  result(end: End, gapTolerance: number): MaxMargin {
    const { iterations, lowerBound, upperBound, relativeGap } = this.#progress();
    const decoder = this.#found?.decoder;
    const norm = decoder ? Math.sqrt(decoder.reduce((sum, w) => sum + w * w, 0)) : Infinity;
    const { dual, total } = this.#bound;
    return {
      status: statusOf(end, relativeGap, gapTolerance, decoder !== undefined),
      decoder,
      dual,
      norm,
      margin: 1 / norm,
      lowerBound,
      upperBound,
      relativeGap,
      angleBoundRadians: Math.acos(Math.sqrt(1 - relativeGap)),
      supportVectors: decoder
        ? findSupportVectors(this.#problem, this.#mask, decoder, dual, upperBound ** 2 - lowerBound ** 2)
        : [],
      iterations,
      refinements: this.#refinements,
      ...(end === "infeasible-below-norm" && {
        nonseparable: { certificate: dual.map((b) => b / total), rho: 1 / lowerBound, normBound: lowerBound },
      }),
      adapter: this.#workspace.gpu.adapter,
    };
  }
}

function statusOf(end: End, gap: number, tolerance: number, isFound: boolean): MaxMarginStatus {
  if (end === "numerical-error" || !isFound) return end;
  if (gap <= tolerance) return "optimal-certified";
  const endedEarly = end === "max-iterations" || end === "stalled";
  return endedEarly && gap <= REDUCED_FACTOR * tolerance ? "optimal-reduced" : end;
}

/** @param twiceGap 2(P − D), which bounds ‖W − W_mm‖² */
function findSupportVectors(
  problem: Problem,
  mask: Uint8Array,
  decoder: Float64Array,
  dual: Float64Array,
  twiceGap: number,
): SupportVector[] {
  const { contextCount, vocabularySize: V, offsets } = problem;
  const margins = wordMargins(problem, mask, decoder);
  const lengths = embeddingNorms(problem);
  const found: SupportVector[] = [];
  for (let j = 0; j < contextCount; j++) {
    const supportSize = offsets[j + 1]! - offsets[j]!;
    const tolerance = Math.sqrt(Math.max(twiceGap, 0) * (1 + 1 / supportSize)) * lengths[j]!;
    for (let v = 0; v < V; v++) {
      const i = j * V + v;
      if (!mask[i] && margins[i]! <= 1 + tolerance)
        found.push({ context: j, word: v, margin: margins[i]!, multiplier: Math.abs(dual[i]!) });
    }
  }
  return found;
}

function certifiedInfeasible(gpu: Gpu, problem: Problem, { pair, certificate }: Conflict): MaxMargin {
  return {
    status: "infeasible-certified",
    decoder: undefined,
    dual: new Float64Array(problem.contextCount * problem.vocabularySize),
    norm: Infinity,
    margin: 0,
    lowerBound: Infinity,
    upperBound: Infinity,
    relativeGap: 1,
    angleBoundRadians: Math.PI / 2,
    supportVectors: [],
    iterations: 0,
    refinements: 0,
    nonseparable: { certificate, rho: 0, normBound: Infinity, pair },
    adapter: gpu.adapter,
  };
}
