import { openGpu } from "../../src/gpu/device.ts";
import { logOdds, project, type LogOdds, type Projection, type SolveProgress } from "../../src/index.ts";
import { aliveOf, buffersMade } from "../support/buffers.ts";
import { open, problemOf, type ProblemText } from "../support/page-problem.ts";

export async function solve(given: ProblemText, options: object = {}): Promise<LogOdds & { durationMs: number }> {
  const [gpu, problem] = [await open(), await problemOf(given)];
  const begin = performance.now();
  const found = await logOdds(gpu, problem, options);
  return { ...found, durationMs: performance.now() - begin };
}

export async function split(
  given: ProblemText,
  decoder: Float64Array,
  options: object = {},
): Promise<Projection & { durationMs: number }> {
  const [gpu, problem] = [await open(), await problemOf(given)];
  const begin = performance.now();
  const found = await project(gpu, problem, decoder, options);
  return { ...found, durationMs: performance.now() - begin };
}

/** Progress of a solve, and the buffers that are alive after it, on a device of its own. */
export async function watch(given: ProblemText): Promise<{ seen: SolveProgress[]; alive: number }> {
  const gpu = await openGpu();
  const made = buffersMade(gpu);
  const seen: SolveProgress[] = [];
  await logOdds(gpu, await problemOf(given), { onProgress: (progress) => seen.push(progress) });
  // staging buffers are the device's
  gpu.destroy();
  return { seen, alive: aliveOf(made) };
}

/** Aborts after so many calls of onProgress; what is returned, and the calls there were. */
export async function stopped(
  given: ProblemText,
  after: number,
  what: "solve" | "project" = "solve",
): Promise<{ status: string; residual: number; largest: number; calls: number }> {
  const controller = new AbortController();
  if (after === 0) controller.abort();
  let calls = 0;
  const options = {
    signal: controller.signal,
    onProgress: (): void => {
      if (++calls === after) controller.abort();
    },
  };
  const [gpu, problem] = [await open(), await problemOf(given)];
  const countUp = Array.from({ length: problem.vocabularySize * problem.embeddingDim }, (_, i) => i);
  const found = what === "solve" ? await logOdds(gpu, problem, options) : await project(gpu, problem, countUp, options);
  const decoder = "decoder" in found ? found.decoder : found.inSpan;
  return { status: found.status, residual: found.residual, largest: Math.max(...decoder.map(Math.abs)), calls };
}

/** Loses the device in the middle of a solve. */
export async function lose(given: ProblemText): Promise<string> {
  const gpu = await openGpu();
  return logOdds(gpu, await problemOf(given), { onProgress: () => gpu.destroy() }).then(
    () => "finished",
    (error: unknown) => (error as { code: string }).code,
  );
}
