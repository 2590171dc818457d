import { ProblemError } from "../errors.ts";
import { readArrays } from "../gpu/readback.ts";
import { Batch } from "../gpu/batch.ts";
import { withWorkspace, type Workspace } from "../gpu/workspace.ts";
import { contextCombination } from "../kernels/context-combination.ts";
import { contextScores } from "../kernels/context-scores.ts";
import { innerProduct, partialCount } from "../kernels/inner-product.ts";
import { sum } from "../kernels/sum.ts";
import type { Problem } from "../problem/problem.ts";
import { RandomStream } from "../problem/random.ts";
import { contextCombination as combineOnHost } from "../reference/context-combination.ts";
import { contextScores as scoreOnHost } from "../reference/context-scores.ts";
import { innerProduct as innerProductOnHost } from "../reference/inner-product.ts";
import { contextBlocks, type DeviceProblem } from "../kernels/device-problem.ts";

/** The step size that never increases the loss. */
export interface StepBound {
  /** 1/L with L = ½ λ_max(Σ_j π_j h_j h_jᵀ), the smoothness bound of CE. */
  readonly safeStep: number;
  /** λ_max as the float64 Rayleigh quotient of the vector that the power iteration found. */
  readonly largestEigenvalue: number;
  /** ‖K x − λ x‖ / λ in float64: an eigenvalue lies within this relative distance of λ. */
  readonly residual: number;
  readonly iterations: number;
}

const ITERATIONS_PER_BATCH = 64;
const MOST_ITERATIONS = 4096;

/**
 * Power iterations on the GPU, 64 between two looks. Each look takes the Rayleigh quotient in float64 on the host, and the
 * iteration ends when 64 more change it by less than 1e-9 relative (it rises monotonically up to f32 rounding) or after 4096.
 */
export function findStepBound(device: DeviceProblem): Promise<StepBound> {
  return withWorkspace(device.gpu, (workspace) => iterate(workspace, device));
}

async function iterate(workspace: Workspace, { gpu, shape, problem, ...device }: DeviceProblem): Promise<StepBound> {
  const { contexts, paddedDim } = shape;
  const stream = new RandomStream(0, 0);
  const start = Float32Array.from({ length: paddedDim }, (_, i) => (i < shape.dim ? stream.normal() : 0));
  const x = workspace.array("x", "f32", [paddedDim], start);
  const scores = workspace.array("scores", "f32", [contexts]);
  const partials = partialCount(paddedDim);
  const normPartials = workspace.array("norm partials", "f32", [partials]);
  const normSquared = workspace.array("norm squared", "f32", [1]);
  const norm = await Promise.all([
    workspace.prepare(
      innerProduct,
      { arrays: { a: x, b: x, partials: normPartials }, params: { length: paddedDim, partials } },
      undefined,
    ),
    workspace.prepare(
      sum,
      { arrays: { terms: normPartials, sums: normSquared }, params: { rows: partials, columns: 1, first: 0 } },
      undefined,
    ),
  ]);
  const multiply = await Promise.all([
    ...contextBlocks(shape).map((block) =>
      workspace.prepare(
        contextScores,
        {
          arrays: {
            embeddings_t: device.embeddingsT.from(block.first * paddedDim),
            weights: device.weights.from(block.first),
            x,
            norm_squared: normSquared,
            scores: scores.from(block.first),
          },
          params: { contexts: block.contexts, rows: paddedDim, stride: block.paddedContexts },
        },
        undefined,
      ),
    ),
    workspace.prepare(
      contextCombination,
      { arrays: { embeddings: device.embeddings, scores, x }, params: { contexts, stride: paddedDim } },
      undefined,
    ),
  ]);

  let best = 0;
  for (let iterations = ITERATIONS_PER_BATCH; ; iterations += ITERATIONS_PER_BATCH) {
    const batch = new Batch(gpu, "power iteration");
    for (let i = 0; i < ITERATIONS_PER_BATCH; i++) batch.dispatch(...norm, ...multiply);
    batch.submit();
    const [found] = await readArrays(x);
    const { eigenvalue, residual } = rayleighQuotient(problem, found.subarray(0, shape.dim));
    if (!(eigenvalue > 0 && eigenvalue < Infinity)) {
      const largest = Float64Array.from(problem.embeddings).reduce((most, h) => Math.max(most, Math.abs(h)), 0);
      throw new ProblemError(
        largest === 0
          ? "embeddings: expected some to differ from zero, found none; every decoder would have the same loss"
          : `embeddings: expected sizes whose squares float32 holds, 1e-15 to 1e15, found a largest of ${largest}`,
      );
    }
    const settled = eigenvalue - best <= 1e-9 * eigenvalue;
    best = Math.max(best, eigenvalue);
    if (settled || iterations >= MOST_ITERATIONS)
      return { safeStep: 2 / best, largestEigenvalue: best, residual, iterations };
  }
}

/** λ = xᵀKx / xᵀx for K = Σ_j π_j h_j h_jᵀ, and ‖Kx − λx‖ / (λ‖x‖), in float64. */
function rayleighQuotient(problem: Problem, x: Float32Array): { eigenvalue: number; residual: number } {
  const norm = Math.sqrt(innerProductOnHost(x, x));
  const unit = Float64Array.from(x, (value) => value / norm);
  const scores = scoreOnHost(problem.embeddings, problem.weights, unit);
  const image = combineOnHost(problem.embeddings, scores, problem.embeddingDim);
  const eigenvalue = innerProductOnHost(unit, image);
  const error = image.map((value, i) => value - eigenvalue * unit[i]!);
  return { eigenvalue, residual: Math.sqrt(innerProductOnHost(error, error)) / eigenvalue };
}
