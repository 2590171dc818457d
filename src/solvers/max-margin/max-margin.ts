import { OptionError, ProblemError } from "../../errors.ts";
import { requireKnownOptions, requireWhole } from "../../support/options.ts";
import type { AdapterDescription, Gpu } from "../../gpu/device.ts";
import { PacedSubmissions } from "../../gpu/paced-submissions.ts";
import { readArrays } from "../../gpu/staging.ts";
import { withWorkspace, type Workspace } from "../../gpu/workspace.ts";
import { canWhiten, whiten } from "../../float64/column-basis.ts";
import { canProveMinimiser, proveHeldBack } from "../../float64/minimiser.ts";
import { canDecide, findRecession, type Recession } from "../../float64/recession.ts";
import { inSpells, otherWork } from "../../support/host-spells.ts";
import type { LongWork, WorkProgress } from "../../support/long-work.ts";
import type { Problem } from "../../problem/problem.ts";
import { findConflict } from "../../float64/conflicting-contexts.ts";
import { embeddingNorms, wordMargins, type DualBound } from "../../float64/margin-certificate.ts";
import { prepareDualAscent, type DualAscent } from "./dual-ascent.ts";
import { MarginRounds } from "./margin-rounds.ts";

export interface MaxMarginOptions extends LongWork<MaxMarginProgress> {
  /** Relative gap (P − D)/P, certified in float64, at which the decoder counts as found; default 1e-5. */
  readonly gapTolerance?: number;
  /** Goes on until the gap is 1e-8 or no longer shrinks; default false. The status is still judged by `gapTolerance`. */
  readonly refine?: boolean;
  /** Iterations at most; default 100,000. */
  readonly maxIterations?: number;
}

/** What is certified after so many iterations; told after each certificate too. */
export interface MaxMarginProgress extends WorkProgress<"max-margin decoder"> {
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
 * - `infeasible-certified`: no decoder separates: two contexts with parallel embeddings ask for supports that exclude each other, or
 *   multipliers exist that hold words back for every decoder (Gordan's alternative).
 * - `infeasible-below-norm`: no decoder of norm below `nonseparable.normBound` separates, which is at least 10⁶ times what a single
 *   context forces. Whether a larger one does is not known.
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
  /** Every decoder that separates has at least the norm 1/ρ; Infinity where it is proved that multipliers of these signs have ρ = 0. */
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
  /** Which words can be left behind and which cannot, where that was decided and the problem is not proved separable. */
  readonly recession?: Recession;
  readonly adapter: AdapterDescription;
}

const OPTION_NAMES: readonly (keyof MaxMarginOptions)[] = [
  "gapTolerance",
  "refine",
  "maxIterations",
  "signal",
  "onProgress",
];

export const DEFAULT_GAP = 1e-5;
const REFINED_GAP = 1e-8;
const REDUCED_FACTOR = 100;
const DEFAULT_ITERATIONS = 100_000;
/** Multiply-adds of the first submission, whose speed is not known yet. */
const FIRST_WORK = 1e7;
const MOST_PER_SUBMISSION = 1024;
/** After so many iterations without a certificate the host is asked, see {@link Ascent.askHost}. */
const MOST_BEFORE_HOST = 2048;
/** A gap with which it is known that a decoder separates. */
const SEPARABILITY_GAP = 0.9;

/**
 * The max-margin decoder W_mm (NTP-SVM) with a certificate:
 *
 *   minimise ½‖W‖²  subject to  (e_z − e_z')ᵀ W h_j = 0 for z, z' ∈ S_j,  (e_z − e_v)ᵀ W h_j ≥ 1 for z ∈ S_j, v ∉ S_j
 *
 * The GPU ascends the dual; the bounds are recomputed in float64 from what it returns. A small problem that it does not get certified
 * (ill-conditioned, or not separable) is solved by the host, see {@link findRecession}; a large one for which no decoder is found is
 * tried again in whitened embeddings. Not separable is a status.
 * @throws OptionError at once for options out of range; ProblemError when every context is followed by every word.
 */
export async function maxMargin(gpu: Gpu, problem: Problem, options: MaxMarginOptions = {}): Promise<MaxMargin> {
  requireKnownOptions(options, OPTION_NAMES);
  const { gapTolerance = DEFAULT_GAP, refine = false, maxIterations = DEFAULT_ITERATIONS } = options;
  requireGapTolerance(gapTolerance);
  requireWhole("maxIterations", maxIterations, 1);
  if (problem.tokens.length === problem.contextCount * problem.vocabularySize)
    throw new ProblemError("Every context is followed by every word: there is no margin to maximise.");
  const conflict = findConflict(problem);
  if (conflict) return certifiedInfeasible(gpu, problem, conflict, await decide(problem, options.signal));
  return withWorkspace(gpu, async (workspace) => {
    const ascent = new Ascent(workspace, problem, options);
    const targetGap = refine ? Math.min(gapTolerance, REFINED_GAP) : gapTolerance;
    const end = await ascent.run(targetGap, maxIterations, () => ascent.askHost());
    return ascent.result(end, gapTolerance);
  });
}

/** @throws OptionError unless it is between 0 and 1 */
export function requireGapTolerance(found: number): void {
  if (!(found > 0 && found < 1))
    throw new OptionError("gapTolerance", `expected a number above 0 and below 1, found ${String(found)}`);
}

/** How an ascent ends; with the tolerance that was asked for it becomes a status. */
export type End = Exclude<MaxMarginStatus, "optimal-reduced">;

/** {@link findRecession} where a few seconds will do and nobody stops it. */
async function decide(problem: Problem, signal: AbortSignal | undefined): Promise<Recession | undefined> {
  return canDecide(problem) ? inSpells(findRecession(problem), signal) : undefined;
}

/** The ascent in rounds: iterations on the GPU until the bounds are certified, see {@link MarginRounds}. */
class Ascent {
  readonly #workspace: Workspace;
  readonly #options: MaxMarginOptions;
  readonly #rounds: MarginRounds;
  #iterations = 0;
  #refinements = 0;
  #recession: Recession | undefined;

