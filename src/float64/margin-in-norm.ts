import { ShapeError } from "../errors.ts";
import type { Problem } from "../problem/problem.ts";
import { finished } from "../support/host-spells.ts";
import { requireOneOf } from "../support/options.ts";
import { DECODER_NORMS, decoderNormBound, largestEntry, type DecoderNorm } from "./decoder-norms.ts";
import { contextLogits, supportMask } from "./margin-certificate.ts";

/**
 * The margin of a decoder in a norm, in float64: the least lead of a word that follows a context over one that does not, over ‖W‖. Its
 * supremum over decoders whose in-support logits are equal is what `marginInNorm` finds; below zero where a word off a support leads.
 * @param decoder V × d, row-major
 * @returns NaN for a decoder of zeros or of numbers that are not finite, and where every word follows every context
 * @throws OptionError for a norm that there is not; ShapeError for a decoder that is not V × d
 */
export function marginOf(problem: Problem, decoder: ArrayLike<number>, norm: DecoderNorm): number {
  requireOneOf("norm", norm, DECODER_NORMS);
  const { vocabularySize: rows, embeddingDim: columns } = problem;
  if (decoder.length !== rows * columns)
    throw new ShapeError(`decoder: expected ${rows} × ${columns} = ${rows * columns} values, found ${decoder.length}`);
  const largest = largestEntry(decoder);
  if (!(largest > 0 && largest < Infinity)) return NaN;
  // squares of its entries neither overflow nor vanish
  const values = Float64Array.from(decoder, (w) => w / largest);
  const lead = smallestLead(problem, supportMask(problem), contextLogits(problem, values));
  return lead === Infinity ? NaN : lead / finished(decoderNormBound(norm, { values, rows, columns }));
}

/** Bounds on the least norm of a decoder of margin 1, whose reciprocal is the best margin in that norm. */
export interface NormBounds {
  readonly lowerBound: number;
  readonly upperBound: number;
}

/**
 * A margin over the best one in its norm, and how far it can be off because that is only known to its certificate. The best is that of
 * decoders with equal in-support logits: one whose logits differ there, as early in a run, can have more, and a value above 1.
 */
export interface RelativeMargin {
  readonly value: number;
  readonly error: number;
}

/** @param margin of a decoder, see {@link marginOf} */
export function relativeMargin(margin: number, { lowerBound, upperBound }: NormBounds): RelativeMargin {
  return {
    value: (margin * (lowerBound + upperBound)) / 2,
    error: (Math.abs(margin) * (upperBound - lowerBound)) / 2,
  };
}

/**
 * The least difference of a logit in a support and one off it; Infinity where every word follows every context.
 * @param supports 1 in them, m × V
 * @param logits m × V
 */
export function smallestLead(
  { contextCount, vocabularySize: V }: Problem,
  supports: Uint8Array,
  logits: Float64Array,
): number {
  let smallest = Infinity;
  for (let j = 0; j < contextCount; j++) {
    let [lowestIn, highestOff] = [Infinity, -Infinity];
    for (let i = j * V; i < (j + 1) * V; i++)
      if (supports[i]) lowestIn = Math.min(lowestIn, logits[i]!);
      else highestOff = Math.max(highestOff, logits[i]!);
    smallest = Math.min(smallest, lowestIn - highestOff);
  }
  return smallest;
}
