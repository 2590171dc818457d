import {
  createProblem,
  embeddingLimits,
  embeddingPath,
  measureEmbeddings,
  nuclearMargin,
  type EmbeddingMeasures,
  type EmbeddingPathOptions,
  type EmbeddingPathPoint,
  type NuclearMargin,
  type ProblemInput,
} from "../../src/index.ts";
import { open } from "../support/page-problem.ts";

/** A path, held against the nuclear margin. */
export async function path(
  given: ProblemInput,
  options: EmbeddingPathOptions = {},
): Promise<{ points: (EmbeddingPathPoint & EmbeddingMeasures)[]; margin: NuclearMargin }> {
  const [gpu, problem] = [await open(), createProblem(given)];
  const margin = await nuclearMargin(gpu, problem);
  const limits = await embeddingLimits(gpu, problem, margin);
  const { points } = await embeddingPath(gpu, problem, options);
  return { points: points.map((point) => ({ ...point, ...measureEmbeddings(point, limits) })), margin };
}
