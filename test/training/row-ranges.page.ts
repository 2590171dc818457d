import { Batch } from "../../src/gpu/batch.ts";
import type { Gpu } from "../../src/gpu/device.ts";
import { withWorkspace } from "../../src/gpu/workspace.ts";
import { logOdds, maxMargin, type LogOdds, type MaxMargin } from "../../src/index.ts";
import { joinDecoder } from "../../src/maps/decoder.ts";
import { deviceProblem } from "../../src/maps/device-problem.ts";
import { deviceShape } from "../../src/maps/device-shape.ts";
import { prepareGradient, type MeasuredGradient } from "../../src/maps/gradient.ts";
import { readMeasure } from "../../src/maps/loss.ts";
import { readArrays } from "../../src/readback/read-arrays.ts";
import { prepareIteration } from "../../src/training/engines/prepare-iteration.ts";
import { chooseMethod, type Method } from "../../src/training/methods/method.ts";
import { boundWithin } from "../support/bound-within.ts";
import { open, problemOf, type ProblemText } from "../support/page-problem.ts";

/** Bytes; with null the device binds what it has. */
type MostBound = number | null;

async function onDevice<T>(mostBound: MostBound, work: (gpu: Gpu) => Promise<T>): Promise<T> {
  const gpu = await open();
  return mostBound === null ? work(gpu) : boundWithin(gpu, mostBound, () => work(gpu));
}

/** Steps from zero: the decoder, and the loss gap and norm that the device measures. */
export async function descend(
  source: ProblemText,
  given: Partial<Method>,
  contextsAtOnce: number,
  steps: number,
  mostBound: MostBound,
): Promise<{ decoder: Float64Array; lossGap: number; norm: number }> {
  const [problem, method] = [await problemOf(source), chooseMethod(given)];
  return onDevice(mostBound, (gpu) =>
    withWorkspace(gpu, async (workspace) => {
      const shape = { ...deviceShape(problem), contextsAtOnce };
      const device = deviceProblem(workspace, problem, shape);
      const iteration = await prepareIteration(workspace, device, "stepwise", { method, stepSize: 0.01, taken: 0 });
      const batch = new Batch(gpu, "ranges");
      iteration.advance(batch, steps);
      iteration.loss(batch);
      iteration.measure(batch);
      batch.submit();
      const { high, low } = iteration.decoder;
      const [measures, ...pair] = await readArrays(iteration.measures, high, low);
      const { lossGap, norm } = readMeasure(measures);
      return { decoder: joinDecoder(pair, shape), lossGap, norm };
    }),
  );
}

export async function gradientAt(
  source: ProblemText,
  decoder: Float64Array,
  mostBound: MostBound,
): Promise<MeasuredGradient> {
  const problem = await problemOf(source);
  return onDevice(mostBound, (gpu) =>
    withWorkspace(gpu, async (workspace) =>
      (await prepareGradient(workspace, deviceProblem(workspace, problem)))(decoder),
    ),
  );
}

export async function solve(source: ProblemText, mostBound: MostBound): Promise<[LogOdds, MaxMargin]> {
  const problem = await problemOf(source);
  const ascent = { gapTolerance: 1e-2, maxIterations: 100 };
  return onDevice(mostBound, async (gpu) => [await logOdds(gpu, problem), await maxMargin(gpu, problem, ascent)]);
}