  constructor(workspace: Workspace, problem: Problem, options: MaxMarginOptions) {
    this.#workspace = workspace;
    this.#options = options;
    this.#rounds = new MarginRounds(problem);
  }

  /** @param askHost called once where the ascent comes to no certificate soon; what it says ends the ascent */
  async run(targetGap: number, maxIterations: number, askHost?: () => Promise<End | undefined>): Promise<End> {
    const rounds = this.#rounds;
    const ascent = await prepareDualAscent(this.#workspace, rounds.problem, rounds.scaledEmbeddings());
    const first = Math.min(Math.max(Math.floor(FIRST_WORK / ascent.work), 1), MOST_PER_SUBMISSION);
    const pace = { first, most: MOST_PER_SUBMISSION };
    const submissions = new PacedSubmissions(this.#workspace.gpu, "dual ascent", pace);
    let ahead: Float32Array<ArrayBuffer> = new Float32Array(ascent.y.length);
    let hasAsked = false;
    for (;;) {
      this.#startRound(ascent, ahead);
      const next = this.#iterations + Math.max(ascent.certifyEvery, Math.floor(this.#iterations / 3));
      const reached = await this.#iterateUntil(ascent, submissions, Math.min(next, maxIterations));
      if (!reached) {
        // the decoder of the round before
        rounds.project();
        return "cancelled";
      }
      const [x, y] = reached;
      if (!x.every(Number.isFinite) || !y.every(Number.isFinite)) return "numerical-error";
      ahead = y.map((value, i) => value - x[i]!);
      rounds.absorb(x, ascent.shape.paddedContexts);
      this.#refinements++;
      // large problems take a moment, in which the page may do other work
      await otherWork();
      rounds.certify(targetGap, this.#iterations, this.#iterations >= maxIterations);
      this.#options.onProgress?.(this.#progress());
      const end = rounds.judge(targetGap);
      if (end === "optimal-certified") return end;
      if (this.#iterations >= maxIterations) return end ?? "max-iterations";
      if ((end || this.#iterations >= MOST_BEFORE_HOST) && !hasAsked) {
        hasAsked = true;
        const said = await askHost?.();
        if (said) return said;
      }
      if (end) return rounds.found ? "stalled" : end;
    }
  }

  /** What float64 says of a small problem; a large one for which no decoder is found is tried again in whitened embeddings. */
  async askHost(): Promise<End | undefined> {
    const { problem, found } = this.#rounds;
    if (!canDecide(problem)) return found || !canWhiten(problem) ? undefined : this.#searchWhitened();
    this.#recession = await decide(problem, this.#options.signal);
    if (this.#options.signal?.aborted) return "cancelled";
    return this.#recession && this.#rounds.conclude(this.#recession);
  }

  /**
   * Another ascent in embeddings whose ill-conditioning is taken out. Its decoder separates here too, though it is not the shortest;
   * its multipliers may prove that none does.
   */
  async #searchWhitened(): Promise<End | undefined> {
    const { problem } = this.#rounds;
    const { signal } = this.#options;
    const whitened = await inSpells(whiten(problem), signal);
    if (!whitened) return "cancelled";
    const other = new Ascent(this.#workspace, whitened.problem, this.#options);
    const end = await other.run(SEPARABILITY_GAP, MOST_BEFORE_HOST);
    this.#iterations += other.#iterations;
    this.#refinements += other.#refinements;
    if (end === "cancelled") return end;
    if (other.#rounds.found) this.#rounds.accept(whitened.decoderOf(other.#rounds.found.decoder));
    if (other.#rounds.found || !canProveMinimiser(problem)) return undefined;
    const heldBack = await inSpells(proveHeldBack(problem, whitened.dualOf(other.#rounds.dual)), signal);
    if (signal?.aborted) return "cancelled";
    if (!heldBack?.isProved) return undefined;
    this.#recession = { leftBehind: new Uint8Array(heldBack.dual.length), heldBack };
    return this.#rounds.conclude(this.#recession);
  }

  /** Uploads the problem in δ, δ = 0 and the point ahead of it. */
  #startRound(ascent: DualAscent, ahead: Float32Array<ArrayBuffer>): void {
    const linear = new Float32Array(ascent.linear.length);
    const room = new Float32Array(ascent.room.length);
    this.#rounds.writeRound(linear, room, ascent.shape.paddedContexts);
    ascent.linear.write(linear);
    ascent.room.write(room);
    ascent.x.write(new Float32Array(ascent.x.length));
    ascent.y.write(ahead);
  }

  /**
   * Iterations in submissions sized from measured time; their number does not touch the figures. The last one is read back at
   * once: x and y, or nothing after an abort.
   */
  #iterateUntil(
    ascent: DualAscent,
    submissions: PacedSubmissions,
    last: number,
  ): Promise<[x: Float32Array, y: Float32Array] | undefined> {
    const { gpu } = this.#workspace;
    return submissions.until(
      {
        record: (batch, most) => {
          const count = Math.min(most, last - this.#iterations);
          ascent.iterate(batch, count);
          this.#iterations += count;
          return count;
        },
        read: async () => (this.#iterations < last ? void (await gpu.idle()) : readArrays(ascent.x, ascent.y)),
      },
      (reached) => {
        if (!reached) this.#options.onProgress?.(this.#progress());
        return reached;
      },
      () => this.#options.signal?.aborted ?? false,
    );
  }

  #progress(): MaxMarginProgress {
    const { bounds } = this.#rounds;
    const message = `${this.#iterations} iterations, gap ${bounds.relativeGap.toExponential(1)}`;
    return { phase: "max-margin decoder", fraction: 0, message, iterations: this.#iterations, ...bounds };
  }

  result(end: End, gapTolerance: number): MaxMargin {
    const { iterations, lowerBound, upperBound, relativeGap } = this.#progress();
    const { problem, mask, bound, found } = this.#rounds;
    const recession = this.#recession?.margin ? undefined : this.#recession;
    if (end === "infeasible-certified")
      return {
        ...certifiedInfeasible(this.#workspace.gpu, problem, rayOf(bound), recession),
        iterations,
        refinements: this.#refinements,
      };
    const decoder = found?.decoder;
    const norm = decoder ? Math.sqrt(decoder.reduce((sum, w) => sum + w * w, 0)) : Infinity;
    const { dual } = bound;
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
        ? findSupportVectors(problem, mask, decoder, dual, upperBound ** 2 - lowerBound ** 2)
        : [],
      iterations,
      refinements: this.#refinements,
      ...(end === "infeasible-below-norm" && {
        nonseparable: { ...rayOf(bound), normBound: lowerBound },
      }),
      ...(recession && { recession }),
      adapter: this.#workspace.gpu.adapter,
    };
  }
}

/** β with Σ(−β_off) = 1. */
const rayOf = ({ dual, total, lowerBound }: DualBound): { certificate: Float64Array; rho: number } => ({
  certificate: dual.map((b) => b / total),
  rho: 1 / lowerBound,
});

export function statusOf(end: End, gap: number, tolerance: number, isFound: boolean): MaxMarginStatus {
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

function certifiedInfeasible(
  gpu: Gpu,
  problem: Problem,
  { pair, certificate, rho = 0 }: Pick<Nonseparable, "certificate" | "pair"> & { readonly rho?: number },
  recession: Recession | undefined,
): MaxMargin {
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
    nonseparable: { certificate, rho, normBound: Infinity, ...(pair && { pair }) },
    ...(recession && { recession }),
    adapter: gpu.adapter,
  };
}
