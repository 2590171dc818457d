import type { Gpu } from "../../gpu/device.ts";
import { PacedSubmissions } from "../../gpu/paced-submissions.ts";
import { readArrays } from "../../readback/read-arrays.ts";
import { withWorkspace, type Workspace } from "../../gpu/workspace.ts";
import { canWhiten, whiten } from "../../float64/column-basis.ts";
import { canProveMinimiser, proveHeldBack } from "../../float64/minimiser.ts";
import { canDecide, findRecession, type Recession } from "../../float64/recession.ts";
import { inSpells, otherWork } from "../../support/host-spells.ts";
import type { Problem } from "../../problem/problem.ts";
import { findConflict } from "../../float64/conflicting-contexts.ts";
import { prepareDualAscent, type DualAscent } from "./dual-ascent.ts";
import { MarginCertificate } from "./certificate.ts";
import { certifiedInfeasible, resultOf } from "./result.ts";
import { settingsOf, type MaxMarginOptions, type MaxMarginProgress } from "./settings.ts";
import type { End, MaxMargin } from "./status.ts";

/** Multiply-adds of the first submission, whose speed is not known yet. */
const FIRST_WORK = 1e7;
const MOST_PER_SUBMISSION = 1024;
/** After so many iterations without a certificate the host is asked, see {@link Ascent.askHost}. */
const MOST_BEFORE_HOST = 2048;
/**
 * Multiply-adds of an iteration from which people would wait too long for the first bounds: those are certified in full from
 * some iterations on, and then after twice as many as before.
 */
const SLOW_WORK = 2 ** 27;
const FIRST_BOUNDS = 16;
/** A gap with which it is known that a decoder separates. */
const SEPARABILITY_GAP = 0.9;

/**
 * The max-margin decoder W_mm (NTP-SVM) with a certificate:
 *
 *   minimise ½‖W‖²  subject to  (e_z − e_z')ᵀ W h_j = 0 for z, z' ∈ S_j,  (e_z − e_v)ᵀ W h_j ≥ 1 for z ∈ S_j, v ∉ S_j
 *
 * The GPU ascends the dual; the bounds are recomputed in float64 from what it returns. A small problem that it does not get certified
 * (ill-conditioned, or not separable) is solved by the host; a large one for which no decoder is found is
 * tried again in whitened embeddings. Not separable is a status.
 * @throws OptionError at once for options out of range; ProblemError when every context is followed by every word.
 */
export async function maxMargin(gpu: Gpu, problem: Problem, options: MaxMarginOptions = {}): Promise<MaxMargin> {
  const { gapTolerance, targetGap, maxIterations } = settingsOf(problem, options);
  const conflict = findConflict(problem);
  if (conflict) return certifiedInfeasible(problem, conflict, await decide(problem, options.signal), gpu.adapter);
  return withWorkspace(gpu, async (workspace) => {
    const ascent = new Ascent(workspace, problem, options);
    const end = await ascent.run(targetGap, maxIterations, () => ascent.askHost());
    return ascent.result(end, gapTolerance);
  });
}

/** {@link findRecession} where a few seconds will do and nobody stops it. */
async function decide(problem: Problem, signal: AbortSignal | undefined): Promise<Recession | undefined> {
  return canDecide(problem) ? inSpells(findRecession(problem), signal) : undefined;
}

/** The ascent in rounds: iterations on the GPU until the bounds are certified, see {@link MarginCertificate}. */
class Ascent {
  readonly #workspace: Workspace;
  readonly #options: MaxMarginOptions;
  readonly #certificate: MarginCertificate;
  /** Aborted by the caller, or when the time of the search is over. */
  #signal: AbortSignal | undefined;
  /** By the page's clock, in milliseconds. */
  #deadline = Infinity;
  /** What the host had to do for the last certificate, in milliseconds. */
  #certificateMs = 0;
  #iterations = 0;
  #refinements = 0;
  #recession: Recession | undefined;

  constructor(workspace: Workspace, problem: Problem, options: MaxMarginOptions) {
    this.#workspace = workspace;
    this.#options = options;
    this.#signal = options.signal;
    this.#certificate = new MarginCertificate(problem);
  }

