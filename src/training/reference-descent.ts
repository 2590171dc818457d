import type { Problem } from "../problem/problem.ts";
import { finished, type Work } from "../support/host-spells.ts";
import { Float64Descent, iterateAt } from "./float64-descent.ts";
import { chooseMethod, type Method } from "./methods/method.ts";

export interface ReferenceOptions extends Partial<Method> {
  readonly stepSize: number;
  readonly recorded: readonly number[];
  /** Zero when left out. */
  readonly initial?: ArrayLike<number>;
}

/** An iterate of a run, W after `step` steps; the decoder is the run's own and changes with the next step. */
interface ReferencePoint {
  readonly step: number;
  readonly decoder: Float64Array;
  readonly lossGap: number;
  readonly norm: number;
}

/**
 * A run of an optimiser of `train` (gradient descent when left out) in float64, which may be interrupted after every step.
 * @param visit is shown the run after each of the `recorded` steps
 */
export function* descendInFloat64(
  problem: Problem,
  { stepSize, recorded, initial, ...given }: ReferenceOptions,
  visit: (point: ReferencePoint) => void,
): Work<Float64Array> {
  const descent = new Float64Descent(problem, chooseMethod(given), stepSize, iterateAt(problem, initial));
  const last = Math.max(...recorded);
  for (;;) {
    const { step, decoder } = descent.iterate;
    if (recorded.includes(step)) visit({ step, decoder, ...descent.measure() });
    if (step === last) return decoder;
    descent.advance();
    yield;
  }
}

/**
 * A run of an optimiser of `train` (gradient descent when left out) in float64 on the host, at once, measured after each of the
 * `recorded` steps.
 */
export function referenceDescent(
  problem: Problem,
  options: ReferenceOptions,
): { trace: { step: number; lossGap: number; norm: number }[]; decoder: Float64Array } {
  const trace: { step: number; lossGap: number; norm: number }[] = [];
  const run = descendInFloat64(problem, options, ({ step, lossGap, norm }) => trace.push({ step, lossGap, norm }));
  return { decoder: finished(run), trace };
}
