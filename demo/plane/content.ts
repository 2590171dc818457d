import { distinctSupports, type Problem } from "../../src/index.ts";
import { contextLabel, wordLabel } from "../format.ts";
import { coordinates, leadingPlane, project, square, type Projection } from "./projection.ts";

/** What the plane of a decoder on fixed embeddings is drawn from; matrices row by row. */
export interface DecoderPicture {
  readonly problem: Problem;
  /** W at the step that is shown, V × d. */
  readonly decoder: Float64Array | undefined;
  /** W*, V × d. */
  readonly finite: Float64Array | undefined;
  /** W_mm, V × d. */
  readonly margin: Float64Array | undefined;
  readonly step: number | undefined;
}

/** A context that is drawn. */
interface DrawnContext {
  readonly index: number;
  /** As the read-out and the picture call it. */
  readonly name: string;
  readonly label: string;
  /** √(π_j / max π). */
  readonly size: number;
  /** Of its support, the same for all contexts that have it. */
  readonly letter: string;
  /** Next words and their probabilities, the likeliest first. */
  readonly next: readonly { readonly word: number; readonly probability: number }[];
}

interface DrawnWord {
  readonly index: number;
  readonly name: string;
  readonly label: string;
  /** A custom property of the style sheet. */
  readonly color: string;
}

/** What of a problem is drawn: everything, or the heaviest contexts and words. */
export interface PlaneCast {
  readonly problem: Problem;
  readonly contexts: readonly DrawnContext[];
  readonly words: readonly DrawnWord[];
  /** Whether contexts with equal supports exist, whose letters are worth showing. */
  readonly hasSharedSupports: boolean;
}

/** What of a problem is drawn, and the plane it is drawn in. */
export interface PlaneGround extends PlaneCast {
  readonly projection: Projection;
  /** h_j of the contexts that are drawn, as pairs in the plane. */
  readonly places: Float64Array;
  /** Of trained embeddings: all of H, m × d. */
  readonly embeddings?: Float64Array;
  /** And of each context that is drawn how far, in degrees, the farthest is that is drawn and has its support; NaN where none has. */
  readonly apart?: readonly number[];
}

/** Words that are drawn. */
export interface Vectors {
  /** Pairs in the plane, beside the words that are drawn. */
  readonly pairs: Float64Array;
  /** ‖W‖ of the whole matrix. */
  readonly norm: number;
  /** Of the longest pair. */
  readonly longest: number;
}

/** Those of a decoder that is known, not only its place in the plane. */
export interface WholeVectors extends Vectors {
  readonly matrix: Float64Array;
}

const MOST_CONTEXTS = 60;
const MOST_WORDS = 30;
/** Contexts that are few enough for all their names, and for a label each. */
const MOST_NAMED = 16;
const MOST_LABELLED = 24;
const MOST_LETTERS = 14;
/** By word, over and over. */
const WORD_COLORS = [1, 2, 3, 4].map((n) => `--line-${n}`).concat("--plane-5", "--plane-6");

/** Fixed embeddings: in the coordinates themselves, or in the two leading directions of W_mm, or of the contexts where that is not known. */
export function groundOf(problem: Problem, margin: Float64Array | undefined): PlaneGround {
  const { embeddingDim: d, embeddings } = problem;
  const cast = castOf(problem);
  const rows = rowsOf(embeddings, d, cast.contexts);
  const projection = d <= 2 ? coordinates(d) : leadingPlane(margin ?? rows, d, margin ? "margin" : "contexts");
  return { ...cast, projection, places: project(projection, rows) };
}

/** Chooses what is drawn. */
export function castOf(problem: Problem): PlaneCast {
  const { contextCount: m, vocabularySize: V, weights } = problem;
  const { offsets, tokens, probabilities } = problem;
  const masses = new Float64Array(V);
  for (let j = 0; j < m; j++)
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) masses[tokens[k]!]! += weights[j]! * probabilities[k]!;
  const chosen = heaviest(weights, MOST_CONTEXTS);
  const heaviestWeight = weights[chosen.reduce((most, j) => (weights[j]! > weights[most]! ? j : most), chosen[0]!)]!;
  const supports = distinctSupports(problem);
  return {
    ...{ problem, hasSharedSupports: supports.count < m },
    contexts: chosen.map((index) => ({
      index,
      name: contextLabel(problem, index),
      label: shortened(contextLabel(problem, index), `context ${index}`, "h", index),
      size: Math.sqrt(weights[index]! / heaviestWeight),
      letter: letterOf(supports.ofContext[index]!),
      next: Array.from({ length: offsets[index + 1]! - offsets[index]! }, (_, k) => ({
        word: tokens[offsets[index]! + k]!,
        probability: probabilities[offsets[index]! + k]!,
      })).sort((a, b) => b.probability - a.probability || a.word - b.word),
    })),
    words: heaviest(masses, MOST_WORDS).map((index, k) => ({
      index,
      name: wordLabel(problem, index),
      label: shortened(problem.words?.[index] ?? `word ${index}`, `word ${index}`, "w", index),
      color: WORD_COLORS[k % WORD_COLORS.length]!,
    })),
  };
}

