import {
  embeddingLimits,
  findLimits,
  nuclearMargin,
  type EmbeddingLimits,
  type FoundLimits,
  type Gpu,
  type NuclearMargin,
  type Problem,
} from "../src/index.ts";
import type { LoadedProblem } from "./sources.ts";

/** Where the theory says that a run goes, as far as the page knows. */
export interface KnownLimits extends FoundLimits {
  /** ‖W*‖, where W* is known. */
  readonly finiteNorm?: number;
  /** L_mm, where embeddings are trained, and all that they are held against. */
  readonly nuclear?: NuclearMargin;
  readonly embeddings?: EmbeddingLimits;
}

/** Longest search. */
const MOST_SECONDS = 3;
/** Multiply-adds of a point that is held against the limits: some 100 ms of the page's own thread. */
const MOST_OPERATIONS = 5e7;
/** Of trained embeddings as they usually are on the page. */
const USUAL_DIMENSION = 128;
/** A projection onto F takes about so many passes over the supports, of two products each. */
const PROJECTION_PASSES = 100;

/**
 * Finds both limits, unless the problem is too large for a page or the time runs out.
 * @throws the signal's reason when it is aborted
 */
export async function fixedLimits(
  gpu: Gpu,
  { problem }: LoadedProblem,
  signal: AbortSignal,
  onProgress: (message: string) => void,
): Promise<KnownLimits> {
  if (operationsPerPoint(problem) > MOST_OPERATIONS)
    return {
      missing: "W* and W_mm are not computed on this page: the problem is too large. The command analyse does it.",
    };
  onProgress("log-odds solution");
  const found = await findLimits(gpu, problem, {
    signal,
    withinSeconds: MOST_SECONDS,
    onProgress: ({ phase, message }) => onProgress(`${phase}: ${message}`),
  });
  signal.throwIfAborted();
  return withNorm(found);
}

/** The limits with ‖W*‖, where W* is known. */
export function withNorm(found: FoundLimits): KnownLimits {
  const { finite } = found;
  return { ...found, ...(finite && { finiteNorm: Math.sqrt(finite.decoder.reduce((sum, w) => sum + w * w, 0)) }) };
}

/**
 * Finds L_mm, or the best of it that is known when the time runs out, unless the problem is too large for a page or has none. Of
 * smoothed labels it is that of the problem as it was.
 * @throws the signal's reason when it is aborted
 */
export async function trainedLimits(
  gpu: Gpu,
  { problem: given, original: problem = given }: LoadedProblem,
  signal: AbortSignal,
  onProgress: (message: string) => void,
): Promise<KnownLimits> {
  const { contextCount: m, vocabularySize: V, tokens } = problem;
  if (tokens.length === m * V)
    return { missing: "Every context is followed by every word: there is no L_mm to compare with." };
  if (USUAL_DIMENSION * (m + V) ** 2 > MOST_OPERATIONS)
    return { missing: "L_mm is not computed on this page: the problem is too large. The command analyse does it." };
  onProgress("nuclear margin");
  const nuclear = await nuclearMargin(gpu, problem, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(1000 * MOST_SECONDS)]),
    onProgress: ({ phase, message }) => onProgress(`${phase}: ${message}`),
  });
  signal.throwIfAborted();
  if (nuclear.status === "numerical-error")
    return { missing: "The GPU returned numbers that contradict each other: there is no L_mm to compare with." };
  return {
    nuclear,
    embeddings: await embeddingLimits(gpu, problem, nuclear),
    ...(nuclear.status === "cancelled" && {
      missing: `The search for L_mm was ended after ${MOST_SECONDS} seconds: the best logits that were known by then stand for it.`,
    }),
  };
}

function operationsPerPoint({ contextCount, vocabularySize, embeddingDim, tokens }: Problem): number {
  return embeddingDim * (contextCount * vocabularySize + 2 * PROJECTION_PASSES * tokens.length);
}
