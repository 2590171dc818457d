import { edgeOf, synthetic, type EdgeRun, type SyntheticOptions } from "../../src/index.ts";
import { open } from "../support/page-problem.ts";

/** Runs on one problem at these parts of the edge. */
export async function runsAt(made: SyntheticOptions, ratios: readonly number[], steps: number): Promise<EdgeRun[]> {
  const [gpu, problem] = [await open(), synthetic(made)];
  const runs: EdgeRun[] = [];
  for (const ratio of ratios) runs.push(await edgeOf(gpu, problem, ratio, steps));
  return runs;
}
