import { referenceLoss } from "../../float64/loss.ts";
import { norm } from "../../float64/vectors.ts";
import type { Problem } from "../../problem/problem.ts";
import { meanSquare, type RidgeMinimiser } from "./ridge-minimiser.ts";
import type { RidgePoint, RidgeStatus } from "./status.ts";

/** Largest factor between one λ and the next in the search for a radius. */
const LARGEST_STRIDE = 10;
/** Growth of ‖W‖ over such a factor at which it counts as having reached its limit. Without a finite minimiser it is some ‖W_mm‖. */
const SETTLED = 1e-5;
/** Least λ in the search for a radius, over Σ_j π_j ‖h_j‖²: beyond it condition numbers are too much for float32. */
const LEAST_RELATIVE_LAMBDA = 1e-10;

/** A point before its figures are computed. */
export type Found = Pick<RidgePoint, "status" | "lambda" | "radius" | "decoder" | "iterations">;

/** ‖Ŵ_λ‖, which falls with λ. */
interface Sample {
  readonly lambda: number;
  readonly norm: number;
}

/** The minimisers of CE over balls, each from a λ that is searched for. */
export async function* ballMinima(
  minimiser: RidgeMinimiser,
  problem: Problem,
  radii: readonly number[],
  tolerance: number,
): AsyncGenerator<Found, void, void> {
  const least = LEAST_RELATIVE_LAMBDA * meanSquare(problem);
  let decoder: Float64Array = new Float64Array(problem.vocabularySize * problem.embeddingDim);
  const steepest = norm(referenceLoss(problem, decoder).gradient);
  const samples: Sample[] = [];
  for (const radius of radii) {
    let iterations = 0;
    let status: RidgeStatus | undefined;
    // ⟨∇CE(Ŵ) − ∇CE(0), Ŵ⟩ ≥ 0 and ∇CE(Ŵ) = −λŴ give λ‖Ŵ_λ‖ ≤ ‖∇CE(0)‖
    let lambda = samples.length ? nextLambda(samples, radius) : steepest / radius;
    while (!status) {
      const minimum = await minimiser.minimise(lambda);
      decoder = minimum.decoder;
      iterations += minimum.iterations;
      const sample = { lambda, norm: norm(decoder) };
      const hasSettled = isSettled(sample, samples.at(-1));
      samples.push(sample);
      if (minimum.end !== "solved") status = minimum.end;
      else if (Math.abs(sample.norm / radius - 1) <= tolerance) status = "solved";
      else if (sample.norm < radius && hasSettled) status = "interior";
      else {
        const next = nextLambda(samples, radius);
        if (next === lambda || next < least) status = "stalled";
        else lambda = next;
      }
    }
    yield { status, lambda, radius, decoder, iterations };
  }
}

/** Whether ‖Ŵ_λ‖ has hardly grown while λ fell by a whole stride. */
function isSettled(now: Sample, before: Sample | undefined): boolean {
  if (!before || now.lambda > before.lambda / (0.99 * LARGEST_STRIDE)) return false;
  return now.norm <= (1 + SETTLED) * before.norm;
}

/**
 * Where ‖Ŵ_λ‖ would be the radius if log ‖Ŵ‖ were linear in log λ through the two nearest samples; between the samples that
 * are nearest on either side, and not further than a stride from the last one inside.
 */
function nextLambda(samples: readonly Sample[], radius: number): number {
  const nearest = [...samples].sort(
    (a, b) => Math.abs(Math.log(a.norm / radius)) - Math.abs(Math.log(b.norm / radius)),
  );
  const inside = nearest.filter((sample) => sample.norm < radius);
  const outside = nearest.filter((sample) => sample.norm >= radius);
  const upper = inside.length ? inside[0]!.lambda : LARGEST_STRIDE * outside[0]!.lambda;
  const lower = outside.length ? outside[0]!.lambda : upper / LARGEST_STRIDE;
  const [a, b] = nearest as [Sample, Sample?];
  // far from the solution ‖Ŵ‖ is as 1/λ
  const slope = b ? Math.log(a.lambda / b.lambda) / Math.log(a.norm / b.norm) : -1;
  const secant = a.lambda * (radius / a.norm) ** slope;
  if (secant > lower && secant < upper) return secant;
  return outside.length && inside.length ? Math.sqrt(lower * upper) : inside.length ? lower : upper;
}
