import type { Workspace } from "../../gpu/workspace.ts";
import { factorDirection } from "../../kernels/factor-direction.ts";
import { weightDecay } from "../../kernels/weight-decay.ts";
import { pairArray } from "../../maps/decoder.ts";
import type { DeviceProblem } from "../../maps/device-problem.ts";
import { prepareFactorLoss, type FactorShape } from "../../maps/factors.ts";
import { prepareMove, scaleFor } from "./direction.ts";
import { arraysOf } from "./iteration.ts";
import type { FactorIteration, FactorStepping } from "./factor-iteration.ts";
import { stepOf } from "../methods/method.ts";

/** Sizes beyond which gradients are not expected; what multiplies the residuals is a row of W or H. */
export const LARGEST_ROW = 2 ** 10;

/** Compiles and binds the kernels of steps of both factors together, each of them left to the whole device: to an optimiser they are one array. */
export async function prepareStepwiseFactors(
  workspace: Workspace,
  device: DeviceProblem,
  shape: FactorShape,
  { method, stepSize, taken, ridge, decay }: FactorStepping,
): Promise<FactorIteration> {
  const { paddedWords, paddedContexts, paddedDim } = shape;
  const rows = { words: paddedWords + paddedContexts, paddedDim };
  const [factors, direction] = [pairArray(workspace, "factors", rows), pairArray(workspace, "direction", rows)];
  const { length } = factors.high;
  const loss = await prepareFactorLoss(workspace, device, shape, factors);
  const { decay: momentum } = stepOf(method);
  const scale = scaleFor(LARGEST_ROW, method);
  const [direct, { move, stepLength, state }] = await Promise.all([
    workspace.prepare(factorDirection, {
      arrays: { gradient: loss.gradients, factors: factors.high, direction: direction.high },
      params: { length, decay: momentum, scale, ridge: decay === "coupled" ? ridge : 0 },
    }),
    prepareMove(workspace, { decoder: factors, direction, scale, method, stepSize, taken }),
  ]);
  const beside =
    decay === "decoupled"
      ? [
          await workspace.prepare(weightDecay, {
            arrays: { step_length: stepLength, factors: factors.high, factors_low: factors.low },
            params: { length, zero: 0, ridge },
          }),
        ]
      : [];
  const steps = [direct, ...move.slice(0, -1), ...beside, ...move.slice(-1)];
  return {
    advance: (batch, count) => {
      for (let k = 0; k < count; k++) {
        loss.gradient(batch);
        batch.dispatch(...steps);
      }
    },
    materialise: () => undefined,
    loss: (batch) => loss.loss(batch),
    measure: (batch) => loss.measure(batch),
    measures: loss.measures,
    state: [...arraysOf(factors), ...(momentum > 0 ? [direction.high] : []), ...state],
    factors,
    start: factors,
  };
}
