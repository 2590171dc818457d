import { visiblePart } from "../float64/visible-part.ts";
import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import type { LimitMeasures } from "./figures.ts";
import type { Limits } from "./iterate.ts";
import { LimitMeter } from "./limit-meter.ts";

/**
 * The figures against limits of a decoder from anyone's training, of its {@link visiblePart}: what else it has turns it away from W_mm
 * and changes nothing of the loss.
 * @param decoder W, V × d
 */
export function* measureAgainstLimits(
  problem: Problem,
  limits: Limits,
  decoder: ArrayLike<number>,
): Work<LimitMeasures> {
  const part = yield* visiblePart(problem, decoder);
  return new LimitMeter(problem, limits).measure(0, part);
}
