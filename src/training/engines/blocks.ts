import type { Dispatch } from "../../gpu/kernel.ts";
import type { Workspace } from "../../gpu/workspace.ts";
import { pairArray, type PairArray } from "../../maps/decoder.ts";
import type { DeviceProblem } from "../../maps/device-problem.ts";
import { prepareHalves, type Halves } from "../../maps/gradient.ts";
import { prepareLoss, type Gradient } from "../../maps/loss.ts";
import { isPlain, stepOf } from "../methods/method.ts";
import { gradientScale, prepareMove } from "./direction.ts";
import { arraysOf, type Iteration, type Stepping } from "./iteration.ts";

/**
 * Compiles and binds the kernels of steps whose logits are on the device a block of contexts at a time: the gradient is summed
 * block after block into the decoder, or the direction, in halves.
 */
export async function prepareBlocks(
  workspace: Workspace,
  device: DeviceProblem,
  { method, stepSize, taken }: Stepping,
): Promise<Iteration> {
  const decoder = pairArray(workspace, "decoder", device.shape);
  const loss = await prepareLoss(workspace, device, decoder);
  const halves = (name: string, whole: PairArray): Halves => ({
    inSpan: pairArray(workspace, `${name} in span`, device.shape),
    offSpan: pairArray(workspace, `${name} off span`, device.shape),
    whole,
  });
  const advance =
    (gradient: Gradient, ...move: readonly Dispatch[]): Iteration["advance"] =>
    (batch, steps) => {
      for (let k = 0; k < steps; k++) {
        loss.loss(batch, gradient);
        batch.dispatch(...gradient.afterLoss, ...move);
      }
    };
  const materialise = (): void => undefined;
  if (isPlain(method)) {
    const parts = halves("decoder", decoder);
    const step = await prepareHalves(workspace, device, loss, parts, { stepSize, decay: 1 });
    return {
      ...loss,
      ...{ decoder, advance: advance(step), materialise },
      state: [parts.inSpan, parts.offSpan, decoder].flatMap(arraysOf),
      start: [parts.offSpan, decoder],
    };
  }
  const direction = halves("direction", pairArray(workspace, "direction", device.shape));
  const { decay } = stepOf(method);
  const scale = gradientScale(device.problem, method);
  const turn = await prepareHalves(workspace, device, loss, direction, { stepSize: -scale, decay });
  const { move, state } = await prepareMove(workspace, {
    ...{ decoder, direction: direction.whole, scale },
    ...{ method, stepSize, taken },
  });
  const kept = decay > 0 ? [direction.inSpan, direction.offSpan, decoder] : [decoder];
  return {
    ...loss,
    ...{ decoder, advance: advance(turn, ...move), materialise },
    state: [...kept.flatMap(arraysOf), ...state],
    start: [decoder],
  };
}
