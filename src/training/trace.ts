import type { Measure } from "../maps/loss.ts";
import type { LimitMeasures } from "./limits.ts";

/** One recorded iterate, after `step` steps. */
export interface TracePoint extends Measure, LimitMeasures {
  readonly step: number;
  /** CE(W) in nats. */
  readonly loss: number;
}
