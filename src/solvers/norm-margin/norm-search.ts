import type { NormBounds } from "../../float64/margin-in-norm.ts";
import { NormCertificate } from "../../float64/norm-certificate.ts";
import { NormSplitting } from "../../float64/norm-splitting.ts";
import { dualDecoder } from "../../float64/margin-certificate.ts";
import type { Problem } from "../../problem/problem.ts";
import { inSpells, type Work } from "../../support/host-spells.ts";
import { statusOf, type End, type MaxMargin } from "../max-margin/status.ts";
import type { NormMarginOptions, NormMarginProgress } from "./settings.ts";
import type { NormMargin } from "./status.ts";

/** Time for certificates once the search has been cancelled. */
const MOST_AFTER_ABORT_MS = 100;
/** Iterations until the first certificate, and between two of them at least. */
const CERTIFY_EVERY = 64;
/** So many certificates in a row that take less than a tenth off the gap end the iterations. */
const STALLED_CERTIFICATES = 6;
const PROGRESS = 0.9;

/** A search for the least norm in float64, its bounds and its status. */
export class NormSearch {
  readonly #options: NormMarginOptions;
  readonly #certificate: NormCertificate;
  readonly #splitting: NormSplitting;
  /** By the clock of performance, in milliseconds; undefined until {@link startClock}. */
  #deadline: number | undefined;
  /** What the last certificate took, in milliseconds. */
  #certificateMs = 0;
  /** From the last certificate with progress. */
  #best = { gap: 1, withoutProgress: 0 };

  constructor(problem: Problem, options: NormMarginOptions) {
    this.#options = options;
    this.#certificate = new NormCertificate(problem, options.norm);
    this.#splitting = new NormSplitting(problem, options.norm);
  }

  /** Compiling is over, the search has begun; once. */
  startClock(): void {
    this.#deadline ??= performance.now() + 1000 * (this.#options.withinSeconds ?? Infinity);
  }

  get bounds(): NormBounds {
    const { lowerBound, upperBound } = this.#certificate;
    return { lowerBound, upperBound };
  }

  /** The bounds that W_mm and its multipliers prove; the end where they have none to go on from. */
  async start({ status, decoder, dual }: MaxMargin): Promise<End | undefined> {
    const { signal } = this.#options;
    // what a search that was cancelled has found is certified too, if that is short work
    await inSpells(this.#certify(dual, decoder), signal?.aborted ? AbortSignal.timeout(MOST_AFTER_ABORT_MS) : signal);
    return status === "infeasible-below-norm" || status === "numerical-error" || status === "cancelled"
      ? status
      : undefined;
  }

  /** From W_mm on, where it is known, until the bounds are certified. */
  async iterate(gapTolerance: number, maxIterations: number): Promise<End> {
    const { signal, onProgress } = this.#options;
    const { problem, dual, decoder } = this.#certificate;
    const report = (): void => onProgress?.(this.#progress());
    if (decoder && this.#certificate.lowerBound > 0) {
      const scaled = dual.map((b) => b * this.#certificate.lowerBound);
      const begun = this.#splitting.start(decoder, scaled, dualDecoder(problem, scaled));
      await inSpells(begun, signal);
    }
    for (;;) {
      const end = this.#judge(gapTolerance, maxIterations);
      if (end) return end;
      const { iterations } = this.#splitting;
      const next = Math.min(iterations + Math.max(CERTIFY_EVERY, Math.floor(iterations / 3)), maxIterations);
      await inSpells(this.#iterateUntil(next), signal, report);
      if (signal?.aborted) return "cancelled";
      if (!this.#splitting.decoder.every(Number.isFinite)) return "numerical-error";
      const begun = performance.now();
      await inSpells(this.#certify(this.#splitting.dual, this.#splitting.decoder), signal, report);
      this.#certificateMs = performance.now() - begun;
      report();
    }
  }

  *#iterateUntil(last: number): Work<void> {
    while (this.#splitting.iterations < last && !this.#isLate()) yield* this.#splitting.step();
  }

  *#certify(dual: Float64Array, decoder: Float64Array | undefined): Work<void> {
    yield* this.#certificate.offerDual(dual);
    if (decoder) yield* this.#certificate.offerDecoder(decoder);
  }

  #judge(gapTolerance: number, maxIterations: number): End | undefined {
    const { lowerBound, upperBound, relativeGap } = this.#certificate;
    if (lowerBound > upperBound) return "numerical-error";
    if (relativeGap <= gapTolerance) return "optimal-certified";
    if (this.#options.signal?.aborted || this.#isLate()) return "cancelled";
    if (this.#splitting.iterations >= maxIterations) return "max-iterations";
    const { gap, withoutProgress } = this.#best;
    this.#best =
      relativeGap < PROGRESS * gap
        ? { gap: relativeGap, withoutProgress: 0 }
        : { gap, withoutProgress: withoutProgress + 1 };
    return this.#best.withoutProgress > STALLED_CERTIFICATES ? "stalled" : undefined;
  }

  /** Whether what is left of the time is what another certificate takes. */
  #isLate(): boolean {
    return performance.now() + this.#certificateMs >= (this.#deadline ?? Infinity);
  }

  #progress(): NormMarginProgress {
    const { lowerBound, upperBound, relativeGap } = this.#certificate;
    const { iterations } = this.#splitting;
    const message = `${iterations} iterations, gap ${relativeGap.toExponential(1)}`;
    return { phase: "margin in a norm", fraction: 0, message, iterations, lowerBound, upperBound, relativeGap };
  }

  result(end: End, gapTolerance: number, { nonseparable, iterations, adapter }: MaxMargin): NormMargin {
    const { norm, decoder, dual, relativeGap } = this.#certificate;
    const isInfeasible = end === "infeasible-certified";
    const [lowerBound, upperBound] = [
      isInfeasible ? Infinity : this.#certificate.lowerBound,
      this.#certificate.upperBound,
    ];
    return {
      norm,
      status: statusOf(end, relativeGap, gapTolerance, decoder !== undefined),
      ...{ decoder, dual, lowerBound, upperBound },
      relativeGap: isInfeasible ? 1 : relativeGap,
      margin: 1 / upperBound,
      iterations: norm === "frobenius" ? iterations : this.#splitting.iterations,
      ...(nonseparable && { nonseparable }),
      adapter,
    };
  }
}
