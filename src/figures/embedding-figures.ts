import { cosine, cosines, gramMatrix, spreadWithin, structureSimilarity } from "../float64/geometry.ts";
import { difference, norm } from "../float64/vectors.ts";
import type { FactorMeasure, Factors } from "../maps/factors.ts";
import type { Problem } from "../problem/problem.ts";
import { centredLogits } from "./embedding-maps.ts";
import type { EmbeddingLimits } from "./embedding-limits.ts";
import { LOSS_FIGURES, shortfallLine, type FigureRow } from "./figures.ts";

/** Both factors at a step, and what figures share of them. */
interface EmbeddingIterate extends Factors {
  readonly dimension: number;
  /** L, m × V, with centred rows. */
  readonly logits: Float64Array;
  /** P_F L: centred on the support in each row, 0 off it. */
  readonly inSpan: Float64Array;
  /** L − P_F L. */
  readonly offSpan: Float64Array;
  /** L − L_in. */
  readonly corrected: Float64Array;
  readonly wordGram: Float64Array;
  readonly contextGram: Float64Array;
}

interface EmbeddingFigureRow<Key extends string> extends FigureRow<Key> {
  measure(iterate: EmbeddingIterate, limits: EmbeddingLimits): number;
}

/** What the device measures of both factors at every recorded step, but for the two parts of the gap, which are as for a decoder. */
export const FACTOR_NORMS = [
  {
    key: "decoderNorm",
    symbol: "‖W‖",
    label: "Norm of W",
    csvColumn: "decoder_norm",
    curve: "norms",
    isReported: true,
    axis: "linear",
    line: { chart: "norms", label: "‖W‖, words" },
  },
  {
    key: "embeddingNorm",
    symbol: "‖H‖",
    label: "Norm of H",
    csvColumn: "embedding_norm",
    curve: "norms",
    isReported: true,
    axis: "linear",
    line: { chart: "norms", label: "‖H‖, contexts" },
  },
] as const satisfies readonly (FigureRow<string> & { key: keyof FactorMeasure })[];

/** What the host measures of both factors when their limits are given, in float64; of L with the mean of each row taken off. */
export const EMBEDDING_FIGURES = [
  {
    key: "subspaceError",
    symbol: "‖P_F L − L_in‖",
    label: "‖P_F L − L_in‖",
    csvColumn: "subspace_error",
    isReported: true,
    axis: "log",
    line: { chart: "subspace", label: "‖P_F L − L_in‖" },
    curve: "subspace",
    measure: ({ inSpan }, { sparse }) => norm(difference(inSpan, sparse)),
  },
  {
    key: "alignment",
    symbol: "cos(L, L_mm)",
    label: "cos(L, L_mm)",
    csvColumn: "alignment",
    isReported: false,
    axis: "linear",
    line: shortfallLine("cos(L, L_mm)"),
    curve: "direction",
    measure: ({ logits }, { margin }) => cosine(logits, margin.logits),
  },
  {
    key: "alignmentCorrected",
    symbol: "cos(L − L_in, L_mm)",
    label: "cos(L − L_in, L_mm)",
    csvColumn: "alignment_corrected",
    curve: "direction",
    isReported: true,
    axis: "linear",
    line: shortfallLine("cos(L − L_in, L_mm)"),
    measure: ({ corrected }, { margin }) => cosine(corrected, margin.logits),
  },
  {
    key: "proxyAlignment",
    symbol: "cos(L − L_in, S̃)",
    label: "cos(L − L_in, S̃)",
    csvColumn: "proxy_alignment",
    curve: "direction",
    isReported: true,
    axis: "linear",
    line: shortfallLine("cos(L − L_in, S̃)"),
    measure: ({ corrected }, { proxy }) => cosine(corrected, proxy.logits),
  },
  {
    key: "wordStructure",
    symbol: "structure of words",
    label: "Structure similarity of words to theory",
    csvColumn: "word_structure",
    curve: "structure",
    isReported: true,
    axis: "linear",
    line: shortfallLine("structure of words", "structure"),
    measure: ({ wordGram }, { margin }) => structureSimilarity(cosines(wordGram), margin.wordCosines),
  },
  {
    key: "contextStructure",
    symbol: "structure of contexts",
    label: "Structure similarity of contexts to theory",
    csvColumn: "context_structure",
    curve: "structure",
    isReported: true,
    axis: "linear",
    line: shortfallLine("structure of contexts", "structure"),
    measure: ({ contextGram }, { margin }) => structureSimilarity(cosines(contextGram), margin.contextCosines),
  },
  {
    key: "wordProxyStructure",
    symbol: "structure of words, S̃",
    label: "Structure similarity of words to S̃",
    csvColumn: "word_proxy_structure",
    curve: "structure",
    isReported: false,
    axis: "linear",
    line: shortfallLine("structure of words, S̃", "structure"),
    measure: ({ wordGram }, { proxy }) => structureSimilarity(cosines(wordGram), proxy.wordCosines),
  },
  {
    key: "contextProxyStructure",
    symbol: "structure of contexts, S̃",
    label: "Structure similarity of contexts to S̃",
    csvColumn: "context_proxy_structure",
    curve: "structure",
    isReported: false,
    axis: "linear",
    line: shortfallLine("structure of contexts, S̃", "structure"),
    measure: ({ contextGram }, { proxy }) => structureSimilarity(cosines(contextGram), proxy.contextCosines),
  },
  {
    key: "wordGramCosine",
    symbol: "cos(WWᵀ, UΣUᵀ)",
    label: "Gram cosine of words",
    csvColumn: "word_gram_cosine",
    isReported: false,
    axis: "linear",
    measure: ({ wordGram }, { margin }) => cosine(wordGram, margin.wordGram),
  },
  {
    key: "contextGramCosine",
    symbol: "cos(HHᵀ, VΣVᵀ)",
    label: "Gram cosine of contexts",
    csvColumn: "context_gram_cosine",
    isReported: false,
    axis: "linear",
    measure: ({ contextGram }, { margin }) => cosine(contextGram, margin.contextGram),
  },
  {
    // rows of L − P_F L: what is left of a context when its finite part is projected out
    key: "collapse",
    symbol: "spread within supports",
    label: "Spread within supports, over that between",
    csvColumn: "collapse",
    isReported: true,
    axis: "log",
    line: { chart: "collapse", label: "spread within supports" },
    curve: "collapse",
    measure: ({ offSpan, decoder, dimension }, { supportOf }) =>
      spreadWithin(offSpan, decoder.length / dimension, supportOf),
  },
  {
    key: "embeddingCollapse",
    symbol: "spread of h within supports",
    label: "The same of the embeddings themselves",
    csvColumn: "embedding_collapse",
    isReported: false,
    axis: "log",
    line: { chart: "collapse", label: "spread of h within supports" },
    curve: "collapse",
    measure: ({ embeddings, dimension }, { supportOf }) => spreadWithin(embeddings, dimension, supportOf),
  },
] as const satisfies readonly EmbeddingFigureRow<string>[];

