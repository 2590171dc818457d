import type { OptionRange } from "../../support/options.ts";

const LARGEST_COUNT = 2 ** 31;

/** What each option of a corpus may be, under its key in `CorpusOptions`. */
export const CORPUS_RANGES = {
  tokens: { names: ["words", "spaces", "characters"] },
  contexts: { names: ["windows", "prefixes"] },
  contextLength: { least: 1, most: 1000 },
  minCount: { least: 1, most: LARGEST_COUNT },
  maxVocabulary: { least: 2, most: LARGEST_COUNT },
  maxContexts: { least: 1, most: LARGEST_COUNT },
  embedding: { names: ["gaussian", "orthonormal", "positional"] },
  embeddingDim: { least: 1, most: LARGEST_COUNT },
} as const satisfies Readonly<Record<string, OptionRange>>;

/** What is taken for an option that is left out; `embeddingDim` then follows from the contexts. */
export const CORPUS_DEFAULTS = {
  tokens: "words",
  contexts: "windows",
  minCount: 1,
  maxVocabulary: 2000,
  maxContexts: 1000,
  embedding: "positional",
  seed: 1,
} as const;

/** `contextLength` where it is left out, for each kind of contexts. */
export const DEFAULT_CONTEXT_LENGTH = { windows: 2, prefixes: 8 } as const;
