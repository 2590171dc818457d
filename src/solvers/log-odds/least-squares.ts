import type { Gpu } from "../../gpu/device.ts";
import { withWorkspace } from "../../gpu/workspace.ts";
import type { LongWork } from "../../support/long-work.ts";
import type { Problem } from "../../problem/problem.ts";
import { evenScales } from "../../float64/constraints.ts";
import { DataSubspace } from "../../float64/data-subspace.ts";
import { norm } from "../../float64/vectors.ts";
import { prepareLsqr, type Lsqr } from "./lsqr.ts";
import type { SolveProgress } from "./settings.ts";

/** The decoder of least norm among those that minimise ‖b − A(W)‖. */
export interface LeastSquares {
  /** W in F, V × d. */
  readonly decoder: Float64Array;
  /** r = b − A(W), updated with every correction rather than recomputed: rounding of W does not show in it. */
  readonly remainder: Float64Array;
  /** Aᵀr, V × d. */
  readonly gradient: Float64Array;
  /** Another vector of the supports with Aᵀ of it near zero, from the system with embeddings of even norms; r itself where r ≈ 0. */
  readonly witness: Float64Array;
  readonly iterations: number;
  readonly refinements: number;
  /** Whether it was cancelled; the decoder is then the best so far. */
  readonly isCancelled: boolean;
}

const MOST_REFINEMENTS = 20;
/** Solves that put one correction into F: each is right to some 1e-7 times the condition number of what is left. */
const MOST_ATTEMPTS = 4;
/** A residual that has come this much nearer to orthogonal to the range than b was is one that no decoder removes. */
const NEARLY_ORTHOGONAL = 1e-3;

/**
 * Least squares in the operator A of the data subspace, solved by LSQR on the GPU in float32 and refined in float64. A system
 * with a solution has the same one when each context's equations and embedding are scaled together, so that is tried first,
 * with embeddings of even norms: they take the unevenness out of the condition number.
 */
export async function solveLeastSquares(
  gpu: Gpu,
  subspace: DataSubspace,
  b: Float64Array,
  options: LongWork<SolveProgress>,
): Promise<LeastSquares> {
  const scales = evenScales(subspace.problem);
  const even = new DataSubspace(scaleContexts(subspace.problem, scales));
  const evenB = b.slice();
  forEntries(subspace.problem, (k, j) => (evenB[k]! *= scales[j]!));
  const solved = await refine(gpu, even, evenB, options, { iterations: 0, refinements: 0 });
  const remainder = solved.remainder.slice();
  forEntries(subspace.problem, (k, j) => (remainder[k]! /= scales[j]!));
  const restated = { ...solved, remainder, gradient: subspace.applyAdjoint(remainder), witness: remainder };
  const isSolved = norm(solved.remainder) <= even.residualRounding(solved.decoder, evenB);
  if (isSolved || solved.isCancelled || scales.every((scale) => scale === scales[0])) return restated;

  const plain = await refine(gpu, subspace, b, options, solved);
  const witness = solved.remainder.slice();
  // Σ_j (C_j a_j) (s_j h_j)ᵀ is Aᵀ of the s_j a_j
  forEntries(subspace.problem, (k, j) => (witness[k]! *= scales[j]!));
  const { iterations, refinements, isCancelled } = plain;
  // the least squares are those of A as it is, unless float32 could not find them
  const best = norm(plain.remainder) <= norm(remainder) ? plain : restated;
  return { ...best, witness, iterations, refinements, isCancelled };
}

function scaleContexts(problem: Problem, scales: Float64Array): Problem {
  const { embeddingDim } = problem;
  const embeddings = Float64Array.from(problem.embeddings, (h, i) => h * scales[Math.floor(i / embeddingDim)]!);
  return { ...problem, embeddings };
}

function forEntries({ offsets, contextCount }: Problem, visit: (k: number, j: number) => void): void {
  for (let j = 0; j < contextCount; j++) for (let k = offsets[j]!; k < offsets[j + 1]!; k++) visit(k, j);
}

/**
 * Each round takes r and Aᵀr in float64, and a correction from the GPU, put into F as Aᵀ(y). It ends when r or Aᵀr is within
 * what rounding leaves of a zero, or a round no longer halves ‖Aᵀr‖. `done` counts what was done before.
 */
