import type { Problem } from "../problem/problem.ts";
import { canProveMinimiser, proveMinimiser } from "../float64/minimiser.ts";
import type { HeldBack, Recession } from "../float64/recession.ts";
import type { Optimizer } from "../training/methods/method.ts";
import type { Schedule } from "../training/methods/schedule.ts";
import { inSpells } from "../support/host-spells.ts";
import type { TracePoint } from "../figures/figures.ts";
import type { FoundLimits } from "./find-limits.ts";
import type { LogOdds } from "../solvers/log-odds/status.ts";
import type { MaxMargin } from "../solvers/max-margin/status.ts";
import type { StepSizes } from "./step-sizes.ts";
import type { Supports } from "./theory.ts";
import { giveVerdict, type Verdict } from "./verdict.ts";

/** A run as far as it has come. */
interface RunSoFar {
  readonly trace: readonly TracePoint[];
  /** Default gradient descent with constant steps. */
  readonly optimizer?: Optimizer | undefined;
  readonly schedule?: Schedule | undefined;
  readonly stepSize?: number | undefined;
  /** What the last decoder proves, see {@link minimiserAt}. */
  readonly heldBack?: HeldBack | undefined;
}

/** Whether every word is held back, from the decoder that a run ended at, where the problem is not decided otherwise and not too large. */
export async function minimiserAt(
  problem: Problem,
  { margin }: FoundLimits,
  decoder: Float64Array,
): Promise<HeldBack | undefined> {
  if (margin?.decoder || margin?.recession || supportsOf(problem) === "whole" || !canProveMinimiser(problem))
    return undefined;
  return inSpells(proveMinimiser(problem, decoder));
}

function supportsOf({ tokens, contextCount, vocabularySize }: Problem): Supports {
  if (tokens.length === contextCount * vocabularySize) return "whole";
  return tokens.length === contextCount ? "single" : "mixed";
}

/** What is known of the limits of a problem, and what that says of a run. */
export interface LimitFacts {
  /** What the log-odds solver found; the rank of F is left out where it was not computed. */
  readonly compatibility?: { readonly rank: number | undefined } & Pick<LogOdds, "status" | "residual">;
  readonly margin?: Pick<
    MaxMargin,
    "status" | "norm" | "margin" | "lowerBound" | "upperBound" | "relativeGap" | "angleBoundRadians" | "iterations"
  >;
  /** What step sizes are held against, where that is known. */
  readonly stepSizes?: StepSizes;
  /** Words off the supports that can be left behind, where that is proved of some and not of all. */
  readonly leftBehind?: readonly Places[];
  readonly verdict: Verdict;
}

/** What a record says of the limits of a run, and of the run beside them. */
export function limitFacts(
  problem: Problem,
  { finite, margin, missing, stepSizes }: FoundLimits,
  { trace, optimizer = "gradient-descent", schedule = "constant", stepSize, heldBack }: RunSoFar,
): LimitFacts {
  const leftBehind = margin?.recession?.direction?.isProved ? placesOf(problem, margin.recession) : undefined;
  return {
    ...(finite && {
      compatibility: { status: finite.status, residual: finite.residual, rank: finite.rank.rank },
    }),
    ...(margin && {
      margin: {
        status: margin.status,
        norm: margin.norm,
        margin: margin.margin,
        lowerBound: margin.lowerBound,
        upperBound: margin.upperBound,
        relativeGap: margin.relativeGap,
        angleBoundRadians: margin.angleBoundRadians,
        iterations: margin.iterations,
      },
    }),
    ...(leftBehind && { leftBehind }),
    ...(stepSizes && { stepSizes }),
    verdict: giveVerdict({
      finite,
      probabilityType: problem.probabilityType,
      margin,
      missing,
      supports: supportsOf(problem),
      leftBehind: leftBehind && describePlaces(problem, leftBehind),
      heldBack,
      trace,
      steps: { optimizer, schedule, stepSize, sizes: stepSizes },
    }),
  };
}

/** Words of one context. */
export interface Places {
  readonly context: number;
  readonly words: readonly number[];
}

function placesOf({ contextCount, vocabularySize: V }: Problem, { leftBehind }: Recession): Places[] {
  return Array.from({ length: contextCount }, (_, context) => {
    const row = leftBehind.subarray(context * V, (context + 1) * V);
    return { context, words: [...row.keys()].filter((v) => row[v]) };
  }).filter(({ words }) => words.length > 0);
}

/** Places that are named before the rest is counted. */
const MOST_CONTEXTS = 3;
const MOST_WORDS = 4;

function describePlaces({ words: names, contextLabels }: Problem, places: readonly Places[]): string {
  const count = places.reduce((sum, { words }) => sum + words.length, 0);
  const named = places.slice(0, MOST_CONTEXTS).map(({ context, words }) => {
    const shown = words.slice(0, MOST_WORDS).map((v) => names?.[v] ?? String(v));
    const rest = words.length - shown.length;
    return `in context ${contextLabels?.[context] ?? context} word${words.length === 1 ? "" : "s"} ${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
  });
  const others = places.length - named.length;
  return `${count} word${count === 1 ? "" : "s"}: ${named.join("; ")}${others > 0 ? `; and those in ${others} more contexts` : ""}`;
}
