import type { AdapterDescription, Gpu } from "../../gpu/device.ts";
import { OptionError } from "../../errors.ts";
import type { LongWork } from "../../support/long-work.ts";
import { requireKnownOptions } from "../../support/options.ts";
import { inSpells } from "../../support/host-spells.ts";
import type { Problem } from "../../problem/problem.ts";
import { DataSubspace, F64_UNIT } from "../../float64/data-subspace.ts";
import { difference, norm } from "../../float64/vectors.ts";
import { SupportSpan } from "../../float64/support-span.ts";
import { solveLeastSquares, type LeastSquares, type SolveProgress } from "./least-squares.ts";
import { subspaceRank, type SubspaceRank } from "./subspace-rank.ts";

export type LogOddsOptions = LongWork<SolveProgress>;

/**
 * Whether A(W) = (C_j log p_j)_j has a solution, as float64 arithmetic tells:
 * `"compatible"`: b − A(W) cannot be told from zero: what of it exceeds, entry by entry, that which rounding the probabilities
 * makes of b has a norm within the bound of its own rounding error, where that is at most 1e-8 ‖b‖;
 * or the problem is small and its equations are independent, so that any b can be met;
 * `"incompatible"`: `certificate` r has ⟨r, b⟩ > 0 by more than rounding, and ‖Aᵀr‖ cannot be told from zero; where the problem is small,
 * exact arithmetic has the rank that float64 found;
 * `"undecided"`: neither. The problem is large and A too ill-conditioned for float32 inner solves, from condition numbers of about 1e4
 * on (embeddings of uneven norm do not count towards it), or its equations depend on each other up to rounding only. `decoder` is
 * the best that was found;
 * `"cancelled"`: as asked, with the best decoder so far.
 */
export type LogOddsStatus = "compatible" | "incompatible" | "undecided" | "cancelled";

/** The log-odds solution of a problem; b stands for (C_j log p_j)_j, Σ|S_j| entries. */
export interface LogOdds {
  /** W*, V × d: the decoder in F whose logits differ on every support as log p does; the least-squares one of least norm where there is none. */
  readonly decoder: Float64Array;
  /** ‖W − W*‖ is at most this, as the smallest singular value of A proves; left out where that is not known, or there is no W*. */
  readonly decoderError?: number;
  readonly status: LogOddsStatus;
  /** ‖b − A(W)‖ / ‖b‖ in float64; 0 where b = 0, as when every support has one word. */
  readonly residual: number;
  /** ‖Aᵀr‖ / (‖A‖ ‖r‖) in float64 with the Frobenius norm of A; 0 where r = 0. Of no meaning where r itself is rounding. */
  readonly normalResidual: number;
  /** Where incompatible: r, Σ|S_j| entries beside `tokens`, as a rule b − A(W). Aᵀr = 0 and ⟨r, b⟩ > 0 exclude any solution, for ⟨r, A(W)⟩ = ⟨Aᵀr, W⟩. */
  readonly certificate?: Float64Array;
  /** Every decoder with A(W) = b has at least this norm: ⟨r, b⟩ / ‖Aᵀr‖, both with their rounding on the unsafe side. At least 0. */
  readonly leastSolutionNorm: number;
  /** Dimension of F. */
  readonly rank: SubspaceRank;
  /** Passes of LSQR on the GPU. */
  readonly iterations: number;
  /** Corrections computed on the GPU and added in float64. */
  readonly refinements: number;
  readonly adapter: AdapterDescription;
}

/** A decoder split at F: W = inSpan + offSpan, the two orthogonal. */
export interface Projection {
  /** `"cancelled"`: `inSpan` is the best so far, and not all of the rest is off F. */
  readonly status: "done" | "cancelled";
  /** P_F(W), V × d. */
  readonly inSpan: Float64Array;
  /** W − P_F(W), V × d. */
  readonly offSpan: Float64Array;
  /** ‖A(W) − A(P_F(W))‖ / ‖A(W)‖ in float64; 0 where A(W) = 0. */
  readonly residual: number;
  readonly adapter: AdapterDescription;
}

/** A rounding bound above this part of ‖b‖ says nothing about the system. */
const LARGEST_RESIDUAL = 1e-8;

const OPTION_NAMES: readonly (keyof LogOddsOptions)[] = ["signal", "onProgress"];

/**
 * The finite part of what gradient descent tends to (Thrampoulidis 2024, section 3): W* = the solution of least norm of
 * A(W) = (C_j log p_j)_j, that is of ⟨e_z − e_z′, W h_j⟩ = log(p_jz / p_jz′) for all words z, z′ of a support S_j. Found by LSQR on the
 * GPU in float32 with iterative refinement in float64; never does an array have m × V entries. Small problems are solved in float64
 * besides, see {@link SupportSpan}, which tells how far the decoder can be from W*.
 * @throws OptionError for an option that does not exist.
 */
