import {
  findLimits,
  openGpu,
  predict,
  predictionRows,
  ridgePath,
  synthetic,
  train,
  type PredictionRow,
  type SyntheticOptions,
  type TracePoint,
} from "../../src/index.ts";

/** What a run to a step and the ridge path down to λ = 1e-8 have of their laws, and the last point of the run. */
export async function laws(
  options: SyntheticOptions,
  steps: number,
): Promise<{ descent: PredictionRow[]; path: PredictionRow[]; last: TracePoint; marginNorm: number }> {
  const gpu = await openGpu();
  const problem = synthetic(options);
  const limits = await findLimits(gpu, problem);
  const trained = await train(gpu, problem, { steps, towards: limits }).result();
  const { points } = await ridgePath(gpu, problem, { lambdas: [1e-4, 1e-6, 1e-8], towards: limits });
  const marginNorm = limits.margin!.norm;
  const descent = predictionRows(await predict(problem, limits, trained), trained.trace);
  const path = predictionRows(await predict(problem, limits, { model: "ridge-path" }), points, marginNorm);
  gpu.destroy();
  return { descent, path, last: trained.trace.at(-1)!, marginNorm };
}
