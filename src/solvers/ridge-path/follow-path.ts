import { referenceLoss } from "../../float64/loss.ts";
import { norm } from "../../float64/vectors.ts";
import type { Gpu } from "../../gpu/device.ts";
import { withWorkspace } from "../../gpu/workspace.ts";
import type { Problem } from "../../problem/problem.ts";
import { innerProduct } from "../../reference/inner-product.ts";
import { ballMinima, type Found } from "./ball-minima.ts";
import { relativeErrorBound, RidgeMinimiser } from "./ridge-minimiser.ts";
import type { RidgePathOptions, settingsOf } from "./settings.ts";
import type { RidgePath, RidgePoint } from "./status.ts";

/** The points of a ridge path, one after another. */
export async function followPath(
  gpu: Gpu,
  problem: Problem,
  options: RidgePathOptions,
  settings: ReturnType<typeof settingsOf>,
): Promise<RidgePath> {
  const { lambdas, radii, tolerance, maxIterations, margin } = settings;
  return withWorkspace(gpu, async (workspace) => {
    const points: RidgePoint[] = [];
    const minimiser = new RidgeMinimiser(workspace, problem, {
      tolerance,
      maxIterations,
      signal: options.signal,
      onPasses: ({ ridge, iterations, relativeBound }) =>
        options.onProgress?.({
          phase: "path",
          fraction: points.length / (radii ?? lambdas).length,
          message: `λ = ${ridge.toExponential(1)}, ${iterations} passes`,
          point: points.length,
          lambda: ridge,
          iterations,
          relativeErrorBound: relativeBound,
        }),
    });
    const found = radii ? ballMinima(minimiser, problem, radii, tolerance) : ridgeMinima(minimiser, lambdas);
    for await (const point of found) {
      points.push(describePoint(problem, point, margin));
      if (point.status === "cancelled") break;
    }
    return { points, adapter: gpu.adapter };
  });
}

async function* ridgeMinima(minimiser: RidgeMinimiser, lambdas: readonly number[]): AsyncGenerator<Found, void, void> {
  for (const lambda of lambdas) {
    const { end, ...minimum } = await minimiser.minimise(lambda);
    yield { status: end, lambda, ...minimum };
  }
}

function describePoint(problem: Problem, found: Found, margin: Float64Array | undefined): RidgePoint {
  const { decoder, lambda } = found;
  const { gradient, ...gaps } = referenceLoss(problem, decoder);
  const size = norm(decoder);
  const gradientNorm = norm(gradient.map((value, i) => value + lambda * decoder[i]!));
  return {
    ...found,
    norm: size,
    ...gaps,
    gradientNorm,
    errorBound: gradientNorm / lambda,
    relativeErrorBound: relativeErrorBound(gradientNorm, lambda, size),
    alignment: margin ? innerProduct(decoder, margin) / (size * norm(margin)) : NaN,
  };
}
