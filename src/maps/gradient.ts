import { Batch } from "../gpu/batch.ts";
import type { Workspace } from "../gpu/workspace.ts";
import { offSupportStep } from "../kernels/off-support-step.ts";
import { readArrays } from "../readback/read-arrays.ts";
import { prepareSupportAdjoint } from "./data-subspace.ts";
import { joinDecoder, pairArray, splitDecoder, type PairArray } from "./decoder.ts";
import type { DeviceProblem } from "./device-problem.ts";
import { prepareLoss, readMeasure, type Gradient, type Loss, type Measure } from "./loss.ts";
import { chooseProduct } from "./product.ts";

/** Two accumulators and their sum: in-support parts (in F), and everything else. */
export interface Halves {
  readonly inSpan: PairArray;
  readonly offSpan: PairArray;
  readonly whole: PairArray;
}

/** The kernels of halves ← decay · halves − stepSize · ∇CE, and of their sum. */
export async function prepareHalves(
  workspace: Workspace,
  device: DeviceProblem,
  { inResidual, offResidual, blocks }: Loss,
  { inSpan, offSpan, whole }: Halves,
  { stepSize, decay }: { readonly stepSize: number; readonly decay: number },
): Promise<Gradient> {
  const { words, paddedDim } = device.shape;
  const [inStep, ...offSteps] = await Promise.all([
    prepareSupportAdjoint(workspace, device, inResidual, inSpan, { stepSize, decay }),
    ...blocks.map(async ({ first, paddedContexts }, n) => {
      const product = { rows: words, inner4: paddedContexts / 4, columns4: paddedDim / 4 };
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
            zero: 0,
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

/** The loss of a decoder, V × d, and its gradient. */
export interface MeasuredGradient extends Measure {
  /** In-support and off-support part of each context's share of CE − H, [m, 2]. */
  readonly gaps: Float32Array;
  /** ∇CE, V × d. */
  readonly gradient: Float64Array;
}

/** CE and ∇CE at one decoder after another, by the kernels of gradient descent: a step of size −1 that keeps nothing of what was before. */
export async function prepareGradient(
  workspace: Workspace,
  device: DeviceProblem,
): Promise<(decoder: ArrayLike<number>) => Promise<MeasuredGradient>> {
  const { shape } = device;
  const whole = pairArray(workspace, "decoder, then gradient", shape);
  const halves = {
    inSpan: pairArray(workspace, "gradient in span", shape),
    offSpan: pairArray(workspace, "gradient off span", shape),
    whole,
  };
  const loss = await prepareLoss(workspace, device, whole);
  const step = await prepareHalves(workspace, device, loss, halves, { stepSize: -1, decay: 0 });
  return async (at) => {
    const { high, low } = splitDecoder(at, shape);
    whole.high.write(high);
    whole.low.write(low);
    const batch = new Batch(workspace.gpu, "gradient");
    loss.loss(batch, step);
    loss.measure(batch);
    batch.dispatch(...step.afterLoss);
    batch.submit();
    const [measures, gaps, ...gradient] = await readArrays(loss.measures, loss.gaps, whole.high, whole.low);
    return { ...readMeasure(measures), gaps, gradient: joinDecoder(gradient, shape) };
  };
}
