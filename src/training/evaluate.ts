import { OptionError } from "../errors.ts";
import type { Gpu } from "../gpu/device.ts";
import { withWorkspace, type Workspace } from "../gpu/workspace.ts";
import type { Problem } from "../problem/problem.ts";
import { requireDecoder } from "../maps/decoder.ts";
import { deviceProblem } from "../maps/device-problem.ts";
import { prepareGradient } from "../maps/gradient.ts";
import type { Measure } from "../maps/loss.ts";
import { centreColumns } from "../float64/centre-columns.ts";
import { norm } from "../float64/vectors.ts";
import { referenceLoss } from "../float64/loss.ts";
import { logitBound, requireTellingLogits } from "../float64/logit-bounds.ts";

/** The loss of one decoder. */
export interface Evaluation extends Measure {
  /** CE in nats: entropy + lossGap. */
  readonly loss: number;
  /**
   * What each context adds to `inSupportGap` and `offSupportGap`, [m, 2]: a Float32Array from the GPU, a Float64Array where all was
   * computed on the host.
   */
  readonly gaps: Float32Array | Float64Array;
  /** ∇CE(W) = Σ_j π_j (q_j − p_j) h_jᵀ, V × d row-major. */
  readonly gradient: Float64Array;
}

/** Logits from here on lose too much in float32 products; they are computed in float64 on the host. */
const LARGE_LOGIT = 1e4;
/** Multiply-adds that the host does at most, some seconds. */
const MOST_OPERATIONS = 2e9;

/**
 * CE − H, its two parts, ‖W‖ and ∇CE at a decoder from anyone's training, computed on the GPU; in float64 on the host where
 * logits can be above 1e4 in size.
 * @param decoder V × d, row-major.
 * @throws OptionError when the decoder has another size, or holds numbers that are not finite, or such large ones that the
 * logits' differences cannot be told.
 */
export async function evaluate(gpu: Gpu, problem: Problem, decoder: ArrayLike<number>): Promise<Evaluation> {
  requireDecoder(decoder, { words: problem.vocabularySize, dim: problem.embeddingDim });
  if (logitBound(problem, decoder) > LARGE_LOGIT) return evaluateInFloat64(problem, decoder);
  return withWorkspace(gpu, (workspace) => evaluateIn(workspace, problem, decoder));
}

async function evaluateIn(workspace: Workspace, problem: Problem, decoder: ArrayLike<number>): Promise<Evaluation> {
  const gradientAt = await prepareGradient(workspace, deviceProblem(workspace, problem));
  const { lossGap, inSupportGap, offSupportGap, gaps, gradient } = await gradientAt(
    centreColumns(decoder, problem.embeddingDim),
  );
  const loss = problem.entropy + lossGap;
  return { inSupportGap, offSupportGap, lossGap, loss, norm: norm(decoder), gaps, gradient };
}

function evaluateInFloat64(problem: Problem, decoder: ArrayLike<number>): Evaluation {
  const { contextCount: m, vocabularySize: V, embeddingDim: d, entropy } = problem;
  const operations = 2 * m * V * d;
  if (operations > MOST_OPERATIONS)
    throw new OptionError(
      "decoder",
      `expected logits below ${LARGE_LOGIT} in size, found larger ones, which take float64 and more than ${MOST_OPERATIONS.toExponential(0)} multiply-adds (${operations.toExponential(1)}) on the host`,
    );
  requireTellingLogits(problem, decoder);
  const found = referenceLoss(problem, decoder);
  return { ...found, loss: entropy + found.lossGap, norm: norm(decoder) };
}
