import type { GpuArray } from "../gpu/array.ts";
import type { Recorder } from "../gpu/batch.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import type { Workspace } from "../gpu/workspace.ts";
import { softLabelGrad } from "../kernels/soft-label-grad.ts";
import { sum } from "../kernels/sum.ts";
import { prepareSupportLogits } from "./data-subspace.ts";
import type { PairArray } from "./decoder.ts";
import type { DeviceProblem } from "./device-problem.ts";
import { contextBlocks, type ContextBlock } from "./device-shape.ts";
import { prepareProduct } from "./product.ts";
import { prepareSquaredNorm } from "./norms.ts";

/** Figures of one measured iterate, in this order in `measures`. */
export interface Measure {
  readonly inSupportGap: number;
  readonly offSupportGap: number;
  readonly lossGap: number;
  readonly norm: number;
}

/** Number of values that one measure takes. */
const MEASURE_LENGTH = 3;

/** The loss of a decoder on the device as recorded work. */
export interface Loss {
  /**
   * Records CE − H and residual at the current decoder, of one block of contexts after another; after each but the last, the
   * gradient's share of that block, whose residual then makes room for the next.
   */
  loss(batch: Recorder, gradient?: Gradient): void;
  readonly blocks: readonly ContextBlock[];
  /** What computes the logits of the first block into `offResidual`, and `supportLogits`. */
  readonly logits: readonly Dispatch[];
  /** The logits of the support's entries, pairs [entries, 2]. */
  readonly supportLogits: GpuArray<"f32">;
  /** Records loss gap and norm of the decoder whose loss was recorded last, into `measures`. */
  measure(batch: Recorder): void;
  readonly measures: GpuArray<"f32">;
  /** In-support and off-support part of each context's share of CE − H, of the loss recorded last, [m, 2]. */
  readonly gaps: GpuArray<"f32">;
  /** The residual of the loss recorded last: of the support's entries, and [V, contexts at once] of the last block. */
  readonly inResidual: GpuArray<"f32">;
  readonly offResidual: GpuArray<"f32">;
}

/** The gradient of a loss as recorded work. */
export interface Gradient {
  /** What is recorded after each block of contexts but the last. */
  readonly afterBlock: readonly Dispatch[];
  /** What is recorded when the loss has been. */
  readonly afterLoss: readonly Dispatch[];
}

/** Compiles and binds the kernels of the loss at `decoder`. */
export async function prepareLoss(workspace: Workspace, device: DeviceProblem, decoder: PairArray): Promise<Loss> {
  const { words, contexts, entries, paddedDim, contextsAtOnce } = device.shape;
  const logitArray = workspace.array("logits", "f32", [words, contextsAtOnce]);
  const supportLogitArray = workspace.array("support logits", "f32", [entries, 2]);
  const gaps = workspace.array("gaps", "f32", [contexts, 2]);
  const inResidual = workspace.array("in-support residual", "f32", [entries]);
  const measures = workspace.array("measures", "f32", [MEASURE_LENGTH]);
  const blocks = contextBlocks(device.shape);

  const onSupports = await prepareSupportLogits(workspace, device, decoder, supportLogitArray);
  const onBlocks = await Promise.all(
    blocks.map(async (block) => {
      const product = { rows: words, inner4: paddedDim / 4, columns4: block.paddedContexts / 4 };
      return Promise.all([
        prepareProduct(workspace, product, {
          left: decoder.high,
          right: device.embeddingsT.from(block.first * paddedDim),
          product: logitArray,
        }),
        workspace.prepare(softLabelGrad, {
          arrays: {
            offsets: device.offsets.from(block.first),
            entries: device.entries,
            weights: device.weights.from(block.first),
            support_logits: supportLogitArray,
            logits: logitArray,
            gaps: gaps.from(2 * block.first),
            in_residual: inResidual,
          },
          params: { contexts: block.contexts, words, stride: block.paddedContexts, nnz: entries, zero: 0 },
        }),
      ]);
    }),
  );
  const [sumGaps, squaredNorm] = await Promise.all([
    workspace.prepare(sum, {
      arrays: { terms: gaps, sums: measures },
      params: { rows: contexts, columns: 2, first: 0 },
    }),
    prepareSquaredNorm(workspace, decoder.high, measures, 2),
  ]);
  return {
    loss: (batch, gradient) => {
      batch.dispatch(onSupports);
      onBlocks.forEach((block, n) => {
        batch.dispatch(...block);
        const share = gradient?.afterBlock[n];
        if (share) batch.dispatch(share);
      });
    },
    blocks,
    logits: [onSupports, onBlocks[0]![0]],
    supportLogits: supportLogitArray,
    measure: (batch) => batch.dispatch(sumGaps, ...squaredNorm),
    measures,
    gaps,
    inResidual,
    offResidual: logitArray,
  };
}

/** Names the values of one measure as read back. */
export function readMeasure(values: Float32Array): Measure {
  const [inSupportGap, offSupportGap, normSquared] = values as unknown as [number, number, number];
  return { inSupportGap, offSupportGap, lossGap: inSupportGap + offSupportGap, norm: Math.sqrt(normSquared) };
}
