import { OptionError } from "../errors.ts";
import type { Gpu } from "../gpu/context.ts";
import { Batch } from "../gpu/batch.ts";
import { readArrays } from "../gpu/readback.ts";
import { withWorkspace, type Workspace } from "../gpu/workspace.ts";
import type { Problem } from "../problem/problem.ts";
import { pairArray, prepareHalves, prepareLoss, readMeasure, type Measure } from "../kernels/descent.ts";
import { centreColumns } from "../reference/centre-columns.ts";
import { joinDecoder, requireDecoder, splitDecoder, uploadProblem } from "../kernels/device-problem.ts";

/** The loss of one decoder. */
export interface Evaluation extends Measure {
  /** CE in nats: entropy + lossGap. */
  readonly loss: number;
  /** ∇CE(W) = Σ_j π_j (q_j − p_j) h_jᵀ, V × d row-major. */
  readonly gradient: Float64Array;
}

/**
 * CE − H, its two parts, ‖W‖ and ∇CE at a decoder from anyone's training, computed on the GPU.
 * @param decoder V × d, row-major.
 * @throws OptionError when the decoder has another size, or holds numbers that are not finite or whose products with the
 * embeddings leave float32.
 */
export function evaluate(gpu: Gpu, problem: Problem, decoder: ArrayLike<number>): Promise<Evaluation> {
  return withWorkspace(gpu, (workspace) => evaluateIn(workspace, problem, decoder));
}

async function evaluateIn(workspace: Workspace, problem: Problem, decoder: ArrayLike<number>): Promise<Evaluation> {
  const device = uploadProblem(workspace, problem);
  requireDecoder(decoder, device.shape);
  const given = splitDecoder(centreColumns(decoder, problem.embeddingDim), device.shape);
  const arrays = {
    inSpan: pairArray(workspace, "gradient in span", device),
    offSpan: pairArray(workspace, "gradient off span", device),
    whole: pairArray(workspace, "decoder, then gradient", device),
  };
  arrays.whole.high.write(given.high);
  arrays.whole.low.write(given.low);
  const loss = await prepareLoss(workspace, device, arrays.whole);
  // a step of size −1 from zero leaves the gradient itself
  const step = await prepareHalves(workspace, device, loss, arrays, { stepSize: -1, decay: 1 });
  const batch = new Batch(workspace.gpu, "evaluate");
  loss.loss(batch, step);
  loss.measure(batch);
  batch.dispatch(...step.afterLoss);
  batch.submit();
  const [measures, high, low] = await readArrays(loss.measures, arrays.whole.high, arrays.whole.low);
  const { inSupportGap, offSupportGap, lossGap } = readMeasure(measures);
  if (!Number.isFinite(lossGap))
    throw new OptionError("decoder: expected products with the embeddings that float32 holds, found larger ones");
  let squares = 0;
  for (let i = 0; i < decoder.length; i++) squares += decoder[i]! ** 2;
  return {
    inSupportGap,
    offSupportGap,
    lossGap,
    loss: problem.entropy + lossGap,
    norm: Math.sqrt(squares),
    gradient: joinDecoder([high, low], device.shape),
  };
}
