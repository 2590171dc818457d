import { distinctSupports, type Problem } from "../../src/index.ts";
import { contextLabel, wordLabel } from "../format.ts";
import { coordinates, leadingPlane, project, shareInPlane, square, type Projection } from "./projection.ts";

/** What the plane is drawn from; matrices row by row. */
export interface PlanePicture {
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

/** What of a problem is drawn, and the plane it is drawn in. */
export interface PlaneGround {
  readonly problem: Problem;
  readonly projection: Projection;
  readonly contexts: readonly DrawnContext[];
  readonly words: readonly DrawnWord[];
  /** h_j of the contexts that are drawn, as pairs in the plane. */
  readonly places: Float64Array;
  /** Whether contexts with equal supports exist, whose letters are worth showing. */
  readonly hasSharedSupports: boolean;
}

/** The rows of a decoder that are drawn. */
export interface Vectors {
  readonly matrix: Float64Array;
  /** Pairs in the plane, beside the words that are drawn. */
  readonly pairs: Float64Array;
  /** ‖W‖ of the whole matrix. */
  readonly norm: number;
  /** Of the longest pair. */
  readonly longest: number;
}

const MOST_CONTEXTS = 60;
const MOST_WORDS = 30;
/** Contexts that are few enough for all their labels. */
export const MOST_NAMED = 24;
const MOST_LETTERS = 14;
/** By word, over and over. */
const WORD_COLORS = [1, 2, 3, 4].map((n) => `--line-${n}`).concat("--plane-5", "--plane-6");

/** Chooses what is drawn: everything, or the heaviest contexts and words. */
export function groundOf(problem: Problem, margin: Float64Array | undefined): PlaneGround {
  const { contextCount: m, vocabularySize: V, embeddingDim: d, embeddings, weights } = problem;
  const { offsets, tokens, probabilities } = problem;
  const masses = new Float64Array(V);
  for (let j = 0; j < m; j++)
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) masses[tokens[k]!]! += weights[j]! * probabilities[k]!;
  const chosen = heaviest(weights, MOST_CONTEXTS);
  const heaviestWeight = weights[chosen.reduce((most, j) => (weights[j]! > weights[most]! ? j : most), chosen[0]!)]!;
  const supports = distinctSupports(problem);
  const rows = Float64Array.from(chosen.flatMap((j) => [...embeddings.subarray(j * d, (j + 1) * d)]));
  const projection = d <= 2 ? coordinates(d) : leadingPlane(margin ?? rows, d, margin ? "margin" : "contexts");
  return {
    ...{ problem, projection, places: project(projection, rows), hasSharedSupports: supports.count < m },
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
export function vectorsOf({ projection, words }: PlaneGround, matrix: Float64Array | undefined): Vectors | undefined {
  const norm = matrix && Math.sqrt(square(matrix));
  if (!matrix || !Number.isFinite(norm)) return undefined;
  const d = projection.dimension;
  const rows = Float64Array.from(words.flatMap(({ index }) => [...matrix.subarray(index * d, (index + 1) * d)]));
  const pairs = project(projection, rows);
  return { matrix, pairs, norm: norm!, longest: longestOf(pairs) };
}

/** How much of a decoder lies in the plane, for a figure in more than two dimensions. */
export const shareOf = ({ projection }: PlaneGround, { matrix }: Vectors): number => shareInPlane(projection, matrix);

/** Of the longest of some pairs. */
export function longestOf(pairs: Float64Array): number {
  let longest = 0;
  for (let i = 0; i < pairs.length; i += 2) longest = Math.max(longest, Math.hypot(pairs[i]!, pairs[i + 1]!));
  return longest;
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
