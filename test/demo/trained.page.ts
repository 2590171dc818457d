import { trainedEmbeddings } from "../../demo/models/trained-embeddings.ts";
import {
  logSpacedSteps,
  nuclearMargin,
  paper2Synthetic,
  trainEmbeddings,
  type NuclearMargin,
  type TrainEmbeddingsOptions,
  type TrainEmbeddingsResult,
} from "../../src/index.ts";
import { open } from "../support/page-problem.ts";

/** The run of a page of these settings, by the module. */
export async function libraryRun(
  options: TrainEmbeddingsOptions,
): Promise<{ margin: NuclearMargin; result: TrainEmbeddingsResult }> {
  const [gpu, problem] = [await open(), paper2Synthetic()];
  const margin = await nuclearMargin(gpu, problem);
  return { margin, result: await trainEmbeddings(gpu, problem, { ...options, towards: margin }).result() };
}

/** The steps at which the page has both factors of so many dimensions, of a run to a step and of one that goes on from there. */
export async function keptSteps(dimension: number, ...ends: readonly number[]): Promise<number[][]> {
  const [gpu, problem] = [await open(), paper2Synthetic()];
  const method = { optimizer: "gradient-descent", schedule: "constant", stepSize: undefined } as const;
  const model = trainedEmbeddings({ ...method, dimension, ridge: 0, decay: "coupled", scale: 0.1 });
  const [onStep, onCheckpoint] = [() => undefined, () => undefined];
  const rest = { seed: 1, towards: {}, signal: new AbortController().signal, onStep, onCheckpoint };
  const kept: number[][] = [];
  let from: TrainEmbeddingsResult["state"] | undefined;
  for (const steps of ends) {
    const record = [0, ...logSpacedSteps(steps)].filter((step) => step > (from?.step ?? -1));
    const { state, trace } = await model.train(gpu, problem, { ...rest, steps, record, from }).result();
    kept.push(trace.filter(({ factors }) => factors).map(({ step }) => step));
    from = state;
  }
  return kept;
}
