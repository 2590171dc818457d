import { findConflict } from "../../float64/conflicting-contexts.ts";
import { canDecide, findRecession } from "../../float64/recession.ts";
import { HOST } from "../../gpu/adapter.ts";
import type { Problem } from "../../problem/problem.ts";
import { inSpells } from "../../support/host-spells.ts";
import { MarginCertificate } from "./certificate.ts";
import { certifiedInfeasible, resultOf } from "./result.ts";
import { settingsOf } from "./settings.ts";
import type { MaxMargin } from "./status.ts";

/**
 * W_mm as `maxMargin` finds it, by the host alone: the dual active set method in float64 with the same certificate. Undefined for a
 * problem that is too large for that (see {@link canDecide}), where it does not end, and after an abort.
 * @throws ProblemError when every context is followed by every word
 */
export async function maxMarginInFloat64(problem: Problem, signal?: AbortSignal): Promise<MaxMargin | undefined> {
  const { gapTolerance } = settingsOf(problem, {});
  const recession = canDecide(problem) ? await inSpells(findRecession(problem), signal) : undefined;
  const conflict = findConflict(problem);
  if (conflict) return certifiedInfeasible(problem, conflict, recession, HOST);
  if (!recession) return undefined;
  const certificate = new MarginCertificate(problem);
  return resultOf(certificate, {
    end: certificate.conclude(recession),
    ...{ gapTolerance, iterations: 0, refinements: 0, adapter: HOST },
    recession: recession.margin ? undefined : recession,
  });
}
