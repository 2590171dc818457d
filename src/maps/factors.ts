import type { ArrayView, GpuArray } from "../gpu/array.ts";
import type { Recorder } from "../gpu/batch.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import type { Workspace } from "../gpu/workspace.ts";
import { residualJoin } from "../kernels/residual-join.ts";
import { softLabelGrad } from "../kernels/soft-label-grad.ts";
import { sum } from "../kernels/sum.ts";
import { transpose } from "../kernels/transpose.ts";
import { prepareSupportLogits } from "./data-subspace.ts";
import type { PairArray } from "./decoder.ts";
import type { DeviceProblem } from "./device-problem.ts";
import { prepareSquaredNorm } from "./norms.ts";
import { prepareProduct } from "./product.ts";

/**
 * Sizes of both factors on the device, one above the other: W, then H, whose rows are contexts. Words are padded so that H begins
 * where a binding may.
 */
export interface FactorShape {
  readonly words: number;
  readonly contexts: number;
  readonly dim: number;
  readonly paddedWords: number;
  readonly paddedContexts: number;
  readonly paddedDim: number;
}

const roundUp = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple;

export const factorShape = (words: number, contexts: number, dim: number): FactorShape => ({
  ...{ words, contexts, dim },
  paddedWords: roundUp(words, 16),
  paddedContexts: roundUp(contexts, 4),
  paddedDim: roundUp(dim, 4),
});

/** W (V × d) and H (m × d) row-major. */
export interface Factors {
  readonly decoder: Float64Array;
  readonly embeddings: Float64Array;
}

/** Factors as the pair of float32 arrays that they are on the device. */
export function splitFactors(
  { decoder, embeddings }: Record<keyof Factors, ArrayLike<number>>,
  shape: FactorShape,
): Record<"high" | "low", Float32Array<ArrayBuffer>> {
  const { words, contexts, dim, paddedDim, paddedWords, paddedContexts } = shape;
  const length = (paddedWords + paddedContexts) * paddedDim;
  const [high, low] = [new Float32Array(length), new Float32Array(length)];
  const place = (values: ArrayLike<number>, rows: number, firstRow: number): void => {
    for (let r = 0; r < rows; r++)
      for (let i = 0; i < dim; i++) {
        const value = values[r * dim + i]!;
        const at = (firstRow + r) * paddedDim + i;
        high[at] = Math.fround(value);
        low[at] = value - high[at];
      }
  };
  place(decoder, words, 0);
  place(embeddings, contexts, paddedWords);
  return { high, low };
}

/** The inverse of {@link splitFactors}, the sum of all parts. */
export function joinFactors(
  parts: readonly Float32Array[],
  { words, contexts, dim, paddedDim, paddedWords }: FactorShape,
): Factors {
  const rowsFrom = (firstRow: number, rows: number): Float64Array =>
    Float64Array.from({ length: rows * dim }, (_, n) => {
      const at = (firstRow + Math.floor(n / dim)) * paddedDim + (n % dim);
      return parts.reduce((total, part) => total + part[at]!, 0);
    });
  return { decoder: rowsFrom(0, words), embeddings: rowsFrom(paddedWords, contexts) };
}

/** The loss of both factors as recorded work. */
export interface FactorLoss {
  /** Records CE − H at the current factors, both parts of the residual, and the gradient of both factors. */
  gradient(batch: Recorder): void;
  /** Records CE − H alone. */
  loss(batch: Recorder): void;
  /** Records {@link readFactorMeasure}'s values of the loss recorded last, into `measures`. */
  measure(batch: Recorder): void;
  readonly measures: GpuArray<"f32">;
  /** ∇_W CE = Σ_j π_j (q_j − p_j) h_jᵀ above ∇_H CE, whose row j is π_j (q_j − p_j)ᵀ W; laid out as the factors. */
  readonly gradients: GpuArray<"f32">;
}

