import type { DecoderMaps, MaxMargin, Problem } from "../../src/index.ts";
import { plainFigure } from "../format.ts";
import { columnsOf, type MapFrame } from "./frame.ts";

/** A recorded step whose decoder was kept, W as V × d row-major. */
export interface KeptDecoder {
  readonly step: number;
  readonly decoder: Float64Array;
}

export const hasDecoder = <Point extends { readonly decoder?: Float64Array }>(
  point: Point,
): point is Point & Required<Pick<Point, "decoder">> => point.decoder !== undefined;

/** What the maps of fixed embeddings are drawn from. */
export interface FixedContent {
  readonly problem: Problem;
  /** The search for W_mm; undefined where there was none. */
  readonly margin: Pick<MaxMargin, "decoder" | "dual"> | undefined;
  /** Ascending by step. */
  readonly points: readonly KeptDecoder[];
}

/** The problem, W_mm, and what the decoder of the step that is shown says of the contexts that are drawn. */
interface FixedKnown extends Pick<FixedContent, "problem" | "margin"> {
  /** How many contexts are drawn. */
  readonly contexts: number;
  readonly maps?: DecoderMaps;
}

interface FixedFrame extends MapFrame<FixedKnown> {
  /** On its button. */
  readonly name: string;
  readonly hint: string;
  readonly isOfStep?: true;
  /** Why it is not there. */
  readonly missing?: string;
}

/** More cells than this cannot be told apart on a page. */
const MOST_CONTEXTS = 400;
const MOST_WORDS = 120;
/** Multiply-adds of the maps of a step: a few frames' time. */
const MOST_OPERATIONS = 5e7;
/** What the softmax of a logit takes, in multiply-adds. */
const SOFTMAX_OPERATIONS = 10;

/** How much of a problem is drawn; of many words, whose softmax needs them all, fewer contexts while there is a decoder. */
export function drawnOf({ problem, points }: FixedContent): { words: number; contexts: number } {
  const { contextCount, vocabularySize, embeddingDim } = problem;
  const within = Math.floor(MOST_OPERATIONS / (vocabularySize * (embeddingDim + SOFTMAX_OPERATIONS)));
  return {
    words: Math.min(vocabularySize, MOST_WORDS),
    contexts: Math.min(contextCount, MOST_CONTEXTS, points.length > 0 ? Math.max(within, 1) : Infinity),
  };
}

/** Undefined off the support. */
function probabilityOf({ offsets, tokens, probabilities }: Problem, word: number, context: number): number | undefined {
  const entry = tokens.subarray(offsets[context], offsets[context + 1]).indexOf(word);
  return entry < 0 ? undefined : probabilities[offsets[context]! + entry];
}

function largestProbability({ problem: { offsets, probabilities }, contexts }: FixedKnown): number {
  return probabilities.subarray(0, offsets[contexts]).reduce((a, b) => Math.max(a, b));
}

/** To 1, 2 or 5 times a power of ten, so that the colours of most steps beside each other can be compared. */
function roundUp(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  return power * ([1, 2, 5].find((factor) => factor * power >= size) ?? 10);
}

const AXES = { rows: "words", columns: "contexts" } as const;
const OFF_SUPPORT = "never follows (off support)";
const OF_STEP = { ...AXES, isOfStep: true, missing: "The decoder of no such step has been kept yet." } as const;

export const FIXED_MAPS: readonly FixedFrame[] = [
  {
    ...AXES,
    ...{ key: "supports", name: "supports S", title: "Supports S", palette: "sequential" },
    hint: "Which words follow each context: S_j, the support of context j.",
    cells:
      ({ problem }) =>
      (word, context) =>
        probabilityOf(problem, word, context) === undefined ? 0 : 1,
    largest: () => 1,
    text: (value) => (value === 1 ? "follows (in the support)" : OFF_SUPPORT),
  },
  {
    ...AXES,
    ...{ key: "probabilities", name: "probabilities p", title: "Probabilities p", palette: "sequential" },
    hint: "How often each word follows each context in the data.",
    cells:
      ({ problem }) =>
      (word, context) =>
        probabilityOf(problem, word, context) ?? 0,
    largest: largestProbability,
    text: (value, _word, context, { problem: { weights } }) =>
      `${value > 0 ? `p = ${plainFigure(value)}` : OFF_SUPPORT}; frequency π = ${plainFigure(weights[context]!)}`,
  },
  {
    ...OF_STEP,
    ...{ key: "softmax", name: "softmax q", title: "Softmax q", palette: "sequential" },
    hint: "What the model says at this step, q_j = softmax(W h_j), in the colours of p.",
    cells: ({ maps, problem }) => maps && columnsOf(maps.softmax, problem.vocabularySize),
    largest: largestProbability,
    text: (value, word, context, { problem }) =>
      `q = ${plainFigure(value)}, p = ${plainFigure(probabilityOf(problem, word, context) ?? 0)}`,
  },
  {
    ...OF_STEP,
    ...{ key: "residual", name: "difference p − q", title: "Difference p − q", palette: "diverging" },
    hint: "What is left to learn: red where the word is to become likelier, blue where less. Each column sums to zero. The scale changes with the step.",
    cells: ({ maps, problem }) => maps && columnsOf(maps.residual, problem.vocabularySize),
    largest: (_, size) => roundUp(size),
    text: (value) => `p − q = ${plainFigure(value)}`,
  },
  {
    ...OF_STEP,
    ...{ key: "logits", name: "logits W h", title: "Logits W h", palette: "diverging" },
    hint: "W h_j: within a support they settle on differences of log p, and the words off it are left ever further behind.",
    cells: ({ maps, problem }) => maps && columnsOf(maps.logits, problem.vocabularySize),
    text: (value) => `logit ${plainFigure(value)}`,
  },
  {
    ...AXES,
    ...{ key: "dual", name: "duals β", title: "Dual variables β of W_mm", palette: "diverging" },
    hint: "Where W_mm = Σ_j β_j h_jᵀ comes from: blue are the words off a support that touch the margin, and the harder they press the darker.",
    missing: "W_mm is not known here, so there are no dual variables to draw.",
    cells: ({ margin, problem }) => (margin?.decoder ? columnsOf(margin.dual, problem.vocabularySize) : undefined),
    text: (value) => `β = ${plainFigure(value)}`,
  },
];
