import type { EmbeddingLimits, Factors, Geometry, Problem } from "../../src/index.ts";
import {
  angleBetween,
  castOf,
  longestOf,
  rowsOf,
  vectorsOf,
  type PlaneCast,
  type PlaneGround,
  type Vectors,
} from "./content.ts";
import type { Shown } from "./frame.ts";
import { directionsAlong, dot, leadingPlane, project, square, times } from "./projection.ts";

/** What the plane of trained embeddings is drawn from. */
export interface TrainedPicture {
  /** The one whose supports the limits are of: as it is before its labels are smoothed. */
  readonly problem: Problem;
  /** W and H at the step that is shown; undefined before one was kept. */
  readonly factors: Factors | undefined;
  readonly limits: EmbeddingLimits | undefined;
  readonly step: number | undefined;
}

/** What is the same at every step. */
export interface TrainedCast extends PlaneCast {
  /** u_1 and u_2, the leading right singular vectors of the rows of S̃ that are drawn: words that go together. */
  readonly patterns: readonly [Float64Array, Float64Array];
}

/** Whether S̃, the rows of the support matrix less their means, has any: not where every word follows every context. */
export const hasPatterns = ({ contextCount, vocabularySize, tokens }: Problem): boolean =>
  tokens.length < contextCount * vocabularySize;

export function trainedCastOf(problem: Problem): TrainedCast {
  const cast = castOf(problem);
  const { vocabularySize: V, offsets, tokens } = problem;
  const proxy = new Float64Array(cast.contexts.length * V);
  cast.contexts.forEach(({ index }, at) => {
    const support = tokens.subarray(offsets[index], offsets[index + 1]);
    const row = proxy.subarray(at * V, (at + 1) * V).fill(-support.length / V);
    for (const word of support) row[word]! += 1;
  });
  return { ...cast, patterns: leadingPlane(proxy, V, "supports").basis };
}

/**
 * Both factors of a step in the plane of Wᵀu_1 and Wᵀu_2. It turns along with the vectors when all of them are turned, which changes no
 * logit: so points move as smoothly as training does, and theory says where to.
 */
export function trainedContent(
  { problem, factors, limits }: TrainedPicture,
  cast: TrainedCast,
): Shown & { readonly ground: PlaneGround } {
  const { decoder, embeddings } = factors ?? { decoder: new Float64Array(), embeddings: new Float64Array() };
  const d = decoder.length / problem.vocabularySize;
  const rows = rowsOf(embeddings, d, cast.contexts);
  const projection = { dimension: d, basis: directionsAlong(decoder, d, cast.patterns), of: "supports" } as const;
  const ground = {
    ...{ ...cast, projection, places: project(projection, rows) },
    ...(factors ? { embeddings, apart: anglesApart(rows, d, cast) } : { contexts: [] }),
  };
  // with fewer dimensions the limit of the logits can be another
  const isRoomy = d >= Math.min(problem.vocabularySize, problem.contextCount);
  const theory = isRoomy && limits && inPlane(limits.margin, cast);
  return {
    ground,
    decoder: factors && vectorsOf(ground, decoder),
    finite: undefined,
    ...(theory
      ? {
          margin: theory.words,
          meeting: theory.contexts.map((x) => (x * Math.sqrt(square(embeddings))) / theory.words.norm),
        }
      : { margin: undefined }),
  };
}

/**
 * Words U Σ^½ and contexts V Σ^½ of L_mm = V Σ Uᵀ in the plane that trained ones are drawn in. It takes the products of words with each
 * other, U Σ Uᵀ, and with contexts, L_mm, and not the vectors, which could be turned.
 */
function inPlane(
  { wordGram, logits }: Geometry,
  { words, contexts, patterns: [first, second] }: TrainedCast,
): { readonly words: Vectors; readonly contexts: Float64Array } {
  const V = first.length;
  const [one, two] = [times(wordGram, first, V, V), times(wordGram, second, V, V)];
  const length = Math.sqrt(dot(first, one));
  const along = dot(first, two) / length;
  const height = Math.sqrt(Math.max(dot(second, two) - along * along, 0));
  const pairsOf = (a: Float64Array, b: Float64Array, drawn: readonly { readonly index: number }[]): Float64Array =>
    Float64Array.from(
      drawn.flatMap(({ index }) => {
        const x = a[index]! / (length || 1);
        return [x, (b[index]! - along * x) / (height || 1)];
      }),
    );
  const pairs = pairsOf(one, two, words);
  const m = logits.length / V;
  const norm = Math.sqrt(wordGram.reduce((trace, x, at) => (at % (V + 1) === 0 ? trace + x : trace), 0));
  return {
    words: { pairs, norm, longest: longestOf(pairs) },
    contexts: pairsOf(times(logits, first, m, V), times(logits, second, m, V), contexts),
  };
}

/** Of each context that is drawn, in degrees: the largest angle to another that is drawn and has its support; NaN where none has one. */
function anglesApart(rows: Float64Array, d: number, { contexts }: PlaneCast): number[] {
  const vectors = contexts.map((_, at) => rows.subarray(at * d, (at + 1) * d));
  return contexts.map(({ letter }, at) => {
    const angles = contexts
      .flatMap((other, k) => (k === at || other.letter !== letter ? [] : [angleBetween(vectors[at]!, vectors[k]!)]))
      .filter((angle) => !Number.isNaN(angle));
    return angles.length ? Math.max(...angles) : NaN;
  });
}