/** Compiles and binds the kernels of the loss at L = H Wᵀ, and of its gradient. */
export async function prepareFactorLoss(
  workspace: Workspace,
  device: DeviceProblem,
  shape: FactorShape,
  factors: PairArray,
): Promise<FactorLoss> {
  const { words, contexts, paddedWords, paddedContexts: stride, paddedDim } = shape;
  const { entries } = device.shape;
  const firstOfH = paddedWords * paddedDim;
  const matrix = (label: string, rows: number, columns: number): GpuArray<"f32"> =>
    workspace.array(label, "f32", [rows, columns]);
  const embeddings: ArrayView<"f32"> = factors.high.from(firstOfH);
  const embeddingsT = matrix("embeddings transposed", paddedDim, stride);
  const residual = matrix("logits, then residual", paddedWords, stride);
  const residualT = matrix("residual transposed", stride, paddedWords);
  const gradients = matrix("gradients", paddedWords + stride, paddedDim);
  const supportLogits = workspace.array("support logits", "f32", [entries, 2]);
  const inResidual = workspace.array("in-support residual", "f32", [entries]);
  const gaps = workspace.array("gaps", "f32", [contexts, 2]);
  const measures = workspace.array("measures", "f32", [4]);
  const rows = { ...device, embeddings, embeddingsLow: factors.low.from(firstOfH) };
  const [turnH, onSupports, logits, split, join, ofW, turnR, ofH, sumGaps, ofWords, ofContexts] = await Promise.all([
    workspace.prepare(transpose, {
      arrays: { matrix: embeddings, transposed: embeddingsT },
      params: { rows4: stride / 4, columns4: paddedDim / 4 },
    }),
    prepareSupportLogits(
      workspace,
      { ...rows, shape: { words, contexts, entries, paddedDim } },
      factors,
      supportLogits,
    ),
    prepareProduct(
      workspace,
      { rows: words, inner4: paddedDim / 4, columns4: stride / 4 },
      { left: factors.high, right: embeddingsT, product: residual },
    ),
    workspace.prepare(softLabelGrad, {
      arrays: {
        offsets: device.offsets,
        entries: device.entries,
        weights: device.weights,
        support_logits: supportLogits,
        logits: residual,
        gaps,
        in_residual: inResidual,
      },
      params: { contexts, words, stride, nnz: entries, zero: 0 },
    }),
    workspace.prepare(residualJoin, {
      arrays: { offsets: device.offsets, entries: device.entries, in_residual: inResidual, residual },
      params: { contexts, words, stride, nnz: entries },
    }),
    prepareProduct(
      workspace,
      { rows: words, inner4: stride / 4, columns4: paddedDim / 4 },
      { left: residual, right: embeddings, product: gradients },
    ),
    workspace.prepare(transpose, {
      arrays: { matrix: residual, transposed: residualT },
      params: { rows4: paddedWords / 4, columns4: stride / 4 },
    }),
    prepareProduct(
      workspace,
      { rows: contexts, inner4: paddedWords / 4, columns4: paddedDim / 4 },
      { left: residualT, right: factors.high, product: gradients.from(firstOfH) },
    ),
    workspace.prepare(sum, {
      arrays: { terms: gaps, sums: measures },
      params: { rows: contexts, columns: 2, first: 0 },
    }),
    prepareSquaredNorm(workspace, factors.high, measures, 2, firstOfH),
    prepareSquaredNorm(workspace, embeddings, measures, 3),
  ]);
  const untilSplit: readonly Dispatch[] = [turnH, onSupports, logits, split];
  return {
    gradient: (batch) => batch.dispatch(...untilSplit, join, ofW, turnR, ofH),
    loss: (batch) => batch.dispatch(...untilSplit),
    measure: (batch) => batch.dispatch(sumGaps, ...ofWords, ...ofContexts),
    measures,
    gradients,
  };
}

/** Figures of both factors. */
export interface FactorMeasure {
  readonly inSupportGap: number;
  readonly offSupportGap: number;
  /** CE − H. */
  readonly lossGap: number;
  /** ‖W‖. */
  readonly decoderNorm: number;
  /** ‖H‖. */
  readonly embeddingNorm: number;
}

/** Names the values of one measure as read back. */
export function readFactorMeasure(values: Float32Array): FactorMeasure {
  const [inSupportGap = NaN, offSupportGap = NaN, ofW = NaN, ofH = NaN] = values;
  return {
    ...{ inSupportGap, offSupportGap, lossGap: inSupportGap + offSupportGap },
    ...{ decoderNorm: Math.sqrt(ofW), embeddingNorm: Math.sqrt(ofH) },
  };
}
