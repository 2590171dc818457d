import { plainFigure, wholeNumber, wordLabel } from "../format.ts";
import { bordersOf } from "./borders.ts";
import { angleBetween, type PlaneGround } from "./content.ts";
import { shareInPlane } from "./projection.ts";
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

/** The letter of a context's support, and of trained ones how near those are that have the same. */
export function supportText({ contexts, apart = [] }: PlaneGround, at: number): string {
  const { letter } = contexts[at]!;
  const angle = apart[at] ?? NaN;
  return Number.isNaN(angle) ? letter : `${letter}, within ${degreesAtMost(angle)} of the others that have it`;
}

const degrees = (angle: number): string => `${angle.toFixed(1)}°`;

/** Rounded upwards. */
const degreesAtMost = (angle: number): string => degrees(Math.ceil(10 * angle) / 10);

/** A context or a word in words. */
export function describe(ground: PlaneGround, shown: Shown, { kind, at }: Reading): string {
  if (kind === "context") {
    const support = ground.hasSharedSupports ? `, support ${supportText(ground, at)}` : "";
    return `${ground.contexts[at]!.name} at ${vectorText(ground, ground.places, at)}${support}; next: ${nextText(ground, at)}`;
  }
  const { name, index } = ground.words[at]!;
  const { decoder, margin } = shown;
  const d = ground.projection.dimension;
  const row = (matrix: Float64Array): Float64Array => matrix.subarray(index * d, (index + 1) * d);
  if (!decoder) return `${name}: W_mm has ${vectorText(ground, margin!.pairs, at)}`;
  const length = Math.hypot(...row(decoder.matrix));
  const parts = [`${name}: w = ${vectorText(ground, decoder.pairs, at)}`, `‖w‖ = ${short(length)}`];
  if (bordersOf(decoder.pairs, at).cone === undefined) parts.push("wins nowhere here");
  if (margin && "matrix" in margin && length > 0) {
    const angle = angleBetween(row(decoder.matrix), row(margin.matrix));
    if (!Number.isNaN(angle)) parts.push(`${degrees(angle)} from its W_mm vector`);
  }
  return parts.join("; ");
}

/** What the picture shows, for people who do not see it. */
export function summary(ground: PlaneGround, shown: Shown, step: number | undefined): string {
  const whose = ground.projection.of === "supports" ? "trained embeddings" : "the decoder";
  const decoder = shown.decoder ? ` of ${whose}${step === undefined ? "" : ` at step ${wholeNumber(step)}`}` : "";
  return `${wholeNumber(ground.contexts.length)} contexts and ${wholeNumber(ground.words.length)} words${decoder} in ${ground.projection.dimension === 1 ? "a line" : "a plane"}`;
}

/** What is left out, projected and scaled. */
export function notes(ground: PlaneGround, shown: Shown, hasDecoder: boolean): string[] {
  const { projection } = ground;
  const disc = "A context is a disc of its next words, in their colours.";
  const told = (name: string, matrix: Float64Array): string =>
    `${percent(shareInPlane(projection, matrix))} of ‖${name}‖²`;
  if (projection.of === "supports") return [...trainedNotes(ground, shown, told), disc, ...leftOut(ground)];
  const sentences = [disc];
  if (projection.of !== "coordinates") {
    const whose = projection.of === "margin" ? "W_mm" : "the contexts";
    const { decoder, margin } = shown;
    const known = decoder ?? (margin && "matrix" in margin ? margin : undefined);
    const share = known ? `; ${told(decoder ? "W" : "W_mm", known.matrix)} lies in them` : "";
    sentences.push(`Two leading directions of ${whose}, of ${wholeNumber(projection.dimension)}${share}.`);
  }
  if (shown.margin)
    sentences.push(
      shown.decoder && shown.decoder.norm > 0
        ? "Ghosts: directions of W_mm, drawn at ‖W‖/‖W_mm‖."
        : "Ghosts: W_mm, at a scale of its own.",
    );
  if (shown.finite) sentences.push("W* has a scale of its own.");
  if (hasDecoder && !shown.decoder) sentences.push("The decoder is not finite, and is not drawn.");
  sentences.push(...leftOut(ground));
  if (ground.hasSharedSupports) sentences.push("Contexts with the same letter have the same support.");
  return sentences;
}

/** Of trained embeddings. */
function trainedNotes(
  { projection, embeddings, apart = [] }: PlaneGround,
  { decoder, margin }: Shown,
  told: (name: string, matrix: Float64Array) => string,
): string[] {
  if (!decoder || !embeddings) return ["No step has been kept yet."];
  const angles = apart.filter((angle) => !Number.isNaN(angle));
  const share = `of ${wholeNumber(projection.dimension)} dimensions, they hold ${told("W", decoder.matrix)} and ${told("H", embeddings)}`;
  return [
    ...(angles.length
      ? [
          `Contexts with the same letter have the same support: they are within ${degreesAtMost(Math.max(...angles))} of each other.`,
        ]
      : []),
    `The axes are the directions in which W has the two leading patterns of S̃, the supports that are drawn${projection.dimension > 2 ? `; ${share}` : ""}.`,
    "Contexts and words have scales of their own.",
    ...(margin ? ["Ghosts and rings: where L_mm has words and contexts, drawn at ‖W‖ and ‖H‖."] : []),
  ];
}

function leftOut({ problem, contexts, words }: PlaneGround): string[] {
  const parts: string[] = [];
  if (contexts.length < problem.contextCount)
    parts.push(`the ${contexts.length} heaviest of ${wholeNumber(problem.contextCount)} contexts`);
  if (words.length < problem.vocabularySize)
    parts.push(`the ${words.length} heaviest of ${wholeNumber(problem.vocabularySize)} words`);
  return parts.length ? [`Drawn are ${parts.join(" and ")}; borders are those among them.`] : [];
}

const percent = (share: number): string => `${(100 * share).toFixed(share > 0.995 || share < 0.1 ? 1 : 0)} %`;
