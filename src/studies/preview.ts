import type { ProblemSource } from "../formats/format.ts";
import type { AdapterDescription } from "../gpu/adapter.ts";
import type { RunEstimate } from "../training/estimate.ts";
import type { AnalyseOptions } from "./analysis.ts";

/** What a file is understood as, and what its analysis will cost. */
export interface Preview {
  readonly source: { readonly name: string; readonly kind: string; readonly notes: readonly string[] };
  readonly contextCount: number;
  readonly vocabularySize: number;
  readonly embeddingDim: number;
  /** Contexts that had the embedding of another one, and are one with it. */
  readonly mergedCount: number;
  /** Words that follow a context: of the context with fewest, of the one in the middle, and of the one with most. */
  readonly supportSizes: readonly [least: number, median: number, most: number];
  /** The runs, of the decoder and, where that is asked for, of both factors: one after another. */
  readonly runs: readonly (RunEstimate & { readonly model: "decoder" | "embeddings" })[];
  /** Of each run. */
  readonly steps: number;
  /** Longest search for the limits, in seconds. */
  readonly limitsWithin: number;
  readonly adapter: AdapterDescription;
  /** Lines for people. */
  readonly report: string;
}

/**
 * What {@link analyse} would do with the same options, before it does: reads the problem, and times the kernels of its runs for a moment.
 * @throws OptionError, FileError, GpuUnavailableError, DeviceLostError as `analyse` does; the signal's reason when aborted
 */
export async function preview(source: ProblemSource, options: AnalyseOptions = {}): Promise<Preview> {
  const { lookAhead } = await import("./look-ahead.ts");
  return lookAhead(source, options);
}
