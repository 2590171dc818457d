import type { Gpu } from "../gpu/context.ts";
import { withWorkspace } from "../gpu/workspace.ts";
import { norm, type DataSubspace } from "../reference/data-subspace.ts";
import { prepareLsqr, type Lsqr } from "./lsqr.ts";

/** How far a solve has come. */
export interface SolveProgress {
  /** Passes of LSQR on the GPU so far. */
  readonly iterations: number;
  /** Corrections computed so far. */
  readonly refinements: number;
  /** ‖b − A(W)‖ / ‖b‖ of the decoder so far. */
  readonly residual: number;
}

/** The decoder of least norm among those that minimise ‖b − A(W)‖. */
export interface LeastSquares {
  /** W in F, V × d. */
  readonly decoder: Float64Array;
  /** r = b − A(W), updated with every correction rather than recomputed: rounding of W does not show in it. */
  readonly remainder: Float64Array;
  /** Aᵀr, V × d. */
  readonly gradient: Float64Array;
  readonly iterations: number;
  readonly refinements: number;
}

const MOST_REFINEMENTS = 20;
/** A residual that has come this much nearer to orthogonal to the range than b was is one that no decoder removes. */
const NEARLY_ORTHOGONAL = 1e-3;

interface Options {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: SolveProgress) => void) | undefined;
}

/**
 * Least squares in the operator A of the data subspace, solved by LSQR on the GPU in float32 and refined in float64. Each
 * round takes r and Aᵀr in float64, and a correction from the GPU, put into F as Aᵀ(y). It ends when r or Aᵀr is within what
 * rounding leaves of a zero, or a round no longer halves ‖Aᵀr‖.
 */
export async function solveLeastSquares(
  gpu: Gpu,
  subspace: DataSubspace,
  b: Float64Array,
  options: Options,
): Promise<LeastSquares> {
  const { vocabularySize, embeddingDim } = subspace.problem;
  let best: Iterate = {
    decoder: new Float64Array(vocabularySize * embeddingDim),
    remainder: b,
    gradient: subspace.applyAdjoint(b),
  };
  if (isRounding(subspace, best, b)) return { ...best, iterations: 0, refinements: 0 };
  return withWorkspace(gpu, async (workspace) => {
    let refinements = 0;
    const report = (iterations: number): void =>
      options.onProgress?.({ iterations, refinements, residual: norm(best.remainder) / norm(b) });
    const lsqr = await prepareLsqr(workspace, subspace.problem, { signal: options.signal, onPasses: report });
    const startAngle = norm(best.gradient) / norm(b);
    while (refinements < MOST_REFINEMENTS) {
      const next = await correct(subspace, lsqr, best, startAngle);
      refinements++;
      const [before, after] = [norm(best.gradient), norm(next.gradient)];
      if (after < before) best = next;
      report(lsqr.passes);
      if (!(after <= before / 2) || isRounding(subspace, best, b)) break;
    }
    return { ...best, iterations: lsqr.passes, refinements };
  });
}

type Iterate = Pick<LeastSquares, "decoder" | "remainder" | "gradient">;

async function correct(subspace: DataSubspace, lsqr: Lsqr, last: Iterate, startAngle: number): Promise<Iterate> {
  const { decoder, remainder, gradient } = last;
  // In float32 the part of r that no decoder removes would drown the part that one does. The latter is (Aᵀ)⁺ of Aᵀr
  // (Björck 1967: refinement through the residual and its adjoint image together).
  const isOrthogonal = norm(gradient) < NEARLY_ORTHOGONAL * startAngle * norm(remainder);
  const target = isOrthogonal ? await lsqr.solveAdjoint(gradient) : remainder;
  // what rounding adds off F no residual shows: the correction is replaced by the Aᵀ(y) nearest to it
  const correction = subspace.applyAdjoint(await lsqr.solveAdjoint(await lsqr.solve(target)));
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
