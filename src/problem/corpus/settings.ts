import { OptionError } from "../../errors.ts";
import { describe, requireInRange, requireKnownOptions, requireSeed } from "../../support/options.ts";
import { CORPUS_DEFAULTS, CORPUS_RANGES, DEFAULT_CONTEXT_LENGTH } from "./corpus-options.ts";
import { Pacer } from "../../support/host-spells.ts";
import type { LongWork, WorkProgress } from "../../support/long-work.ts";
import type { Problem } from "../problem.ts";

/** How far `problemFromText` has come; sent a few dozen times a second at most. */
export interface CorpusProgress extends WorkProgress {
  /** In this order. */
  readonly phase: "tokens" | "vocabulary" | "contexts" | "next words" | "embeddings";
  /** Work done in this phase: characters (UTF-16 units) of a text or tokens of lists, words, positions, positions, contexts. */
  readonly done: number;
  /** Work of this phase in the same unit; undefined while reading a source of unknown length. */
  readonly total: number | undefined;
}

/** Options of `problemFromText` and `problemFromTokens`. */
export interface CorpusOptions extends LongWork<CorpusProgress> {
  /**
   * `"words"` (default): runs of letters, marks and digits, with apostrophes inside, and single other characters; joiners,
   * soft hyphens and the like belong to the word before them; white space and U+200B separate, and `Intl.Segmenter` cuts
   * what is written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese); case is kept. `"spaces"`: what stands
   * between white space, for text that is tokenised already. Of both, what has more than 1,000 characters is cut.
   * `"characters"`: code points; a line end (LF, CR LF or CR) is one character, LF. For token lists it only says how context
   * labels are joined.
   */
  readonly tokens?: "words" | "spaces" | "characters";
  /**
   * The content of a `tokenizer.json` of Hugging Face's, its text or the object in it, to cut a text by in place of `tokens`: words are the
   * tokens as its vocabulary spells them (`Ġthe`, `##ing`), none is added at beginnings and ends, and Unicode is normalised as it says. A
   * text of more than 8,192 UTF-16 units is encoded in parts, each of which ends before a space between two letters, where there is
   * none after a line, and at the latest after so many. Default none.
   */
  readonly tokenizer?: string | object;
  /**
   * `"windows"` (default): a context is the `contextLength` tokens before a word; a text is one sequence.
   * `"prefixes"`: a context is a beginning of a sequence, of length 1 to `contextLength`; every line of a text is a sequence.
   */
  readonly contexts?: "windows" | "prefixes";
  /** Tokens of a window (default 2), or of the longest prefix (default 8). 1 … 1,000. */
  readonly contextLength?: number;
  /** Contexts seen fewer times are left out. Default 1. */
  readonly minCount?: number;
  /**
   * Most words of the vocabulary, from 2; default 2,000. Where the source has more, the least frequent ones become one
   * word, `<unk>`, the last of the vocabulary and counted in this number.
   */
  readonly maxVocabulary?: number;
  /** The most frequent contexts are kept, at equal counts those that appear first. Default 1,000. */
  readonly maxContexts?: number;
  /**
   * `"positional"` (default): sums of one random vector for each (position, word); the others ignore the words. Of contexts that are no
   * words, as in a table of counts, `"positional"` is Gaussian.
   */
  readonly embedding?: "gaussian" | "orthonormal" | "positional";
  /**
   * d. Default: the number of contexts for orthonormal embeddings (which need at least that), otherwise 1.2 × the number
   * of contexts, at least 16 and at most 256.
   */
  readonly embeddingDim?: number;
  /** Of the embeddings, 0 … 2^53 − 1, default 1. */
  readonly seed?: number;
  /** Ends the work within some 12 ms: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A problem and what was left out on the way to it. */
export interface Corpus {
  /**
   * Weights are counts of contexts, probabilities are counts of next words / count of the context; contexts and words
   * go from the most to the least frequent, at equal counts by first appearance.
   */
  readonly problem: Problem;
  /** Tokens read. */
  readonly tokenCount: number;
  /** Sequences with at least one token: 1 for windows of a text, lines for prefixes, non-empty lists. */
  readonly sequenceCount: number;
  /** Whether the text was not in NFC already; false for token lists, which are taken as they are. */
  readonly wasNormalised: boolean;
  /** Distinct words read, before the least frequent became `<unk>`. */
  readonly vocabularyTotal: number;
  /** Of these, words that became `<unk>`; a word of the source that is spelt so is none of them. */
  readonly droppedWords: number;
  /** Share of the tokens that are `<unk>` because the vocabulary was cut, 0 … 1. */
  readonly unknownShare: number;
  /** Distinct contexts with a next word, before `minCount` and `maxContexts`. */
  readonly contextTotal: number;
  /** Of these, contexts left out. */
  readonly droppedContexts: number;
  /** Pairs of a context and its next word that were read. */
  readonly pairTotal: number;
  /** Share of these pairs whose context was kept, above 0 and up to 1. */
  readonly keptShare: number;
}

const CORPUS_KEYS = Object.keys(CORPUS_RANGES) as (keyof typeof CORPUS_RANGES)[];

const OPTION_NAMES: readonly (keyof CorpusOptions)[] = [...CORPUS_KEYS, "tokenizer", "seed", "signal", "onProgress"];

export type CorpusPacer = Pacer<CorpusProgress["phase"]>;

export const pacerOf = ({ signal, onProgress }: CorpusOptions): CorpusPacer =>
  new Pacer({
    signal,
    onProgress: ({ phase, done, total }) =>
      onProgress?.({
        ...{ phase, done, total },
        fraction: total ? done / total : 0,
        message: total === undefined ? `${done}` : `${done} of ${total}`,
      }),
  });

type OptionWithoutDefault = "tokenizer" | "embeddingDim" | "signal" | "onProgress";

export type CorpusSettings = Required<Omit<CorpusOptions, OptionWithoutDefault>> &
  Pick<CorpusOptions, OptionWithoutDefault>;

/**
 * The options with their defaults.
 * @throws OptionError for a bad one
 */
export function completeOptions(options: CorpusOptions): CorpusSettings {
  requireKnownOptions(options, OPTION_NAMES);
  requireTokenizer(options);
  const settings: CorpusSettings = {
    ...CORPUS_DEFAULTS,
    contextLength: DEFAULT_CONTEXT_LENGTH[options.contexts === "prefixes" ? "prefixes" : "windows"],
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  };
  for (const key of CORPUS_KEYS) {
    const found = settings[key];
    if (found !== undefined) requireInRange(key, found, CORPUS_RANGES[key]);
  }
  requireSeed(settings.seed);
  return settings;
}

function requireTokenizer({ tokenizer, tokens }: CorpusOptions): void {
  if (tokenizer === undefined) return;
  if (typeof tokenizer !== "string" && (typeof tokenizer !== "object" || tokenizer === null))
    throw new OptionError("tokenizer", `expected the content of a tokenizer.json, found ${describe(tokenizer)}`);
  if (tokens !== undefined)
    throw new OptionError("tokens", `expected none beside a tokenizer, which cuts the text, found ${describe(tokens)}`);
}
