import type { AdapterDescription } from "../../gpu/adapter.ts";
import { PacedSubmissions } from "../../gpu/paced-submissions.ts";
import type { Gpu } from "../../gpu/device.ts";
import { withWorkspace, type Workspace } from "../../gpu/workspace.ts";
import { canWhiten, whiten } from "../../float64/column-basis.ts";
import { canProveMinimiser, proveHeldBack } from "../../float64/minimiser.ts";
import { findConflict } from "../../float64/conflicting-contexts.ts";
import { canDecide, findRecession, type Recession } from "../../float64/recession.ts";
import { inSpells, otherWork } from "../../support/host-spells.ts";
import { deviceShape, type DeviceShape } from "../../maps/device-shape.ts";
import type { Problem } from "../../problem/problem.ts";
import { prepareDualAscent, type DualAscent, type Reached } from "./dual-ascent.ts";
import { MarginCertificate } from "./certificate.ts";
import { certifiedInfeasible, resultOf } from "./result.ts";
import type { MaxMarginOptions, MaxMarginProgress, MaxMarginSettings } from "./settings.ts";
import type { End, MaxMargin } from "./status.ts";

/** Multiply-adds of the first submission, whose speed is not known yet. */
const FIRST_WORK = 1e7;
const MOST_PER_SUBMISSION = 1024;
/** After so many iterations without a certificate the host is asked, see {@link Ascent.askHost}. */
const MOST_BEFORE_HOST = 2048;
/** The same where contexts are as anisotropic as this and float64 does not decide: the ascent would be far from done. */
const MOST_WHERE_ANISOTROPIC = 64;
const ANISOTROPIC = 16;
/** Steps of Newton's method on the host. */
const MOST_NEWTON_STEPS = 400;
/**
 * Multiply-adds of an iteration from which people would wait too long for the first bounds: those are certified in full from
 * some iterations on, and then after twice as many as before.
 */
const SLOW_WORK = 2 ** 27;
const FIRST_BOUNDS = 16;
/** A gap with which it is known that a decoder separates. */
const SEPARABILITY_GAP = 0.9;

/** What `maxMargin` finds. */
export async function solveMargin(
  gpu: Gpu,
  problem: Problem,
  options: MaxMarginOptions,
  { gapTolerance, targetGap, maxIterations }: MaxMarginSettings,
): Promise<MaxMargin> {
  const conflict = findConflict(problem);
  if (conflict) return certifiedInfeasible(problem, conflict, await decide(problem, options.signal), gpu.adapter);
  const ascent = new Ascent(problem, options);
  return withWorkspace(gpu, async (workspace) => {
    const end = await ascent.run(workspace, targetGap, maxIterations, () =>
      ascent.askHost(workspace, targetGap, maxIterations),
    );
    return ascent.result(end, gapTolerance, workspace.gpu.adapter);
  });
}

/** {@link findRecession} where a few seconds will do and nobody stops it. */
async function decide(problem: Problem, signal: AbortSignal | undefined): Promise<Recession | undefined> {
  return canDecide(problem) ? inSpells(findRecession(problem), signal) : undefined;
}

/**
 * The ascent in rounds: iterations on the GPU until the bounds are certified, see {@link MarginCertificate}. Between rounds all that
 * it needs is on the host: where a device is lost, it goes on from the last one on the next.
 */
export class Ascent {
  readonly #options: MaxMarginOptions;
  readonly #certificate: MarginCertificate;
  readonly #shape: DeviceShape;
  /** Of the host's work: aborted by the caller, or when the time of the search is over. */
  #signal: AbortSignal | undefined;
  /** By the page's clock, in milliseconds; none before the first iteration. */
  #deadline: number | undefined;
  /** What the host had to do for the last certificate, in milliseconds. */
  #certificateMs = 0;
  #iterations = 0;
  /** Those before the round under way. */
  #iterationsOfRounds = 0;
  #refinements = 0;
  /** How far ahead of the iterate the next round begins, and Nesterov's factor there; undefined before the first. */
  #ahead: Float32Array<ArrayBuffer>[] | undefined;
  #momentum: Float32Array | undefined;
  /** Whether the host is asked, or has been. */
  #asking: "not yet" | "now" | "done" = "not yet";
  /** What the last round has come to. */
  #end: End | undefined;
  #recession: Recession | undefined;

