import { F64_UNIT, type DataSubspace } from "../../float64/data-subspace.ts";
import type { SupportSpan } from "../../float64/support-span.ts";
import { difference, norm, ratio } from "../../float64/vectors.ts";
import type { LeastSquares } from "./least-squares.ts";
import type { LogOdds } from "./status.ts";

/** A rounding bound above this part of ‖b‖ says nothing about the system. */
const LARGEST_RESIDUAL = 1e-8;

type Candidate = Pick<LeastSquares, "decoder" | "remainder"> & Partial<Pick<LeastSquares, "witness">>;

/**
 * What the GPU found, if it was asked, and what float64 finds in a basis of F: the solution of as many equations as are independent, and
 * the least squares.
 */
export function candidates(
  span: SupportSpan,
  subspace: DataSubspace,
  b: Float64Array,
  solved?: LeastSquares,
): readonly Candidate[] {
  const direct = span.solve(b).decoder;
  const found: Candidate[] = [{ decoder: direct, remainder: difference(b, subspace.apply(direct)) }];
  if (solved) found.unshift(solved);
  found.sort((one, other) => span.errorOf(one.decoder, b) - span.errorOf(other.decoder, b));
  return span.isOnto ? found : [...found, span.leastSquares(subspace, b)];
}

interface Judgement extends Pick<LogOdds, "decoder" | "status" | "leastSolutionNorm"> {
  readonly remainder: Float64Array;
  readonly missing: Float64Array;
  readonly witness: Float64Array;
}

/** What float64 says of a decoder, whoever found it. */
type Statement = Omit<LogOdds, "rank" | "iterations" | "refinements" | "adapter">;

/** What is known of the log-odds by the best candidate. */
export function statementOf(
  subspace: DataSubspace,
  b: Float64Array,
  found: readonly Candidate[],
  span: SupportSpan | undefined,
  isCancelled = false,
): Statement {
  const judged = judge(subspace, b, found, span);
  const { decoder, remainder, missing, witness, leastSolutionNorm } = judged;
  const status = isCancelled ? "cancelled" : judged.status;
  const error = status === "compatible" ? span?.errorOf(decoder, b) : undefined;
  return {
    decoder,
    ...(error !== undefined && error < Infinity && { decoderError: error }),
    status,
    residual: ratio(norm(missing), norm(b)),
    normalResidual: ratio(norm(subspace.applyAdjoint(remainder)), subspace.operatorNorm * norm(remainder)),
    ...(status === "incompatible" && { certificate: witness }),
    leastSolutionNorm,
  };
}

/** The first candidate that meets b as far as rounding tells; else the one that misses it least, and the best witness against it. */
function judge(
  subspace: DataSubspace,
  b: Float64Array,
  found: readonly Candidate[],
  span: SupportSpan | undefined,
): Judgement {
  const uncertainty = subspace.logOddsRounding();
  const weighed = found
    .flatMap(({ remainder, witness }) => [remainder, ...(witness ? [witness] : [])])
    .map((r) => weigh(subspace, b, uncertainty, r));
  const { r, leastSolutionNorm, isCertain } =
    weighed.find((witness) => witness.isCertain) ??
    weighed.reduce((most, other) => (other.leastSolutionNorm > most.leastSolutionNorm ? other : most));
  const missed = found.map((candidate) => ({
    ...candidate,
    missing: difference(b, subspace.apply(candidate.decoder)),
  }));
  const meeting = missed.find(({ decoder, missing }) => {
    const excess = missing.map((value, k) => Math.max(0, Math.abs(value) - uncertainty[k]!));
    return norm(excess) <= Math.min(subspace.residualRounding(decoder, b), LARGEST_RESIDUAL * norm(b));
  });
  if (meeting || span?.isOnto)
    return { ...(meeting ?? missed[0]!), status: "compatible", witness: r, leastSolutionNorm };
  const nearest = missed.reduce((least, other) => (norm(other.missing) < norm(least.missing) ? other : least));
  const isExcluded = isCertain && (span?.isExact ?? true);
  return { ...nearest, status: isExcluded ? "incompatible" : "undecided", witness: r, leastSolutionNorm };
}

interface Witness {
  readonly r: Float64Array;
  readonly leastSolutionNorm: number;
  /** Whether ⟨r, b⟩ > 0 by more than rounding, and Aᵀr cannot be told from zero. */
  readonly isCertain: boolean;
}

/** What r says of solutions: A(W) = b gives ⟨r, b⟩ = ⟨Aᵀr, W⟩ ≤ ‖Aᵀr‖ ‖W‖, for any r. */
function weigh(subspace: DataSubspace, b: Float64Array, uncertainty: Float64Array, r: Float64Array): Witness {
  let [product, rounded] = [0, 0];
  for (let k = 0; k < b.length; k++) {
    product += r[k]! * b[k]!;
    rounded += Math.abs(r[k]!) * (b.length * F64_UNIT * Math.abs(b[k]!) + uncertainty[k]!);
  }
  const least = Math.max(0, product - rounded);
  const gradient = norm(subspace.applyAdjoint(r));
  const rounding = subspace.adjointRounding(r);
  return { r, leastSolutionNorm: ratio(least, gradient + rounding), isCertain: least > 0 && gradient <= rounding };
}
