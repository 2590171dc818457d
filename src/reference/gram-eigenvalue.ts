import type { Problem } from "../problem/problem.ts";
import { RandomStream } from "../problem/random.ts";
import { contextCombination } from "./context-combination.ts";
import { contextScores } from "./context-scores.ts";
import { innerProduct } from "./inner-product.ts";

const FEWEST_ITERATIONS = 20;
const MOST_ITERATIONS = 200;
const SETTLED = 1e-4;
/** What a Rayleigh quotient that has settled may still be short of. */
const ALLOWANCE = 1.02;

/** λ_max(Σ_j h_j h_jᵀ / norms_j²), in float64 by power iteration, a little above it rather than below. */
export function largestGramEigenvalue(problem: Problem, norms: Float64Array): number {
  const { embeddings, embeddingDim } = problem;
  const weights = norms.map((norm) => 1 / norm / norm);
  const stream = new RandomStream(0, 0);
  let x = Float64Array.from({ length: embeddingDim }, () => stream.normal());
  let eigenvalue = 0;
  for (let k = 0; k < MOST_ITERATIONS; k++) {
    const length = Math.sqrt(innerProduct(x, x));
    const unit = x.map((value) => value / length);
    const next = contextCombination(embeddings, contextScores(embeddings, weights, unit), embeddingDim);
    const quotient = innerProduct(unit, next);
    const settled = quotient - eigenvalue <= SETTLED * quotient;
    eigenvalue = quotient;
    if (settled && k >= FEWEST_ITERATIONS) break;
    x = next as Float64Array<ArrayBuffer>;
  }
  return ALLOWANCE * eigenvalue;
}
