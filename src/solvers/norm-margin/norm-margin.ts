import type { NormBounds } from "../../float64/margin-in-norm.ts";
import { NormCertificate } from "../../float64/norm-certificate.ts";
import { NormSplitting } from "../../float64/norm-splitting.ts";
import { dualDecoder } from "../../float64/margin-certificate.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { Problem } from "../../problem/problem.ts";
import { inSpells, type Work } from "../../support/host-spells.ts";
import { maxMargin } from "../max-margin/max-margin.ts";
import { statusOf, type End, type MaxMargin } from "../max-margin/status.ts";
import { settingsOf, type NormMarginOptions, type NormMarginProgress } from "./settings.ts";
import type { NormMargin } from "./status.ts";

/** A gap at which W_mm is good enough to start from. */
const START_GAP = 1e-2;
/** Time for certificates once the search has been cancelled. */
const MOST_AFTER_ABORT_MS = 100;
/** Iterations until the first certificate, and between two of them at least. */
const CERTIFY_EVERY = 64;
/** So many certificates in a row that take less than a tenth off the gap end the iterations. */
const STALLED_CERTIFICATES = 6;
const PROGRESS = 0.9;

/**
 * The decoder of margin 1 whose norm is least, with a certificate:
 *
 *   minimise ‖W‖  subject to  (e_z − e_z')ᵀ W h_j = 0 for z, z' ∈ S_j,  (e_z − e_v)ᵀ W h_j ≥ 1 for z ∈ S_j, v ∉ S_j
 *
 * The GPU finds W_mm, which is the answer in the Frobenius norm and the start in the others, or that no decoder separates. From there
 * the host iterates in float64, as the least max norm is that of a linear program and float32 ends far from it; both bounds are those
 * of the arrays returned. An iteration takes V d (2 m + d) multiply-adds, and four V d min(V, d) about in the spectral norm
 * besides Jacobi rotations, fewer as it converges.
 * @throws OptionError at once for options out of range; ProblemError when every context is followed by every word.
 */
export async function marginInNorm(gpu: Gpu, problem: Problem, options: NormMarginOptions): Promise<NormMargin> {
  const { gapTolerance, maxIterations } = settingsOf(problem, options);
  const { norm, withinSeconds, signal, onProgress } = options;
  const search = new NormSearch(problem, options);
  const isAnswer = norm === "frobenius";
  const found = await maxMargin(gpu, problem, {
    ...{ withinSeconds, signal },
    onProgress: (progress) => {
      search.startClock();
      onProgress?.(progress);
    },
    ...(isAnswer ? { gapTolerance, maxIterations } : { gapTolerance: START_GAP }),
  });
  search.startClock();
  if (found.status === "infeasible-certified") return search.result("infeasible-certified", gapTolerance, found);
  const end =
    (await search.start(found)) ?? (isAnswer ? endOf(found) : await search.iterate(gapTolerance, maxIterations));
  return search.result(end, gapTolerance, found);
}

/**
 * Bounds on the least norm from zero and on the host alone, the same on every machine: for small problems that are known to be separable.
 * Undefined once the signal is aborted.
 */
export async function hostNormBounds(
  problem: Problem,
  options: Pick<NormMarginOptions, "norm" | "signal">,
): Promise<NormBounds | undefined> {
  const { gapTolerance, maxIterations } = settingsOf(problem, options);
  const search = new NormSearch(problem, options);
  const end = await search.iterate(gapTolerance, maxIterations);
  return end === "cancelled" ? undefined : search.bounds;
}

/** How an ascent ended, whatever gap was asked for. */
const endOf = ({ status }: MaxMargin): End => (status === "optimal-reduced" ? "stalled" : status);

class NormSearch {
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
