import {
  nuclearMargin,
  type NuclearMargin,
  type NuclearMarginOptions,
  type NuclearMarginProgress,
} from "../../src/index.ts";
import { open, problemOf, type ProblemText } from "../support/page-problem.ts";

export async function solve(given: ProblemText, options: NuclearMarginOptions = {}): Promise<NuclearMargin> {
  return nuclearMargin(await open(), await problemOf(given), options);
}

/** A solution that is aborted before it starts, or at its first report; with the reports. */
export async function solveAborted(
  given: ProblemText,
  when: "before" | "reported",
): Promise<{ result: NuclearMargin; reports: NuclearMarginProgress[] }> {
  const controller = new AbortController();
  const reports: NuclearMarginProgress[] = [];
  if (when === "before") controller.abort();
  const result = await nuclearMargin(await open(), await problemOf(given), {
    gapTolerance: 1e-15,
    signal: controller.signal,
    onProgress: (report) => {
      reports.push(report);
      controller.abort();
    },
  });
  return { result, reports };
}
