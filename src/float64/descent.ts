import type { Problem } from "../problem/problem.ts";
import { chooseMethod, slowingOf, type Method } from "../training/methods/method.ts";
import { adamStep } from "../reference/adam-step.ts";
import { decoderStep } from "../reference/decoder-step.ts";
import { supportAdjoint } from "../reference/support-adjoint.ts";
import { innerProduct } from "../reference/inner-product.ts";
import { matrixProduct } from "../reference/matrix-product.ts";
import { offSupportStep } from "../reference/off-support-step.ts";
import { softLabelGrad, type SoftLabelGrad } from "../reference/soft-label-grad.ts";
import { stepLength } from "../reference/step-length.ts";
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

function layOut(problem: Problem): Layout {
  const { contextCount: m, embeddingDim: d, embeddings, offsets } = problem;
  const embeddingsT = new Float64Array(d * m);
  for (let j = 0; j < m; j++) for (let i = 0; i < d; i++) embeddingsT[i * m + j] = embeddings[j * d + i]!;
  const entryContexts = new Uint32Array(problem.tokens.length);
  for (let j = 0; j < m; j++) entryContexts.fill(j, offsets[j], offsets[j + 1]);
  return { problem, embeddingsT, entryContexts };
}

function residuals({ problem, embeddingsT, entryContexts }: Layout, decoder: ArrayLike<number>): SoftLabelGrad {
  const { vocabularySize, contextCount, embeddingDim } = problem;
  return softLabelGrad(
    problem,
    supportLogits(entryContexts, problem.tokens, decoder, problem.embeddings, embeddingDim),
    matrixProduct(decoder, embeddingsT, { rows: vocabularySize, inner: embeddingDim, columns: contextCount }),
    { words: vocabularySize, stride: contextCount },
  );
}

function step(
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

function sumGaps(gaps: Float64Array): { lossGap: number; inSupportGap: number; offSupportGap: number } {
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

export interface ReferenceOptions extends Partial<Method> {
  readonly stepSize: number;
  readonly recorded: readonly number[];
  /** Zero when left out. */
  readonly initial?: ArrayLike<number>;
}

/** A run of an optimiser of `train` (gradient descent when left out) in float64, measured after each of the `recorded` steps. */
export function referenceDescent(
  problem: Problem,
  { stepSize, recorded, initial, ...given }: ReferenceOptions,
): { trace: { step: number; lossGap: number; norm: number }[]; decoder: Float64Array } {
  const layout = layOut(problem);
  const method = chooseMethod(given);
  const { optimizer, momentum = 0, betas, epsilon } = method;
  const pace = { stepSize, slowing: slowingOf(method) };
  const zero = (): Float64Array => new Float64Array(problem.vocabularySize * problem.embeddingDim);
  const decoder = initial ? Float64Array.from(initial) : zero();
  const [direction, first, second] = [zero(), zero(), zero()];
  const last = Math.max(...recorded);
  const trace: { step: number; lossGap: number; norm: number }[] = [];
  for (let k = 0; k <= last; k++) {
    const found = residuals(layout, decoder);
    if (recorded.includes(k))
      trace.push({ step: k, lossGap: sumGaps(found.gaps).lossGap, norm: Math.sqrt(innerProduct(decoder, decoder)) });
    if (k === last) break;
    step(layout, direction, found, -1, momentum);
    const length = stepLength(pace, k, optimizer === "normalised" ? innerProduct(direction, direction) : 1);
    if (betas && epsilon !== undefined)
      adamStep({ decoder, first, second }, direction, length, { count: k + 1, betas, epsilon });
    else decoderStep(decoder, direction, length);
  }
  return { trace, decoder };
}