  /** @param shape of the dual on the device */
  constructor(problem: Problem, options: MaxMarginOptions, shape: DeviceShape = deviceShape(problem)) {
    this.#options = options;
    this.#shape = shape;
    this.#signal = options.signal;
    this.#certificate = new MarginCertificate(problem);
  }

  /** @param askHost called once where the ascent comes to no certificate soon; what it says ends the ascent */
  async run(
    workspace: Workspace,
    targetGap: number,
    maxIterations: number,
    askHost?: () => Promise<End | undefined>,
  ): Promise<End> {
    const certificate = this.#certificate;
    const ascent = await workspace.unlessAborted(this.#options.signal, () =>
      prepareDualAscent(workspace, this.#shape, certificate.scaledEmbeddings()),
    );
    if (!ascent) return "cancelled";
    if (this.#momentum) ascent.momentum.write(this.#momentum);
    this.#iterations = this.#iterationsOfRounds;
    const first = Math.min(Math.max(Math.floor(FIRST_WORK / ascent.work), 1), MOST_PER_SUBMISSION);
    const submissions = new PacedSubmissions(workspace.gpu, "dual ascent", { first, most: MOST_PER_SUBMISSION });
    this.#startClock();
    for (;;) {
      if (this.#asking !== "now") {
        const over = await this.#round(workspace, ascent, submissions, targetGap, maxIterations);
        if (over) return over;
        const isSlowToCome = this.#end !== undefined || this.#iterations >= this.#mostBeforeHost();
        if (askHost && isSlowToCome && this.#asking === "not yet") this.#asking = "now";
      }
      if (this.#asking === "now") {
        const said = await askHost?.();
        this.#asking = "done";
        if (said) return said;
      }
      if (this.#end) return certificate.found ? "stalled" : this.#end;
    }
  }

  /** Iterations, and the certificate of what they have come to; the end of the search where this is it. */
  async #round(
    workspace: Workspace,
    ascent: DualAscent,
    submissions: PacedSubmissions,
    targetGap: number,
    maxIterations: number,
  ): Promise<End | undefined> {
    const certificate = this.#certificate;
    const isSlow = ascent.work >= SLOW_WORK;
    ascent.startRound(certificate, this.#ahead);
    const usual = Math.max(ascent.certifyEvery, Math.floor(this.#iterations / 3));
    const next = this.#iterations + (isSlow ? Math.min(usual, Math.max(this.#iterations, FIRST_BOUNDS)) : usual);
    const reached = await this.#iterateUntil(workspace, ascent, submissions, Math.min(next, maxIterations));
    if (!reached) {
      // the decoder of the round before
      certificate.project();
      return "cancelled";
    }
    const begun = performance.now();
    const isLast = this.#iterations >= maxIterations || this.#isLate();
    const { blocks, momentum } = reached;
    if (!blocks.every(({ x, y }) => x.every(Number.isFinite) && y.every(Number.isFinite))) return "numerical-error";
    this.#ahead = blocks.map(({ x, y }) => Float32Array.from(y, (value, i) => value - x[i]!));
    this.#momentum = momentum;
    this.#iterationsOfRounds = this.#iterations;
    certificate.absorb(...blocks.map(({ x, ...where }) => ({ ...where, change: x })));
    this.#refinements++;
    // large problems take a moment, in which the page may do other work
    await otherWork();
    certificate.certify(targetGap, this.#iterations, isLast || isSlow);
    this.#options.onProgress?.(this.#progress());
    this.#end = certificate.judge(targetGap);
    this.#certificateMs = performance.now() - begun;
    if (this.#end === "optimal-certified") return this.#end;
    if (this.#iterations >= maxIterations) return this.#end ?? "max-iterations";
    return isLast ? (this.#end ?? "cancelled") : undefined;
  }

  /** Compiling is over, the search begins; once. */
  #startClock(): void {
    const { signal, withinSeconds } = this.#options;
    if (withinSeconds === undefined || this.#deadline !== undefined) return;
    const milliseconds = Math.ceil(1000 * withinSeconds);
    this.#deadline = performance.now() + milliseconds;
    this.#signal = AbortSignal.any([...(signal ? [signal] : []), AbortSignal.timeout(milliseconds)]);
  }

  /** Whether what is left of the time is what another certificate takes. */
  #isLate(): boolean {
    return performance.now() + this.#certificateMs >= (this.#deadline ?? Infinity);
  }

  #mostBeforeHost(): number {
    const { problem, anisotropy } = this.#certificate;
    return anisotropy >= ANISOTROPIC && !canDecide(problem) ? MOST_WHERE_ANISOTROPIC : MOST_BEFORE_HOST;
  }

  /**
   * What float64 says of a small problem. A larger one is gone on with by Newton's method where that is not too much work, and tried again
   * in whitened embeddings where no decoder is found.
   */
  async askHost(workspace: Workspace, targetGap: number, maxIterations: number): Promise<End | undefined> {
    const { problem } = this.#certificate;
    if (!canDecide(problem)) {
      const end = await this.#stepOnHost(targetGap, maxIterations);
      return end || this.#certificate.found || !canWhiten(problem) ? end : this.#searchWhitened(workspace);
    }
    this.#recession = await decide(problem, this.#signal);
    if (this.#signal?.aborted) return "cancelled";
    return this.#recession && this.#certificate.conclude(this.#recession);
  }

  /** Steps of Newton's method, see {@link MarginNewton}; undefined where they come to no certificate. */
  async #stepOnHost(targetGap: number, maxIterations: number): Promise<End | undefined> {
    const certificate = this.#certificate;
    const { problem } = certificate;
    const { MarginNewton, canStepByNewton } = await import("../../float64/margin-newton.ts");
    if (!canStepByNewton(problem)) return undefined;
    const report = (): void => this.#options.onProgress?.(this.#progress());
    const newton = new MarginNewton(problem);
    const first = this.#iterations;
    const most = Math.min(maxIterations - first, MOST_NEWTON_STEPS);
    for (let goesOn = true; goesOn && newton.steps < most;) {
      const isMinimum = await inSpells(newton.advance(most - newton.steps), this.#signal, report);
      await inSpells(certificate.offer(newton.dual, newton.decoder, targetGap), this.#signal, report);
      if (this.#signal?.aborted) return "cancelled";
      this.#iterations = this.#iterationsOfRounds = first + newton.steps;
      report();
      const end = certificate.judge(targetGap);
      if (end === "optimal-certified" || end === "numerical-error") return end;
      // the whitened search may prove more
      if (end === "infeasible-below-norm") this.#end = end;
      goesOn = isMinimum === true && !end;
    }
    return this.#iterations >= maxIterations ? "max-iterations" : undefined;
  }

  /**
   * Another ascent in embeddings whose ill-conditioning is taken out. Its decoder separates here too, though it is not the shortest;
   * its multipliers may prove that none does.
   */
  async #searchWhitened(workspace: Workspace): Promise<End | undefined> {
    const { problem } = this.#certificate;
    const signal = this.#signal;
    const whitened = await inSpells(whiten(problem), signal);
    if (!whitened) return "cancelled";
    const { onProgress } = this.#options;
    const other = new Ascent(whitened.problem, { signal, onProgress });
    const end = await other.run(workspace, SEPARABILITY_GAP, MOST_BEFORE_HOST);
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

  /**
   * Iterations in submissions sized from measured time; their number does not touch the figures. The last one, up to `last` or
   * where time runs out, is read back at once, or nothing after an abort.
   */
  #iterateUntil(
    workspace: Workspace,
    ascent: DualAscent,
    submissions: PacedSubmissions,
    last: number,
  ): Promise<Reached | undefined> {
    const { gpu } = workspace;
    const { signal } = this.#options;
    let isEnd = false;
    return workspace.unlessAborted(signal, () =>
      submissions.until(
        {
          record: (batch, most) => {
            const count = Math.min(most, last - this.#iterations);
            ascent.iterate(batch, count);
            this.#iterations += count;
            isEnd = this.#iterations === last || this.#isLate();
            return count;
          },
          read: async () => (isEnd ? ascent.read() : void (await gpu.idle())),
        },
        (reached) => {
          if (!reached) this.#options.onProgress?.(this.#progress());
          return reached;
        },
        () => signal?.aborted ?? false,
      ),
    );
  }

  #progress(): MaxMarginProgress {
    const { bounds } = this.#certificate;
    const message = `${this.#iterations} iterations, gap ${bounds.relativeGap.toExponential(1)}`;
    return { phase: "max-margin decoder", fraction: 0, message, iterations: this.#iterations, ...bounds };
  }

  result(end: End, gapTolerance: number, adapter: AdapterDescription): MaxMargin {
    return resultOf(this.#certificate, {
      end,
      gapTolerance,
      iterations: this.#iterations,
      refinements: this.#refinements,
      recession: this.#recession?.margin ? undefined : this.#recession,
      adapter,
    });
  }
}