export async function logOdds(gpu: Gpu, problem: Problem, options: LogOddsOptions = {}): Promise<LogOdds> {
  requireKnownOptions(options, OPTION_NAMES);
  const { signal } = options;
  const rank = (await inSpells(subspaceRank(problem), signal)) ?? { status: "not computed" };
  const subspace = new DataSubspace(problem);
  const b = subspace.logOdds();
  const solved = await solveLeastSquares(gpu, subspace, b, options);
  // what the GPU has found is worth more than nothing, where the time for the span is over
  const span = SupportSpan.isFor(problem) ? await inSpells(SupportSpan.of(problem), signal) : undefined;
  const judged = judge(subspace, b, span ? candidates(span, subspace, b, solved) : [solved], span);
  const { decoder, remainder, missing, witness, leastSolutionNorm } = judged;
  const status = solved.isCancelled ? "cancelled" : judged.status;
  const error = status === "compatible" ? span?.errorOf(decoder, b) : undefined;
  return {
    decoder,
    ...(error !== undefined && error < Infinity && { decoderError: error }),
    status,
    residual: ratio(norm(missing), norm(b)),
    normalResidual: ratio(norm(subspace.applyAdjoint(remainder)), subspace.operatorNorm * norm(remainder)),
    ...(status === "incompatible" && { certificate: witness }),
    leastSolutionNorm,
    rank,
    iterations: solved.iterations,
    refinements: solved.refinements,
    adapter: gpu.adapter,
  };
}

type Candidate = Pick<LeastSquares, "decoder" | "remainder"> & Partial<Pick<LeastSquares, "witness">>;

/** What the GPU found, and what float64 finds in a basis of F: the solution of as many equations as are independent, and the least squares. */
function candidates(
  span: SupportSpan,
  subspace: DataSubspace,
  b: Float64Array,
  solved: LeastSquares,
): readonly Candidate[] {
  const direct = span.solve(b).decoder;
  const both = [solved, { decoder: direct, remainder: difference(b, subspace.apply(direct)) }];
  both.sort((one, other) => span.errorOf(one.decoder, b) - span.errorOf(other.decoder, b));
  return span.isOnto ? both : [...both, span.leastSquares(subspace, b)];
}

interface Judgement extends Pick<LogOdds, "decoder" | "status" | "leastSolutionNorm"> {
  readonly remainder: Float64Array;
  readonly missing: Float64Array;
  readonly witness: Float64Array;
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

/**
 * The orthogonal projection P_F of a decoder on the data subspace, as the solution X of least norm of A(X) = A(W), and the
 * rest, which changes no difference of logits within a support.
 * @param decoder V × d, row-major.
 * @throws OptionError when the decoder has another size or holds a number that is not finite, or for an option that does not
 * exist.
 */
export async function project(
  gpu: Gpu,
  problem: Problem,
  decoder: ArrayLike<number>,
  options: LogOddsOptions = {},
): Promise<Projection> {
  requireKnownOptions(options, OPTION_NAMES);
  const whole = copyDecoder(problem, decoder);
  const subspace = new DataSubspace(problem);
  const image = subspace.apply(whole);
  const solved = await solveLeastSquares(gpu, subspace, image, options);
  const inSpan = solved.decoder;
  return {
    status: solved.isCancelled ? "cancelled" : "done",
    inSpan,
    offSpan: difference(whole, inSpan),
    residual: ratio(norm(difference(image, subspace.apply(inSpan))), norm(image)),
    adapter: gpu.adapter,
  };
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

/** a / b, and 0 where a is 0. */
const ratio = (a: number, b: number): number => (a === 0 ? 0 : a / b);

function copyDecoder({ vocabularySize, embeddingDim }: Problem, decoder: ArrayLike<number>): Float64Array {
  const expected = vocabularySize * embeddingDim;
  if (decoder.length !== expected)
    throw new OptionError(
      "decoder",
      `expected ${vocabularySize} × ${embeddingDim} = ${expected} values, found ${decoder.length}`,
    );
  const copy = Float64Array.from(decoder);
  const bad = copy.findIndex((w) => !Number.isFinite(w));
  if (bad >= 0)
    throw new OptionError(
      "decoder",
      `expected finite numbers, found ${copy[bad]} at row ${Math.floor(bad / embeddingDim)}, column ${bad % embeddingDim}`,
    );
  return copy;
}