async function refine(
  gpu: Gpu,
  subspace: DataSubspace,
  b: Float64Array,
  options: LongWork<SolveProgress>,
  done: Pick<LeastSquares, "iterations" | "refinements">,
): Promise<Omit<LeastSquares, "witness">> {
  const { vocabularySize, embeddingDim } = subspace.problem;
  let best: Iterate = {
    decoder: new Float64Array(vocabularySize * embeddingDim),
    remainder: b,
    gradient: subspace.applyAdjoint(b),
  };
  let { iterations, refinements } = done;
  let isCancelled = options.signal?.aborted ?? false;
  if (isCancelled || isRounding(subspace, best, b)) return { ...best, iterations, refinements, isCancelled };
  const startAngle = norm(best.gradient) / norm(b);
  // of the rounds that are done: a device that takes the place of a lost one goes on from them
  let [rounds, passesOfRounds] = [0, 0];
  return withWorkspace(gpu, async (workspace) => {
    const before = passesOfRounds;
    const report = (passes: number): void => {
      iterations = done.iterations + before + passes;
      const residual = norm(best.remainder) / norm(b);
      const message = `${iterations} passes, residual ${residual.toExponential(1)}`;
      options.onProgress?.({
        ...{ phase: "log-odds solution", fraction: 0, message },
        ...{ iterations, refinements, residual },
      });
    };
    const { signal } = options;
    const lsqr = await workspace.unlessAborted(signal, () =>
      prepareLsqr(workspace, subspace.problem, { signal, onPasses: report }),
    );
    if (!lsqr) return { ...best, iterations, refinements, isCancelled: true };
    while (rounds < MOST_REFINEMENTS) {
      const next = await correct(subspace, lsqr, best, startAngle);
      if (!next) {
        isCancelled = true;
        break;
      }
      rounds++;
      refinements++;
      passesOfRounds = before + lsqr.passes;
      const [steepness, reached] = [norm(best.gradient), norm(next.gradient)];
      if (reached < steepness) best = next;
      report(lsqr.passes);
      if (!(reached <= steepness / 2) || isRounding(subspace, best, b)) break;
    }
    return { ...best, iterations, refinements, isCancelled };
  });
}

type Iterate = Pick<LeastSquares, "decoder" | "remainder" | "gradient">;

/** The iterate with a correction added; undefined when a solve was cancelled. */
async function correct(
  subspace: DataSubspace,
  lsqr: Lsqr,
  last: Iterate,
  startAngle: number,
): Promise<Iterate | undefined> {
  const { remainder, gradient } = last;
  // In float32 the part of r that no decoder removes would drown the part that one does. The latter is (Aᵀ)⁺ of Aᵀr
  // (Björck 1967: refinement through the residual and its adjoint image together).
  const isOrthogonal = norm(gradient) < NEARLY_ORTHOGONAL * startAngle * norm(remainder);
  const target = isOrthogonal ? await lsqr.solveAdjoint(gradient) : remainder;
  const correction = target && (await lsqr.solve(target));
  if (!correction) return undefined;
  // what rounding adds off F no residual shows: the correction is replaced by the Aᵀ(y) nearest to it
  let inSpan = new Float64Array(correction.length);
  for (let attempt = 1; ; attempt++) {
    const rest = correction.map((value, i) => value - inSpan[i]!);
    const preimage = await lsqr.solveAdjoint(rest);
    if (!preimage) return undefined;
    const nearer = subspace.applyAdjoint(preimage);
    inSpan = inSpan.map((value, i) => value + nearer[i]!);
    const next = move(subspace, last, inSpan);
    if (attempt === MOST_ATTEMPTS || norm(next.gradient) <= norm(gradient) / 2) return next;
  }
}

function move(subspace: DataSubspace, { decoder, remainder }: Iterate, correction: Float64Array): Iterate {
  const image = subspace.apply(correction);
  const nextRemainder = remainder.map((value, k) => value - image[k]!);
  return {
    decoder: decoder.map((value, i) => value + correction[i]!),
    remainder: nextRemainder,
    gradient: subspace.applyAdjoint(nextRemainder),
  };
}

/** Whether r, or Aᵀr, is within what rounding leaves of a zero. */
function isRounding(subspace: DataSubspace, { decoder, remainder, gradient }: Iterate, b: Float64Array): boolean {
  return (
    norm(remainder) <= subspace.residualRounding(decoder, b) || norm(gradient) <= subspace.adjointRounding(remainder)
  );
}
