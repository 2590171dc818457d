import type { Problem } from "../problem/problem.ts";
import { recessionBound } from "../reference/recession-bound.ts";
import type { Optimizer } from "../optimizer.ts";
import type { TracePoint } from "../training/train.ts";
import type { FoundLimits } from "./find-limits.ts";
import type { RunFacts } from "./run-record.ts";
import { giveVerdict, type Verdict } from "./verdict.ts";

/** A run as far as it has come. */
interface RunSoFar {
  readonly trace: readonly TracePoint[];
  /** Default gradient descent. */
  readonly optimizer?: Optimizer | undefined;
  /** W at the last point of the trace, where it is known. */
  readonly decoder?: Float64Array | undefined;
}

/** What a record says of the limits of a run, and of the run beside them. */
export function limitFacts(
  problem: Problem,
  { finite, margin, missing }: FoundLimits,
  { trace, decoder, optimizer }: RunSoFar,
): Pick<RunFacts, "compatibility" | "margin"> & { readonly verdict: Verdict } {
  return {
    ...(finite && {
      compatibility: { status: finite.status, residual: finite.residual, rank: finite.rank.rank },
    }),
    ...(margin && {
      margin: {
        status: margin.status,
        norm: margin.norm,
        margin: margin.margin,
        lowerBound: margin.lowerBound,
        upperBound: margin.upperBound,
        relativeGap: margin.relativeGap,
        angleBoundRadians: margin.angleBoundRadians,
        iterations: margin.iterations,
      },
    }),
    verdict: giveVerdict({
      finite,
      probabilityType: problem.probabilityType,
      margin,
      missing,
      trace,
      optimizer,
      ...(decoder && margin?.nonseparable && { recessionBound: recessionBound(problem, decoder) }),
    }),
  };
}
