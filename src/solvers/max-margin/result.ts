import { embeddingNorms, wordMargins, type DualBound } from "../../float64/margin-certificate.ts";
import type { Recession } from "../../float64/recession.ts";
import type { AdapterDescription } from "../../gpu/adapter.ts";
import type { Problem } from "../../problem/problem.ts";
import type { MarginCertificate } from "./certificate.ts";
import { statusOf, type End, type MaxMargin, type Nonseparable, type SupportVector } from "./status.ts";

/** What an ascent adds to its certificate. */
interface Ascended {
  readonly end: End;
  readonly gapTolerance: number;
  readonly iterations: number;
  readonly refinements: number;
  readonly recession: Recession | undefined;
  readonly adapter: AdapterDescription;
}

/** The result of an ascent, from what is certified. */
export function resultOf(
  certificate: MarginCertificate,
  { end, gapTolerance, iterations, refinements, recession, adapter }: Ascended,
): MaxMargin {
  const { problem, bound, found } = certificate;
  if (end === "infeasible-certified")
    return { ...certifiedInfeasible(problem, rayOf(bound), recession, adapter), iterations, refinements };
  const { lowerBound, upperBound, relativeGap } = certificate.bounds;
  const decoder = found?.decoder;
  const norm = decoder ? Math.sqrt(decoder.reduce((sum, w) => sum + w * w, 0)) : Infinity;
  const { dual } = bound;
  return {
    status: statusOf(end, relativeGap, gapTolerance, decoder !== undefined),
    decoder,
    dual,
    norm,
    margin: 1 / norm,
    lowerBound,
    upperBound,
    relativeGap,
    angleBoundRadians: Math.acos(Math.sqrt(1 - relativeGap)),
    supportVectors: decoder ? findSupportVectors(certificate, decoder, upperBound ** 2 - lowerBound ** 2) : [],
    iterations,
    refinements,
    ...(end === "infeasible-below-norm" && { nonseparable: { ...rayOf(bound), normBound: lowerBound } }),
    ...(recession && { recession }),
    adapter,
  };
}

/** The result where it is proved that no decoder separates. */
export function certifiedInfeasible(
  problem: Problem,
  { pair, certificate, rho = 0 }: Pick<Nonseparable, "certificate" | "pair"> & { readonly rho?: number },
  recession: Recession | undefined,
  adapter: AdapterDescription,
): MaxMargin {
  return {
    status: "infeasible-certified",
    decoder: undefined,
    dual: new Float64Array(problem.contextCount * problem.vocabularySize),
    norm: Infinity,
    margin: 0,
    lowerBound: Infinity,
    upperBound: Infinity,
    relativeGap: 1,
    angleBoundRadians: Math.PI / 2,
    supportVectors: [],
    iterations: 0,
    refinements: 0,
    nonseparable: { certificate, rho, normBound: Infinity, ...(pair && { pair }) },
    ...(recession && { recession }),
    adapter,
  };
}

/** β with Σ(−β_off) = 1. */
const rayOf = ({ dual, total, lowerBound }: DualBound): { certificate: Float64Array; rho: number } => ({
  certificate: dual.map((b) => b / total),
  rho: 1 / lowerBound,
});

/** @param twiceGap 2(P − D), which bounds ‖W − W_mm‖² */
function findSupportVectors(
  { problem, mask, bound: { dual } }: MarginCertificate,
  decoder: Float64Array,
  twiceGap: number,
): SupportVector[] {
  const { contextCount, vocabularySize: V, offsets } = problem;
  const margins = wordMargins(problem, mask, decoder);
  const lengths = embeddingNorms(problem);
  const found: SupportVector[] = [];
  for (let j = 0; j < contextCount; j++) {
    const supportSize = offsets[j + 1]! - offsets[j]!;
    const tolerance = Math.sqrt(Math.max(twiceGap, 0) * (1 + 1 / supportSize)) * lengths[j]!;
    for (let v = 0; v < V; v++) {
      const i = j * V + v;
      if (!mask[i] && margins[i]! <= 1 + tolerance)
        found.push({ context: j, word: v, margin: margins[i]!, multiplier: Math.abs(dual[i]!) });
    }
  }
  return found;
}
