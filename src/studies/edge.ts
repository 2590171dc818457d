import { OptionError, ProblemError } from "../errors.ts";
import { edgeOfStability, type EdgeOfStability } from "../float64/edge-of-stability.ts";
import type { TracePoint } from "../figures/figures.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Problem } from "../problem/problem.ts";
import { inSpells } from "../support/host-spells.ts";
import type { TrainStatus } from "../training/run-settings.ts";
import { train } from "../training/train.ts";

/** A run at a part of the edge of stability. */
export interface EdgeRun {
  readonly edge: EdgeOfStability;
  /** η, proved to be below `ratio` η_c for a ratio below 1, and above it for another. */
  readonly stepSize: number;
  readonly status: TrainStatus;
  /** What was measured after the last step; none where the run diverged. */
  readonly last: TracePoint | undefined;
}

/**
 * Gradient descent from zero at a step size of `ratio` η_c, see `edgeOfStability`: below 1 the in-support gap falls to nothing where
 * the problem is compatible and separable, like 1/k² because the mass off the supports falls like 1/k; above 1 it does not.
 * @param steps number of the last step
 * @throws OptionError for a ratio that is not positive, ProblemError for a problem without an edge
 */
export async function edgeOf(gpu: Gpu, problem: Problem, ratio: number, steps: number): Promise<EdgeRun> {
  if (!(ratio > 0 && ratio < Infinity))
    throw new OptionError("ratio", `expected a finite number above 0, found ${String(ratio)}`);
  const edge = await inSpells(edgeOfStability(problem));
  const stepSize = stepSizeAt(edge, ratio);
  if (stepSize === Infinity)
    throw new ProblemError("supports: expected some of two words or more, so that there is an edge, found none");
  const { status, trace } = await train(gpu, problem, { stepSize, steps, record: [steps] }).result();
  return { edge, stepSize, status, last: trace.at(-1) };
}

/** η, proved to be below `ratio` η_c for a ratio below 1, and above it for another. */
export const stepSizeAt = ({ lower, upper }: EdgeOfStability, ratio: number): number =>
  ratio * (ratio < 1 ? lower : upper);
