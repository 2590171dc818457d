import {
  bestMargins,
  marginInNorm,
  train,
  type NormMargin,
  type NormMarginOptions,
  type TrainResult,
} from "../../src/index.ts";
import { open, problemOf, type ProblemText } from "../support/page-problem.ts";

export async function solve(given: ProblemText, options: NormMarginOptions): Promise<NormMargin> {
  return marginInNorm(await open(), await problemOf(given), options);
}

/** A search that is aborted at the first report of its own. */
export async function solveAborted(given: ProblemText): Promise<NormMargin> {
  const controller = new AbortController();
  return marginInNorm(await open(), await problemOf(given), {
    norm: "max",
    gapTolerance: 1e-15,
    signal: controller.signal,
    onProgress: ({ phase }) => {
      if (phase === "margin in a norm") controller.abort();
    },
  });
}

/** A run held against the best margins. */
export async function trainTowards(given: ProblemText): Promise<TrainResult> {
  const [gpu, problem] = [await open(), await problemOf(given)];
  return train(gpu, problem, { steps: 100, towards: { norms: await bestMargins(gpu, problem) } }).result();
}
