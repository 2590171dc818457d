import { polarFactor } from "../float64/polar.ts";
import { layOut, residuals, step, sumGaps } from "../float64/loss.ts";
import type { Problem } from "../problem/problem.ts";
import { absoluteSum } from "../reference/absolute-sum.ts";
import { decoderStep } from "../reference/decoder-step.ts";
import { entrywiseStep } from "../reference/entrywise-step.ts";
import { innerProduct } from "../reference/inner-product.ts";
import { steepestLength, stepLength } from "../reference/step-length.ts";
import { finished, type Work } from "../support/host-spells.ts";
import { chooseMethod, stepOf, type Method } from "./methods/method.ts";
import { paceOf } from "./methods/schedule.ts";

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
  const layout = layOut(problem);
  const method = chooseMethod(given);
  const { along, decay } = stepOf(method);
  const rule = typeof along === "string" ? undefined : along.mirror(1);
  const pace = { stepSize, ...paceOf(method) };
  const zero = (): Float64Array => new Float64Array(problem.vocabularySize * problem.embeddingDim);
  const decoder = initial ? Float64Array.from(initial) : zero();
  const direction = zero();
  const averages = [zero(), zero()];
  const last = Math.max(...recorded);
  for (let k = 0; k <= last; k++) {
    const found = residuals(layout, decoder);
    if (recorded.includes(k)) visit({ step: k, decoder, lossGap: sumGaps(found.gaps).lossGap });
    if (k === last) break;
    step(layout, direction, found, -1, decay);
    const length = stepLength(pace, k, along === "unit" ? innerProduct(direction, direction) : 1);
    if (along === "max") {
      decoderStep(decoder, direction.map(Math.sign), steepestLength(pace, k, absoluteSum(direction)));
    } else if (along === "polar" || along === "nuclear") {
      const polar = polarFactor(direction, problem.embeddingDim);
      decoderStep(decoder, polar, steepestLength(pace, k, along === "nuclear" ? innerProduct(direction, polar) : 1));
    } else if (rule) entrywiseStep(decoder, averages, direction, length, rule(k + 1));
    else decoderStep(decoder, direction, length);
    yield;
  }
  return decoder;
}

/** {@link descendInFloat64} at once, measured after each of the `recorded` steps. */
export function referenceDescent(
  problem: Problem,
  options: ReferenceOptions,
): { trace: { step: number; lossGap: number; norm: number }[]; decoder: Float64Array } {
  const trace: { step: number; lossGap: number; norm: number }[] = [];
  const run = descendInFloat64(problem, options, ({ step, decoder, lossGap }) =>
    trace.push({ step, lossGap, norm: Math.sqrt(innerProduct(decoder, decoder)) }),
  );
  return { decoder: finished(run), trace };
}