/** The vectors of a decoder that are drawn; undefined where there is none, or one that is not finite. */
export function vectorsOf(
  { projection, words }: PlaneGround,
  matrix: Float64Array | undefined,
): WholeVectors | undefined {
  const norm = matrix && Math.sqrt(square(matrix));
  if (!matrix || !Number.isFinite(norm)) return undefined;
  const pairs = project(projection, rowsOf(matrix, projection.dimension, words));
  return { matrix, pairs, norm: norm!, longest: longestOf(pairs) };
}

/** Of a matrix with rows of d values, those of what is drawn. */
export function rowsOf(
  matrix: Problem["embeddings"],
  d: number,
  drawn: readonly { readonly index: number }[],
): Float64Array {
  return Float64Array.from(drawn.flatMap(({ index }) => [...matrix.subarray(index * d, (index + 1) * d)]));
}

/**
 * What is written beside a context; undefined where that is nothing. Many contexts have the letters of their supports alone, and more have
 * one letter for each support.
 */
export function textBeside({ contexts, hasSharedSupports }: PlaneCast, at: number): string | undefined {
  const { label, letter } = contexts[at]!;
  if (contexts.length <= MOST_NAMED || (contexts.length <= MOST_LABELLED && !hasSharedSupports))
    return hasSharedSupports ? `${label} ${letter}` : label;
  if (!hasSharedSupports) return undefined;
  return contexts.length <= MOST_LABELLED || isFirstOfSupport(contexts, at) ? letter : undefined;
}

/** Whether no context before it that is drawn has its support. */
export const isFirstOfSupport = (contexts: PlaneCast["contexts"], at: number): boolean =>
  contexts.findIndex(({ letter }) => letter === contexts[at]!.letter) === at;

/** Of the longest of some pairs. */
export function longestOf(pairs: Float64Array): number {
  let longest = 0;
  for (let i = 0; i < pairs.length; i += 2) longest = Math.max(longest, Math.hypot(pairs[i]!, pairs[i + 1]!));
  return longest;
}

/** In degrees; NaN where one of them is zero. */
export function angleBetween(a: Float64Array, b: Float64Array): number {
  const [sizeA, sizeB] = [Math.hypot(...a), Math.hypot(...b)];
  // tells small angles apart, which the arc cosine does not
  const apart = Math.hypot(...a.map((x, i) => x / sizeA - b[i]! / sizeB));
  const sum = Math.hypot(...a.map((x, i) => x / sizeA + b[i]! / sizeB));
  return (2 * Math.atan2(apart, sum) * 180) / Math.PI;
}

/** The indices of the heaviest, ascending; of equal ones the first. */
function heaviest(weights: ArrayLike<number>, most: number): number[] {
  const all = Array.from({ length: weights.length }, (_, i) => i);
  if (all.length <= most) return all;
  return all
    .sort((a, b) => weights[b]! - weights[a]! || a - b)
    .slice(0, most)
    .sort((a, b) => a - b);
}

/** A, B, … Z, and numbers from there on. */
const letterOf = (support: number): string => (support < 26 ? String.fromCharCode(65 + support) : String(support + 1));

/** A name that fits beside a point: what has none of its own is h₀ or w₀. */
function shortened(name: string, unnamed: string, letter: string, index: number): string {
  if (name === unnamed) return letter + String(index).replace(/\d/g, (digit) => String.fromCharCode(0x2080 + +digit));
  const letters = [...name];
  return letters.length > MOST_LETTERS ? `${letters.slice(0, MOST_LETTERS - 1).join("")}…` : name;
}
