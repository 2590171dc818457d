import type { Recorder } from "../../gpu/batch.ts";
import type { Dispatch } from "../../gpu/kernel.ts";
import type { Workspace } from "../../gpu/workspace.ts";
import { pairArray, type PairArray } from "../../maps/decoder.ts";
import type { DeviceProblem } from "../../maps/device-problem.ts";
import { prepareLoss } from "../../maps/loss.ts";
import { chooseProduct, prepareProduct } from "../../maps/product.ts";
import { decoderStep } from "../../kernels/decoder-step.ts";
import { segmentResidual } from "../../kernels/segment-residual.ts";
import { segmentStart } from "../../kernels/segment-start.ts";
import { segmentStep } from "../../kernels/segment-step.ts";
import { isPlain, stepOf } from "../methods/method.ts";
import { gradientScale, prepareMove } from "./direction.ts";
import { arraysOf, copyPair, type Iteration, type Stepping } from "./iteration.ts";

/**
 * Steps of a segment. Within one, what the steps move the decoder by is summed apart from it in float32; between two, it is added
 * to the decoder's pair, and the logits are computed anew from that. The first steps move most: the first segments are shorter, each as
 * long as all before it.
 */
export const SEGMENT = 256;
const FIRST_SEGMENT = 32;

/** The step at which the segment ends that so many steps lie in. */
export function segmentEnd(taken: number): number {
  if (taken >= SEGMENT) return (Math.floor(taken / SEGMENT) + 1) * SEGMENT;
  return Math.max(FIRST_SEGMENT, 2 ** (Math.floor(Math.log2(Math.max(taken, 1))) + 1));
}

/**
 * Compiles and binds the kernels of steps that are three dispatches each: the logits' change since the segment began, the
 * residual, and the gradient with the step; other optimisers than plain gradient descent add their own.
 */
export async function prepareSegments(
  workspace: Workspace,
  device: DeviceProblem,
  stepping: Stepping,
): Promise<Iteration> {
  const { words, contexts, entries, paddedDim, paddedContexts: stride } = device.shape;
  const { gpu } = workspace;
  const { method, stepSize } = stepping;
  const [start, decoder, moving] = ["decoder", "current decoder", "moving"].map((label) =>
    pairArray(workspace, label, device.shape),
  ) as [PairArray, PairArray, PairArray];
  const loss = await prepareLoss(workspace, device, decoder);
  const rows = { offsets: device.offsets, entries: device.entries };
  const relative = workspace.array("relative logits", "f32", [words, stride]);
  const ratios = workspace.array("ratios", "f32", [entries]);
  const change = loss.offResidual;
  const shape = { contexts, words, stride, nnz: entries };
  const inwards = { rows: words, inner4: paddedDim / 4, columns4: stride / 4 };
  const outwards = { rows: words, inner4: stride / 4, columns4: paddedDim / 4 };

  const { decay } = stepOf(method);
  const scale = gradientScale(device.problem, method);
  const direction = isPlain(method) ? undefined : pairArray(workspace, "direction", device.shape);
  const { move, state } = direction
    ? await prepareMove(workspace, { decoder: moving, direction, scale, ...stepping })
    : { move: [], state: [] };
  const still = workspace.array("step length", "f32", [1], Float32Array.of(-1));
  const fold = ({ high, low }: PairArray): Promise<Dispatch> =>
    workspace.prepare(decoderStep, {
      arrays: {
        direction_high: moving.high,
        direction_low: moving.low,
        step_length: still,
        decoder: high,
        decoder_low: low,
      },
      params: { length: words * paddedDim, zero: 0 },
    });
  const [rebase, product, residual, step, foldStart, foldCurrent] = await Promise.all([
    workspace.prepare(segmentStart, {
      arrays: { ...rows, support_logits: loss.supportLogits, logits: change, relative, ratios },
      params: { ...shape, zero: 0 },
    }),
    prepareProduct(workspace, inwards, { left: moving.high, right: device.embeddingsT, product: change }),
    workspace.prepare(segmentResidual, {
      arrays: { ...rows, weights: device.weights, ratios, relative, change, shifts: loss.inResidual },
      params: { ...shape, zero: 0 },
    }),
    workspace.prepare(
      segmentStep,
      {
        arrays: { residual: change, embeddings: device.embeddings, moving: (direction ?? moving).high },
        params: {
          ...outwards,
          ...(direction ? { step_size: -scale, decay } : { step_size: stepSize, decay: 1 }),
        },
      },
      await chooseProduct(gpu, outwards),
    ),
    fold(start),
    fold(decoder),
  ]);

  const materialise = (batch: Recorder): void => {
    copyPair(batch, start, decoder);
    batch.dispatch(foldCurrent);
  };
  let { taken } = stepping;
  let isRebased = false;
  return {
    ...loss,
    loss: (batch) => {
      materialise(batch);
      loss.loss(batch);
    },
    advance: (batch, steps) => {
      for (const last = taken + steps; taken < last;) {
        if (!isRebased) {
          copyPair(batch, start, decoder);
          batch.dispatch(...loss.logits, rebase);
        }
        const end = segmentEnd(taken++);
        batch.dispatch(product, residual, step, ...move);
        isRebased = taken < end;
        if (isRebased) continue;
        batch.dispatch(foldStart);
        for (const part of arraysOf(moving)) batch.clear(part, part.length);
      }
    },
    materialise,
    decoder,
    state: [...[start, moving].flatMap(arraysOf), ...(decay > 0 ? [direction!.high] : []), ...state],
    start: [start],
  };
}
