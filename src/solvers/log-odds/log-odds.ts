import { DataSubspace } from "../../float64/data-subspace.ts";
import { SupportSpan } from "../../float64/support-span.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { Problem } from "../../problem/problem.ts";
import { inSpells } from "../../support/host-spells.ts";
import { candidates, statementOf } from "./certificate.ts";
import { solveLeastSquares } from "./least-squares.ts";
import { requireLogOddsOptions, type LogOddsOptions } from "./settings.ts";
import type { LogOdds } from "./status.ts";
import { subspaceRank } from "./subspace-rank.ts";

/**
 * The finite part of what gradient descent tends to (Thrampoulidis 2024, section 3): W* = the solution of least norm of
 * A(W) = (C_j log p_j)_j, that is of ⟨e_z − e_z′, W h_j⟩ = log(p_jz / p_jz′) for all words z, z′ of a support S_j. Found by LSQR on the
 * GPU in float32 with iterative refinement in float64; never does an array have m × V entries. Small problems are solved in float64
 * besides, which tells how far the decoder can be from W*.
 * @throws OptionError for an option that does not exist.
 */
export async function logOdds(gpu: Gpu, problem: Problem, options: LogOddsOptions = {}): Promise<LogOdds> {
  requireLogOddsOptions(options);
  const { signal } = options;
  const rank = (await inSpells(subspaceRank(problem), signal)) ?? { status: "not computed" };
  const subspace = new DataSubspace(problem);
  const b = subspace.logOdds();
  const solved = await solveLeastSquares(gpu, subspace, b, options);
  // what the GPU has found is worth more than nothing, where the time for the span is over
  const span = SupportSpan.isFor(problem) ? await inSpells(SupportSpan.of(problem), signal) : undefined;
  const { isCancelled, iterations, refinements } = solved;
  const found = span ? candidates(span, subspace, b, solved) : [solved];
  const stated = statementOf(subspace, b, found, span, isCancelled);
  return { ...stated, rank, iterations, refinements, adapter: gpu.adapter };
}
