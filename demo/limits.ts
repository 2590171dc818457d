import { findLimits, train, type FoundLimits, type Gpu, type Problem } from "../src/index.ts";

/** Where the theory says that a run goes, as far as the page knows. */
export interface KnownLimits extends FoundLimits {
  /** ‖W*‖, where W* is known. */
  readonly finiteNorm?: number;
}

/** Longest search, from an open device on; the run waits for it. */
const MOST_SECONDS = 3;
/** Multiply-adds of a point that is held against the limits: some 100 ms of the page's own thread. */
const MOST_OPERATIONS = 5e7;
/** A projection onto F takes about so many passes over the supports, of two products each. */
const PROJECTION_PASSES = 100;

/**
 * Finds both limits, unless the problem is too large for a page or the time runs out.
 * @throws the signal's reason when it is aborted
 */
export async function fixedLimits(
  gpu: Gpu,
  problem: Problem,
  signal: AbortSignal,
  onProgress: (message: string) => void,
): Promise<KnownLimits> {
  if (operationsPerPoint(problem) > MOST_OPERATIONS)
    return {
      missing: "W* and W_mm are not computed on this page: the problem is too large. The command analyse does it.",
    };
  onProgress("log-odds solution");
  const [found] = await Promise.all([
    findLimits(gpu, problem, {
      signal,
      withinSeconds: MOST_SECONDS,
      onProgress: ({ phase, message }) => onProgress(`${phase}: ${message}`),
    }),
    // the kernels of the run that follows are compiled meanwhile
    train(gpu, problem, { steps: 0, signal }).result(),
  ]);
  signal.throwIfAborted();
  return {
    ...found,
    ...(found.finite && { finiteNorm: Math.sqrt(found.finite.decoder.reduce((sum, w) => sum + w * w, 0)) }),
  };
}

function operationsPerPoint({ contextCount, vocabularySize, embeddingDim, tokens }: Problem): number {
  return embeddingDim * (contextCount * vocabularySize + 2 * PROJECTION_PASSES * tokens.length);
}
