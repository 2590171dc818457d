import { DataSubspace } from "../../float64/data-subspace.ts";
import { SupportSpan } from "../../float64/support-span.ts";
import { HOST } from "../../gpu/adapter.ts";
import type { Problem } from "../../problem/problem.ts";
import { inSpells } from "../../support/host-spells.ts";
import { candidates, statementOf } from "./certificate.ts";
import type { LogOdds } from "./status.ts";
import { subspaceRank } from "./subspace-rank.ts";

/**
 * W* as `logOdds` finds it, by the host alone: in an orthonormal basis of F, in float64. Undefined for a problem that is too large for
 * that (see {@link SupportSpan.isFor}), and after an abort.
 */
export async function logOddsInFloat64(problem: Problem, signal?: AbortSignal): Promise<LogOdds | undefined> {
  if (!SupportSpan.isFor(problem)) return undefined;
  const rank = await inSpells(subspaceRank(problem), signal);
  const span = await inSpells(SupportSpan.of(problem), signal);
  if (!rank || !span) return undefined;
  const subspace = new DataSubspace(problem);
  const b = subspace.logOdds();
  const stated = statementOf(subspace, b, candidates(span, subspace, b), span);
  return { ...stated, rank, iterations: 0, refinements: 0, adapter: HOST };
}
