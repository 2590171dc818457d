import {
  DECODER_NORMS,
  marginOf,
  METHODS,
  NORM_THEOREM,
  relativeMargin,
  whichIsAhead,
  type DecoderNorm,
  type NormBounds,
  type Optimizer,
  type Problem,
  type RelativeMargins,
} from "../../src/index.ts";
import { wholeNumber } from "../format.ts";

/** A recorded step; only those whose decoder was kept have margins. */
export interface DecoderStep {
  readonly step: number;
  readonly decoder?: Float64Array;
}

export type BestInEach = Readonly<Record<DecoderNorm, NormBounds>>;

/** A step with its margins over the best there are. */
export interface MarginsAtStep {
  readonly step: number;
  readonly margins: RelativeMargins;
}

export const NORM_NAMES: Readonly<Record<DecoderNorm, string>> = {
  frobenius: "Frobenius norm",
  max: "max norm",
  spectral: "spectral norm",
};

/** More than this part of a margin is said. */
const LARGE_ERROR = 0.01;

const measured = new WeakMap<Float64Array, Readonly<Record<DecoderNorm, number>>>();

/** Of a decoder that does not change, once. */
function marginsOf(problem: Problem, decoder: Float64Array): Readonly<Record<DecoderNorm, number>> {
  const margins =
    measured.get(decoder) ??
    (Object.fromEntries(DECODER_NORMS.map((norm) => [norm, marginOf(problem, decoder, norm)])) as Record<
      DecoderNorm,
      number
    >);
  measured.set(decoder, margins);
  return margins;
}

/** Whether there are bounds to hold a margin against. */
const isKnown = ({ lowerBound, upperBound }: NormBounds): boolean => lowerBound > 0 && upperBound < Infinity;

/** The margins of the decoders that were kept over the best in each norm; NaN where the best is not known. */
export function marginsOverBest(problem: Problem, best: BestInEach, steps: readonly DecoderStep[]): MarginsAtStep[] {
  return steps.flatMap(({ step, decoder }) => {
    if (!decoder) return [];
    const margins = marginsOf(problem, decoder);
    const over = (norm: DecoderNorm): RelativeMargins[DecoderNorm] =>
      isKnown(best[norm]) ? relativeMargin(margins[norm], best[norm]) : { value: NaN, error: NaN };
    return [{ step, margins: { frobenius: over("frobenius"), max: over("max"), spectral: over("spectral") } }];
  });
}

/** What is to be said of the best margins themselves, a sentence each. */
export function bestNotes(best: BestInEach): string[] {
  return DECODER_NORMS.flatMap((norm) => {
    const { lowerBound, upperBound } = best[norm];
    if (!isKnown(best[norm]))
      return [`No decoder that separates is known, so there is no best margin in the ${NORM_NAMES[norm]}.`];
    const error = (upperBound - lowerBound) / (upperBound + lowerBound);
    return error > LARGE_ERROR
      ? [`The best margin in the ${NORM_NAMES[norm]} is known to ${(100 * error).toPrecision(2)} % only.`]
      : [];
  });
}

/** Why a margin is above the best, where one is. */
export const aboveBestNote = (steps: readonly MarginsAtStep[]): string =>
  steps.some(({ margins }) => DECODER_NORMS.some((norm) => margins[norm].value - margins[norm].error > 1))
    ? "Above 1: the best is that of decoders with equal in-support logits, which those of a run need not be."
    : "";

/** In which norm a run is ahead, in a sentence, and what is known of that. */
export function aheadSentences(problem: Problem, optimizer: Optimizer, last: MarginsAtStep): string {
  const { margins, step } = last;
  const { norm: own } = METHODS[optimizer];
  const shares = DECODER_NORMS.map((norm) => `${margins[norm].value.toFixed(3)} in the ${NORM_NAMES[norm]}`);
  const found = `At step ${wholeNumber(step)} the run has, of the best margin, ${shares[0]!}, ${shares[1]!} and ${shares[2]!}`;
  const isOneHot = problem.tokens.length === problem.contextCount;
  const claim = isOneHot ? "So it is here." : "Here some have several, and nothing is claimed of them.";
  return `${found}: ${aheadWords(own, margins)}. ${NORM_THEOREM} ${claim}`;
}

function aheadWords(own: DecoderNorm, margins: RelativeMargins): string {
  const ahead = DECODER_NORMS.find((norm) => whichIsAhead(norm, margins) === "own norm ahead");
  if (ahead === own) return `it is ahead in the ${NORM_NAMES[own]}, which is its own`;
  if (ahead) return `it is ahead in the ${NORM_NAMES[ahead]}, while its own is the ${NORM_NAMES[own]}`;
  if (DECODER_NORMS.some((norm) => margins[norm].value <= 0))
    return "it does not separate yet, as some word that never follows leads";
  return `in which it is ahead cannot be told; its own is the ${NORM_NAMES[own]}`;
}
