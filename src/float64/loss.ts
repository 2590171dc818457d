import type { Problem } from "../problem/problem.ts";
import { supportAdjoint } from "../reference/support-adjoint.ts";
import { matrixProduct } from "../reference/matrix-product.ts";
import { offSupportStep } from "../reference/off-support-step.ts";
import { softLabelGrad, type SoftLabelGrad } from "../reference/soft-label-grad.ts";
import { supportLogits } from "../reference/support-logits.ts";

/** Loss of a decoder in float64. */
export interface ReferenceLoss {
  /** CE − H in nats, and its two parts. */
  readonly lossGap: number;
  readonly inSupportGap: number;
  readonly offSupportGap: number;
  /** What each context adds to the two parts, [m, 2]. */
  readonly gaps: Float64Array;
  /** ∇CE, V × d. */
  readonly gradient: Float64Array;
}

/** Everything of one problem that the float64 loss needs, laid out once. */
interface Layout {
  readonly problem: Problem;
  readonly embeddingsT: Float64Array;
  readonly entryContexts: Uint32Array;
}

export function layOut(problem: Problem): Layout {
  const { contextCount: m, embeddingDim: d, embeddings, offsets } = problem;
  const embeddingsT = new Float64Array(d * m);
  for (let j = 0; j < m; j++) for (let i = 0; i < d; i++) embeddingsT[i * m + j] = embeddings[j * d + i]!;
  const entryContexts = new Uint32Array(problem.tokens.length);
  for (let j = 0; j < m; j++) entryContexts.fill(j, offsets[j], offsets[j + 1]);
  return { problem, embeddingsT, entryContexts };
}

export function residuals({ problem, embeddingsT, entryContexts }: Layout, decoder: ArrayLike<number>): SoftLabelGrad {
  const { vocabularySize, contextCount, embeddingDim } = problem;
  return softLabelGrad(
    problem,
    supportLogits(entryContexts, problem.tokens, decoder, problem.embeddings, embeddingDim),
    matrixProduct(decoder, embeddingsT, { rows: vocabularySize, inner: embeddingDim, columns: contextCount }),
    { words: vocabularySize, stride: contextCount },
  );
}

export function step(
  layout: Layout,
  target: Float64Array,
  { inResidual, offResidual }: SoftLabelGrad,
  stepSize: number,
  decay: number,
): void {
  const { problem, entryContexts } = layout;
  const { vocabularySize, contextCount, embeddingDim, embeddings, tokens } = problem;
  supportAdjoint(target, entryContexts, tokens, inResidual, embeddings, embeddingDim, stepSize, decay);
  const shape = { rows: vocabularySize, inner: contextCount, columns: embeddingDim };
  offSupportStep(target, offResidual, embeddings, shape, stepSize);
}

export function sumGaps(gaps: Float64Array): { lossGap: number; inSupportGap: number; offSupportGap: number } {
  let [inSupportGap, offSupportGap] = [0, 0];
  for (let i = 0; i < gaps.length; i += 2) {
    inSupportGap += gaps[i]!;
    offSupportGap += gaps[i + 1]!;
  }
  return { lossGap: inSupportGap + offSupportGap, inSupportGap, offSupportGap };
}

/** CE − H and ∇CE at a decoder (V × d), in float64 on the host: the check of what a GPU returned. */
export function referenceLoss(problem: Problem, decoder: ArrayLike<number>): ReferenceLoss {
  const layout = layOut(problem);
  const found = residuals(layout, decoder);
  const gradient = new Float64Array(problem.vocabularySize * problem.embeddingDim);
  step(layout, gradient, found, -1, 0);
  return { ...sumGaps(found.gaps), gaps: found.gaps, gradient };
}
