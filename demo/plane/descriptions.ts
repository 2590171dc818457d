import { plainFigure, wholeNumber, wordLabel } from "../format.ts";
import { bordersOf } from "./borders.ts";
import { MOST_NAMED, shareOf, type PlaneGround } from "./content.ts";
import type { Shown } from "./frame.ts";
import type { Reading } from "./choice.ts";

/** Next words that a read-out names. */
const MOST_NEXT = 6;

/** Four significant digits at most. */
const short = (value: number): string => plainFigure(Number(value.toPrecision(4)));

/** A vector of the plane, or of the line. */
export function vectorText({ projection }: PlaneGround, pairs: ArrayLike<number>, at: number): string {
  const [x, y] = [short(pairs[2 * at]!), short(pairs[2 * at + 1]!)];
  return (projection.dimension === 1 ? x : `(${x}, ${y})`).replaceAll("-", "−");
}

/** Next words with their probabilities, the likeliest first. */
export function nextText({ problem, contexts }: PlaneGround, at: number): string {
  const { next } = contexts[at]!;
  const told = next
    .slice(0, MOST_NEXT)
    .map(({ word, probability }) => `${wordLabel(problem, word)} ${short(probability)}`);
  const more = next.length - told.length;
  return `${told.join(", ")}${more > 0 ? `, and ${wholeNumber(more)} more` : ""}`;
}

/** A context or a word in words. */
export function describe(ground: PlaneGround, shown: Shown, { kind, at }: Reading): string {
  if (kind === "context") {
    const { name, letter } = ground.contexts[at]!;
    const support = ground.hasSharedSupports ? `, support ${letter}` : "";
    return `${name} at ${vectorText(ground, ground.places, at)}${support}; next: ${nextText(ground, at)}`;
  }
  const { name, index } = ground.words[at]!;
  const { decoder, margin } = shown;
  const d = ground.projection.dimension;
  const row = (matrix: Float64Array): Float64Array => matrix.subarray(index * d, (index + 1) * d);
  if (!decoder) return `${name}: W_mm has ${vectorText(ground, margin!.pairs, at)}`;
  const length = Math.hypot(...row(decoder.matrix));
  const parts = [`${name}: w = ${vectorText(ground, decoder.pairs, at)}`, `‖w‖ = ${short(length)}`];
  if (bordersOf(decoder.pairs, at).cone === undefined) parts.push("wins nowhere here");
  if (margin && length > 0) {
    const angle = angleBetween(row(decoder.matrix), row(margin.matrix));
    if (!Number.isNaN(angle)) parts.push(`${angle.toFixed(1)}° from its W_mm vector`);
  }
  return parts.join("; ");
}

/** In degrees; NaN where one of them is zero. */
function angleBetween(a: Float64Array, b: Float64Array): number {
  const [sizeA, sizeB] = [Math.hypot(...a), Math.hypot(...b)];
  // tells small angles apart, which the arc cosine does not
  const apart = Math.hypot(...a.map((x, i) => x / sizeA - b[i]! / sizeB));
  const sum = Math.hypot(...a.map((x, i) => x / sizeA + b[i]! / sizeB));
  return (2 * Math.atan2(apart, sum) * 180) / Math.PI;
}

/** What the picture shows, for people who do not see it. */
export function summary(ground: PlaneGround, shown: Shown, step: number | undefined): string {
  const decoder = shown.decoder ? ` of the decoder${step === undefined ? "" : ` at step ${wholeNumber(step)}`}` : "";
  return `${wholeNumber(ground.contexts.length)} contexts and ${wholeNumber(ground.words.length)} words${decoder} in ${ground.projection.dimension === 1 ? "a line" : "a plane"}`;
}

/** What is left out, projected and scaled. */
export function notes(ground: PlaneGround, shown: Shown, hasDecoder: boolean): string[] {
  const { problem, projection, contexts, words } = ground;
  const sentences = ["A context is a disc of its next words, in their colours."];
  if (projection.of !== "coordinates") {
    const whose = projection.of === "margin" ? "W_mm" : "the contexts";
    const [name, share] = shown.decoder
      ? ["W", shareOf(ground, shown.decoder)]
      : shown.margin
        ? ["W_mm", shareOf(ground, shown.margin)]
        : [];
    const told = share === undefined ? "" : `; ${percent(share)} of ‖${name}‖² lies in them`;
    sentences.push(`Two leading directions of ${whose}, of ${wholeNumber(projection.dimension)}${told}.`);
  }
  if (shown.margin)
    sentences.push(
      shown.decoder && shown.decoder.norm > 0
        ? "Ghosts: directions of W_mm, drawn at ‖W‖/‖W_mm‖."
        : "Ghosts: W_mm, at a scale of its own.",
    );
  if (shown.finite) sentences.push("W* has a scale of its own.");
  if (hasDecoder && !shown.decoder) sentences.push("The decoder is not finite, and is not drawn.");
  const parts: string[] = [];
  if (contexts.length < problem.contextCount)
    parts.push(`the ${contexts.length} heaviest of ${wholeNumber(problem.contextCount)} contexts`);
  if (words.length < problem.vocabularySize)
    parts.push(`the ${words.length} heaviest of ${wholeNumber(problem.vocabularySize)} words`);
  if (parts.length) sentences.push(`Drawn are ${parts.join(" and ")}; borders are those among them.`);
  if (ground.hasSharedSupports && contexts.length <= MOST_NAMED)
    sentences.push("Contexts with the same letter have the same support.");
  return sentences;
}

const percent = (share: number): string => `${(100 * share).toFixed(share > 0.995 || share < 0.1 ? 1 : 0)} %`;
