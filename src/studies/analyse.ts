import type { ProblemSource } from "../formats/format.ts";
import type { Analysis, AnalyseOptions } from "./analysis.ts";

/**
 * Reads a problem by `readProblem`, runs gradient descent on the GPU, finds meanwhile where the theory says that it goes,
 * holds it against that, checks the last decoder's loss gap in float64 on the host, and evaluates a given decoder.
 * @throws OptionError, before the file is read for one of the run; FileError, GpuUnavailableError, DeviceLostError; the signal's reason when aborted while
 * the file is read and the GPU opened.
 */
export async function analyse(source: ProblemSource, options: AnalyseOptions = {}): Promise<Analysis> {
  const { runAnalysis } = await import("./run-analysis.ts");
  return runAnalysis(source, options);
}
