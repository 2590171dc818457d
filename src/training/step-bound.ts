import { ProblemError } from "../errors.ts";
import { inSpells } from "../support/host-spells.ts";
import type { Problem } from "../problem/problem.ts";
import { ownSafeStep, safePart, type Method } from "./methods/method.ts";
import { findLargestEigenvalue, type LargestEigenvalue } from "../float64/gram-eigenvalue.ts";

/** The step size that never increases the loss. */
interface StepBound extends LargestEigenvalue {
  /** 1/L with L = ½ λ_max(Σ_j π_j h_j h_jᵀ), the smoothness bound of CE. */
  readonly safeStep: number;
}

/** With a residual of so much λ_max is good to its square over the distance to the next eigenvalue. */
const TOLERANCE = 1e-7;
/** Embeddings whose squares float32 holds. */
const [LEAST_SIZE, MOST_SIZE] = [1e-15, 1e15];

/** @throws ProblemError for embeddings whose squares float32 does not hold, or that are all zero */
export function requireSizes({ embeddings }: Problem): void {
  let largest = 0;
  for (const h of embeddings) largest = Math.max(largest, Math.abs(h));
  if (largest === 0)
    throw new ProblemError(
      "embeddings: expected some to differ from zero, found none; every decoder would have the same loss",
    );
  if (!(largest >= LEAST_SIZE && largest <= MOST_SIZE))
    throw new ProblemError(
      `embeddings: expected sizes whose squares float32 holds, 1e-15 to 1e15, found a largest of ${largest}`,
    );
}

/**
 * Finds 1/L on the host in float64, in some tens of passes over the embeddings and in spells of a few milliseconds.
 * @throws ProblemError for embeddings that float32 cannot compute with
 */
async function findStepBound(problem: Problem): Promise<StepBound> {
  requireSizes(problem);
  const work = findLargestEigenvalue(problem, problem.weights, TOLERANCE);
  const found = await inSpells(work);
  return { ...found, safeStep: 2 / found.eigenvalue };
}

/**
 * The safe step size of a method that has one.
 * @throws ProblemError for embeddings that float32 cannot compute with
 */
export async function findSafeStep(problem: Problem, method: Method): Promise<number> {
  requireSizes(problem);
  return ownSafeStep(method, problem) ?? (await findStepBound(problem)).safeStep * safePart(method);
}
