import { marginInNorm, type NormMargin, type NormMarginOptions } from "../../src/index.ts";
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
