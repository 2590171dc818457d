import { GpuUnavailableError, ProblemError } from "../errors.ts";
import type { Gpu } from "../gpu/device.ts";
import type { LongWork, WorkProgress } from "../support/long-work.ts";
import { requireAtLeast, requireKnownOptions } from "../support/options.ts";
import { inSpells } from "../support/host-spells.ts";
import type { Problem } from "../problem/problem.ts";
import { logOdds } from "../solvers/log-odds/log-odds.ts";
import type { LogOdds } from "../solvers/log-odds/status.ts";
import { edgeOfStability } from "../float64/edge-of-stability.ts";
import { findLargestEigenvalue } from "../float64/gram-eigenvalue.ts";
import { maxMargin } from "../solvers/max-margin/max-margin.ts";
import type { MaxMargin } from "../solvers/max-margin/status.ts";
import type { StepSizes } from "./step-sizes.ts";

/** Cancelled, what is known by then is returned; the status is that of W_mm. */
export interface FindLimitsOptions extends LongWork<WorkProgress<SolverPhase>> {
  /** Longest search in seconds, half of it for each limit, from its first iterations on; default no bound. */
  readonly withinSeconds?: number | undefined;
}

/** The limits of a run as far as they were found; W* is left out when its search was ended, W_mm then has the bounds that are known. */
export interface FoundLimits {
  readonly finite?: LogOdds;
  readonly margin?: MaxMargin;
  /** L and η_c. */
  readonly stepSizes?: StepSizes;
  /** Why one of them is not there or not exact, one sentence. */
  readonly missing?: string;
}

type SolverPhase = "log-odds solution" | "max-margin decoder";

const OPTION_NAMES: readonly (keyof FindLimitsOptions)[] = ["signal", "withinSeconds", "onProgress"];

/**
 * W* and W_mm, one after the other, each as `logOdds` and `maxMargin` find it.
 * @throws OptionError for an option that does not exist or is out of range
 */
export async function findLimits(gpu: Gpu, problem: Problem, options: FindLimitsOptions = {}): Promise<FoundLimits> {
  requireKnownOptions(options, OPTION_NAMES);
  const { signal, withinSeconds, onProgress } = options;
  if (withinSeconds !== undefined) requireAtLeast("withinSeconds", withinSeconds, 0);
  const half = withinSeconds && withinSeconds / 2;
  const sizes = await stepSizesOf(problem, signal);
  const finite = await logOdds(gpu, problem, limited({ signal, onProgress }, half)).catch((error: unknown) => {
    if (isTooLarge(error)) return error;
    throw error;
  });
  if (finite instanceof GpuUnavailableError) return { ...sizes, missing: tooLarge("W* and W_mm are", finite) };
  const isSolved = finite.status !== "cancelled";
  const found = { ...sizes, ...(isSolved && { finite }) };
  if (signal?.aborted) return found;
  try {
    const margin = await maxMargin(gpu, problem, { signal, withinSeconds: half, onProgress });
    const isWhole = isSolved && margin.status !== "cancelled";
    const missing = `The search for W* and W_mm was ended after ${withinSeconds} seconds.`;
    return { ...found, margin, ...(!isWhole && !signal?.aborted && { missing }) };
  } catch (error) {
    // one without a word off a support has no margin
    if (error instanceof ProblemError) return { ...found, missing: error.message };
    if (isTooLarge(error)) return { ...found, missing: tooLarge("W_mm is", error) };
    throw error;
  }
}

const SMOOTHNESS_TOLERANCE = 1e-7;

/** Left out where all embeddings are zero, and what an abort came before. */
export async function stepSizesOf(
  problem: Problem,
  signal: AbortSignal | undefined,
): Promise<Pick<FoundLimits, "stepSizes">> {
  if (!problem.embeddings.some((h) => h !== 0)) return {};
  const found = await inSpells(findLargestEigenvalue(problem, problem.weights, SMOOTHNESS_TOLERANCE), signal);
  if (!found) return {};
  const edge = await inSpells(edgeOfStability(problem), signal);
  return { stepSizes: { smoothness: found.eigenvalue / 2, ...(edge && { edge }) } };
}

/** Whether a buffer was asked for that the device does not hold. */
const isTooLarge = (error: unknown): error is GpuUnavailableError =>
  error instanceof GpuUnavailableError && error.reason === "limits";

const tooLarge = (what: string, { message }: GpuUnavailableError): string =>
  `${what} not computed, because a buffer is too large for the device: ${message.split(":")[0]}.`;

/** Aborted with the signal, and so many seconds after the first report: what is compiled before is no search. */
function limited(
  { signal, onProgress }: LongWork<WorkProgress<SolverPhase>>,
  seconds: number | undefined,
): LongWork<WorkProgress<SolverPhase>> {
  if (seconds === undefined) return { signal, onProgress };
  const late = new AbortController();
  if (seconds === 0) late.abort();
  let isUnderWay = false;
  return {
    signal: AbortSignal.any([...(signal ? [signal] : []), late.signal]),
    onProgress: (progress) => {
      if (!isUnderWay)
        AbortSignal.timeout(Math.ceil(1000 * seconds)).addEventListener("abort", () => late.abort(), { once: true });
      isUnderWay = true;
      onProgress?.(progress);
    },
  };
}