  /** @param askHost called once where the ascent comes to no certificate soon; what it says ends the ascent */
  async run(targetGap: number, maxIterations: number, askHost?: () => Promise<End | undefined>): Promise<End> {
    const certificate = this.#certificate;
    const ascent = await this.#workspace.unlessAborted(this.#options.signal, () =>
      prepareDualAscent(this.#workspace, certificate.problem, certificate.scaledEmbeddings()),
    );
    if (!ascent) return "cancelled";
    const first = Math.min(Math.max(Math.floor(FIRST_WORK / ascent.work), 1), MOST_PER_SUBMISSION);
    const pace = { first, most: MOST_PER_SUBMISSION };
    const submissions = new PacedSubmissions(this.#workspace.gpu, "dual ascent", pace);
    let ahead: Float32Array<ArrayBuffer> = new Float32Array(ascent.y.length);
    const isSlow = ascent.work >= SLOW_WORK;
    let hasAsked = false;
    let begun = this.#startClock();
    for (;;) {
      this.#startRound(ascent, ahead);
      if (this.#iterations > 0) this.#certificateMs = performance.now() - begun;
      const usual = Math.max(ascent.certifyEvery, Math.floor(this.#iterations / 3));
      const next = this.#iterations + (isSlow ? Math.min(usual, Math.max(this.#iterations, FIRST_BOUNDS)) : usual);
      const reached = await this.#iterateUntil(ascent, submissions, Math.min(next, maxIterations));
      if (!reached) {
        // the decoder of the round before
        certificate.project();
        return "cancelled";
      }
      begun = performance.now();
      const isLast = this.#iterations >= maxIterations || this.#isLate();
      const [x, y] = reached;
      if (!x.every(Number.isFinite) || !y.every(Number.isFinite)) return "numerical-error";
      ahead = y.map((value, i) => value - x[i]!);
      certificate.absorb(x, ascent.shape.paddedContexts);
      this.#refinements++;
      // large problems take a moment, in which the page may do other work
      await otherWork();
      certificate.certify(targetGap, this.#iterations, isLast || isSlow);
      this.#options.onProgress?.(this.#progress());
      const end = certificate.judge(targetGap);
      if (end === "optimal-certified") return end;
      if (this.#iterations >= maxIterations) return end ?? "max-iterations";
      if (isLast) return end ?? "cancelled";
      if ((end || this.#iterations >= MOST_BEFORE_HOST) && !hasAsked) {
        hasAsked = true;
        const said = await askHost?.();
        if (said) return said;
      }
      if (end) return certificate.found ? "stalled" : end;
    }
  }

  /** Compiling is over, the search begins: the time when. */
  #startClock(): number {
    const now = performance.now();
    const { signal, withinSeconds } = this.#options;
    if (withinSeconds === undefined) return now;
    const milliseconds = Math.ceil(1000 * withinSeconds);
    this.#deadline = now + milliseconds;
    this.#signal = AbortSignal.any([...(signal ? [signal] : []), AbortSignal.timeout(milliseconds)]);
    return now;
  }

  /** Whether what is left of the time is what another certificate takes. */
  #isLate(): boolean {
    return performance.now() + this.#certificateMs >= this.#deadline;
  }

  /** What float64 says of a small problem; a large one for which no decoder is found is tried again in whitened embeddings. */
  async askHost(): Promise<End | undefined> {
    const { problem, found } = this.#certificate;
    if (!canDecide(problem)) return found || !canWhiten(problem) ? undefined : this.#searchWhitened();
    this.#recession = await decide(problem, this.#signal);
    if (this.#signal?.aborted) return "cancelled";
    return this.#recession && this.#certificate.conclude(this.#recession);
  }

  /**
   * Another ascent in embeddings whose ill-conditioning is taken out. Its decoder separates here too, though it is not the shortest;
   * its multipliers may prove that none does.
   */
  async #searchWhitened(): Promise<End | undefined> {
    const { problem } = this.#certificate;
    const signal = this.#signal;
    const whitened = await inSpells(whiten(problem), signal);
    if (!whitened) return "cancelled";
    const { onProgress } = this.#options;
    const other = new Ascent(this.#workspace, whitened.problem, { signal, onProgress });
    const end = await other.run(SEPARABILITY_GAP, MOST_BEFORE_HOST);
    this.#iterations += other.#iterations;
    this.#refinements += other.#refinements;
    if (end === "cancelled") return end;
    if (other.#certificate.found) this.#certificate.accept(whitened.decoderOf(other.#certificate.found.decoder));
    if (other.#certificate.found || !canProveMinimiser(problem)) return undefined;
    const heldBack = await inSpells(proveHeldBack(problem, whitened.dualOf(other.#certificate.dual)), signal);
    if (signal?.aborted) return "cancelled";
    if (!heldBack?.isProved) return undefined;
    this.#recession = { leftBehind: new Uint8Array(heldBack.dual.length), heldBack };
    return this.#certificate.conclude(this.#recession);
  }

  /** Uploads the problem in δ, δ = 0 and the point ahead of it. */
  #startRound(ascent: DualAscent, ahead: Float32Array<ArrayBuffer>): void {
    const linear = new Float32Array(ascent.linear.length);
    const room = new Float32Array(ascent.room.length);
    this.#certificate.writeRound(linear, room, ascent.shape.paddedContexts);
    ascent.linear.write(linear);
    ascent.room.write(room);
    ascent.x.write(new Float32Array(ascent.x.length));
    ascent.y.write(ahead);
  }

  /**
   * Iterations in submissions sized from measured time; their number does not touch the figures. The last one, up to `last` or
   * where time runs out, is read back at once: x and y, or nothing after an abort.
   */
  #iterateUntil(
    ascent: DualAscent,
    submissions: PacedSubmissions,
    last: number,
  ): Promise<[x: Float32Array, y: Float32Array] | undefined> {
    const { gpu } = this.#workspace;
    let isEnd = false;
    return this.#workspace.unlessAborted(this.#signal, () =>
      submissions.until(
        {
          record: (batch, most) => {
            const count = Math.min(most, last - this.#iterations);
            ascent.iterate(batch, count);
            this.#iterations += count;
            isEnd = this.#iterations === last || this.#isLate();
            return count;
          },
          read: async () => (isEnd ? readArrays(ascent.x, ascent.y) : void (await gpu.idle())),
        },
        (reached) => {
          if (!reached) this.#options.onProgress?.(this.#progress());
          return reached;
        },
        () => this.#signal?.aborted ?? false,
      ),
    );
  }

  #progress(): MaxMarginProgress {
    const { bounds } = this.#certificate;
    const message = `${this.#iterations} iterations, gap ${bounds.relativeGap.toExponential(1)}`;
    return { phase: "max-margin decoder", fraction: 0, message, iterations: this.#iterations, ...bounds };
  }

  result(end: End, gapTolerance: number): MaxMargin {
    return resultOf(this.#certificate, {
      end,
      gapTolerance,
      iterations: this.#iterations,
      refinements: this.#refinements,
      recession: this.#recession?.margin ? undefined : this.#recession,
      adapter: this.#workspace.gpu.adapter,
    });
  }
}
