import type { GpuArray } from "../gpu/array.ts";
import type { Recorder } from "../gpu/batch.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import type { Workspace } from "../gpu/workspace.ts";
import { chooseProduct } from "./product.ts";
import { supportAdjoint } from "../kernels/support-adjoint.ts";
import { innerProduct, partialCount } from "../kernels/inner-product.ts";
import { matrixProduct } from "../kernels/matrix-product.ts";
import { offSupportStep } from "../kernels/off-support-step.ts";
import { softLabelGrad } from "../kernels/soft-label-grad.ts";
import { sum } from "../kernels/sum.ts";
import { supportLogits } from "../kernels/support-logits.ts";
import { contextBlocks, type ContextBlock, type DeviceProblem } from "./device-problem.ts";

/** A matrix on the device as the sum of two float32 arrays [V, paddedDim]. */
export interface PairArray {
  readonly high: GpuArray<"f32">;
  readonly low: GpuArray<"f32">;
}

/** Two accumulators and their sum: in-support parts (in F), and everything else. */
export interface Halves {
  readonly inSpan: PairArray;
  readonly offSpan: PairArray;
  readonly whole: PairArray;
}

/** Figures of one measured iterate, in this order in `measures`. */
export interface Measure {
  readonly inSupportGap: number;
  readonly offSupportGap: number;
  readonly lossGap: number;
  readonly norm: number;
}

/** Number of values that one measure takes. */
export const MEASURE_LENGTH = 3;

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

export function pairArray(workspace: Workspace, label: string, device: DeviceProblem): PairArray {
  const shape = [device.shape.words, device.shape.paddedDim];
  return {
    high: workspace.array(label, "f32", shape),
    low: workspace.array(`${label} low`, "f32", shape),
  };
}

/** Compiles and binds the kernels of the loss at `decoder`. */
export async function prepareLoss(workspace: Workspace, device: DeviceProblem, decoder: PairArray): Promise<Loss> {
  const { words, contexts, entries, paddedDim, contextsAtOnce } = device.shape;
  const [dim4, zero] = [paddedDim / 4, 0];
  const logitArray = workspace.array("logits", "f32", [words, contextsAtOnce]);
  const supportLogitArray = workspace.array("support logits", "f32", [entries, 2]);
  const gaps = workspace.array("gaps", "f32", [contexts, 2]);
  const inResidual = workspace.array("in-support residual", "f32", [entries]);
  const decoderLength = words * paddedDim;
  const partials = partialCount(decoderLength);
  const normPartials = workspace.array("norm partials", "f32", [partials]);
  const measures = workspace.array("measures", "f32", [MEASURE_LENGTH]);
  const blocks = contextBlocks(device.shape);

  const onSupports = await workspace.prepare(supportLogits, {
    arrays: {
      entry_groups: device.entryGroups,
      entry_tokens: device.entryTokens,
      decoder: decoder.high,
      decoder_low: decoder.low,
      embeddings: device.embeddings,
      embeddings_low: device.embeddingsLow,
      support_logits: supportLogitArray,
    },
    params: { groups: device.entryGroups.shape[0]! - 1, entries, columns4: dim4, words, contexts, zero },
  });
  const onBlocks = await Promise.all(
    blocks.map(async (block) => {
      const product = { rows: words, inner4: dim4, columns4: block.paddedContexts / 4 };
      return Promise.all([
        workspace.prepare(
          matrixProduct,
          {
            arrays: {
              left: decoder.high,
              right: device.embeddingsT.from(block.first * paddedDim),
              product: logitArray,
            },
            params: product,
          },
          await chooseProduct(workspace.gpu, product),
        ),
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
          params: { contexts: block.contexts, words, stride: block.paddedContexts, nnz: entries, zero },
        }),
      ]);
    }),
  );
  const measure: Dispatch[] = await Promise.all([
    workspace.prepare(sum, {
      arrays: { terms: gaps, sums: measures },
      params: { rows: contexts, columns: 2, first: 0 },
    }),
    workspace.prepare(innerProduct, {
      arrays: { a: decoder.high, b: decoder.high, partials: normPartials },
      params: { length: decoderLength, partials },
    }),
    workspace.prepare(sum, {
      arrays: { terms: normPartials, sums: measures },
      params: { rows: partials, columns: 1, first: 2 },
    }),
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
    measure: (batch) => batch.dispatch(...measure),
    measures,
    gaps,
    inResidual,
    offResidual: logitArray,
  };
}

/** The kernels of halves ← decay · halves − stepSize · ∇CE, and of their sum. */
export async function prepareHalves(
  workspace: Workspace,
  device: DeviceProblem,
  { inResidual, offResidual, blocks }: Loss,
  { inSpan, offSpan, whole }: Halves,
  { stepSize, decay }: { readonly stepSize: number; readonly decay: number },
): Promise<Gradient> {
  const { words, entries, paddedDim } = device.shape;
  const [dim4, zero] = [paddedDim / 4, 0];
  const [inStep, ...offSteps] = await Promise.all([
    workspace.prepare(supportAdjoint, {
      arrays: {
        word_offsets: device.wordOffsets,
        word_entries: device.wordEntries,
        word_contexts: device.wordContexts,
        in_residual: inResidual,
        embeddings: device.embeddings,
        in_high: inSpan.high,
        in_low: inSpan.low,
      },
      params: { rows: words, columns4: dim4, entries, zero, step_size: stepSize, decay },
    }),
    ...blocks.map(async ({ first, paddedContexts }, n) => {
      const product = { rows: words, inner4: paddedContexts / 4, columns4: dim4 };
      return workspace.prepare(
        offSupportStep,
        {
          arrays: {
            residual: offResidual,
            embeddings: device.embeddings.from(first * paddedDim),
            in_high: inSpan.high,
            in_low: inSpan.low,
            off_high: offSpan.high,
            off_low: offSpan.low,
            whole_high: whole.high,
            whole_low: whole.low,
          },
          params: {
            ...product,
            zero,
            step_size: stepSize,
            decay: n === 0 ? decay : 1,
            is_last: n === blocks.length - 1 ? 1 : 0,
          },
        },
        await chooseProduct(workspace.gpu, product),
      );
    }),
  ]);
  return { afterBlock: offSteps.slice(0, -1), afterLoss: [inStep, offSteps.at(-1)!] };
}

/** Names the values of one measure as read back. */
export function readMeasure(values: Float32Array): Measure {
  const [inSupportGap, offSupportGap, normSquared] = values as unknown as [number, number, number];
  return { inSupportGap, offSupportGap, lossGap: inSupportGap + offSupportGap, norm: Math.sqrt(normSquared) };
}
