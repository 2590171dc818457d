import type { Problem } from "../problem/problem.ts";
import { recessionBound } from "../reference/recession-bound.ts";
import type { TracePoint } from "../training/train.ts";
import type { FoundLimits } from "./find-limits.ts";
import type { RunFacts } from "./run-record.ts";
import { giveVerdict, type Verdict } from "./verdict.ts";

/** What a record says of the limits of a run, and of the run beside them; `decoder` is the one of the trace's last point, where there is one. */
export function limitFacts(
  problem: Problem,
  { finite, margin }: FoundLimits,
  { trace, decoder }: { readonly trace: readonly TracePoint[]; readonly decoder?: Float64Array | undefined },
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
      margin,
      trace,
      ...(decoder && margin?.nonseparable && { recessionBound: recessionBound(problem, decoder) }),
    }),
  };
}
