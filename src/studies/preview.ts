import type { ProblemSource } from "../formats/format.ts";
import type { AnalyseOptions, Preview } from "./analysis.ts";

/**
 * What {@link analyse} would do with the same options, before it does: reads the problem, and times the kernels of its runs for a moment.
 * @throws OptionError, FileError, GpuUnavailableError, DeviceLostError as `analyse` does; the signal's reason when aborted
 */
export async function preview(source: ProblemSource, options: AnalyseOptions = {}): Promise<Preview> {
  const { lookAhead } = await import("./look-ahead.ts");
  return lookAhead(source, options);
}