/** A figure of a run of both factors. */
export type FactorFigure = FigureRow<
  (typeof LOSS_FIGURES | typeof FACTOR_NORMS | typeof EMBEDDING_FIGURES)[number]["key"]
>;

/** Every figure of a run of both factors, in the order in which they are shown. */
export const FACTOR_FIGURES: readonly FactorFigure[] = [...LOSS_FIGURES, ...FACTOR_NORMS, ...EMBEDDING_FIGURES];

/** What the points of a ridge path are held against: laws of the limit λ → 0. */
export const PATH_FIGURES = [
  {
    key: "secant",
    symbol: "cos(L_λ − L_λ', L_mm)",
    label: "Direction from the λ before",
    csvColumn: "secant",
    isReported: true,
    axis: "linear",
    curve: "direction",
  },
  {
    key: "gapLaw",
    symbol: "(CE − H)/(λ‖L_mm‖_*)",
    label: "Loss gap over its law",
    csvColumn: "gap_law",
    isReported: true,
    axis: "linear",
    curve: "laws",
  },
  {
    key: "normLaw",
    symbol: "½(‖W‖² + ‖H‖²) over its line",
    label: "Nuclear norm over its line",
    csvColumn: "norm_law",
    isReported: true,
    axis: "linear",
    curve: "laws",
  },
  {
    key: "subspaceLaw",
    symbol: "‖P_F L − L_in‖/λ",
    label: "‖P_F L − L_in‖ over λ",
    csvColumn: "subspace_law",
    isReported: true,
    axis: "log",
    curve: "subspace-law",
  },
  {
    key: "relativeError",
    symbol: "above the minimum by at most",
    label: "Relative error of the objective",
    csvColumn: "relative_error",
    isReported: true,
    axis: "log",
  },
] as const satisfies readonly FigureRow<string>[];

/** Names of the figures that only the points of a ridge path have. */
export type PathFigure = (typeof PATH_FIGURES)[number]["key"];

/** Names of the figures of trained embeddings that are held against their limits. */
export type EmbeddingFigure = (typeof EMBEDDING_FIGURES)[number]["key"];

export type EmbeddingMeasures = Readonly<Record<EmbeddingFigure, number>>;

/** The figures of both factors that are held against their limits, in float64. */
export function measureEmbeddings(factors: Factors, limits: EmbeddingLimits): EmbeddingMeasures {
  const { decoder, embeddings } = factors;
  const { problem } = limits;
  const dimension = decoder.length / problem.vocabularySize;
  const logits = centredLogits(factors, dimension);
  const inSpan = centredOnSupports(problem, logits);
  const iterate: EmbeddingIterate = {
    ...{ decoder, embeddings, dimension, logits, inSpan },
    offSpan: difference(logits, inSpan),
    corrected: difference(logits, limits.sparse),
    wordGram: gramMatrix(decoder, dimension),
    contextGram: gramMatrix(embeddings, dimension),
  };
  return Object.fromEntries(
    EMBEDDING_FIGURES.map(({ key, measure }) => [key, measure(iterate, limits)]),
  ) as EmbeddingMeasures;
}

/** P_F of logits: each row less its mean over the support there, 0 elsewhere. */
function centredOnSupports(
  { contextCount, vocabularySize: V, offsets, tokens }: Problem,
  logits: Float64Array,
): Float64Array {
  const centred = new Float64Array(logits.length);
  for (let j = 0; j < contextCount; j++) {
    const [start, end] = [offsets[j]!, offsets[j + 1]!];
    let mean = 0;
    for (let k = start; k < end; k++) mean += logits[j * V + tokens[k]!]! / (end - start);
    for (let k = start; k < end; k++) centred[j * V + tokens[k]!] = logits[j * V + tokens[k]!]! - mean;
  }
  return centred;
}
