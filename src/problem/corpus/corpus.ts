import { ProblemError } from "../../errors.ts";
import { requireInRange, requireKnownOptions, requireSeed } from "../../support/options.ts";
import { CORPUS_DEFAULTS, CORPUS_RANGES, DEFAULT_CONTEXT_LENGTH } from "./corpus-options.ts";
import { chooseVocabulary, countContexts, countNextWords, rankByCount, tokensOfContexts } from "./counting.ts";
import { embedContexts } from "./context-embeddings.ts";
import { Pacer, type Work } from "../../support/host-spells.ts";
import type { LongWork, WorkProgress } from "../../support/long-work.ts";
import { createProblem, type Problem } from "../problem.ts";
import { Normaliser } from "./normaliser.ts";
import { addSequences, piecesOf, Scanner, TokenList } from "./tokens.ts";

/** How far {@link problemFromText} has come; sent a few dozen times a second at most. */
export interface CorpusProgress extends WorkProgress {
  /** In this order. */
  readonly phase: "tokens" | "vocabulary" | "contexts" | "next words" | "embeddings";
  /** Work done in this phase: characters (UTF-16 units) of a text or tokens of lists, words, positions, positions, contexts. */
  readonly done: number;
  /** Work of this phase in the same unit; undefined while reading a source of unknown length. */
  readonly total: number | undefined;
}

/** Options of {@link problemFromText} and {@link problemFromTokens}. */
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

const OPTION_NAMES: readonly (keyof CorpusOptions)[] = [...CORPUS_KEYS, "seed", "signal", "onProgress"];

/**
 * The next-token problem of a text: distinct contexts, the words that follow each, and how often. The text is brought to
 * Unicode's form NFC first. Gives way to other work of the thread every few milliseconds.
 * @param text a string, or a source of strings; where the pieces are cut makes no difference
 * @throws ProblemError when the text is too short or has one distinct word; OptionError for a bad option; the signal's
 * reason when aborted
 */
export async function problemFromText(
  text: string | AsyncIterable<string> | ReadableStream<string>,
  options: CorpusOptions = {},
): Promise<Corpus> {
  const settings = completeOptions(options);
  const pacer = pacerOf(settings);
  const tokens = new TokenList();
  const scanner = new Scanner(tokens, settings.tokens, settings.contexts === "prefixes");
  const normaliser = new Normaliser();
  const total = typeof text === "string" ? text.length : undefined;
  let done = 0;
  for await (const piece of piecesOf(text, settings.signal)) {
    scanner.add(normaliser.add(piece));
    done += piece.length;
    await pacer.pace("tokens", { done, total });
  }
  scanner.add(normaliser.end());
  scanner.end();
  const corpus = await build(tokens, settings, pacer, "text");
  return { ...corpus, wasNormalised: normaliser.hasChanged };
}

/**
 * {@link problemFromText} for sequences that are cut into tokens already; contexts never reach from one sequence into
 * another. A token spelt `<unk>` is the unknown word.
 * @throws ProblemError when no sequence is long enough, when there is one distinct token, or a token is no string;
 * OptionError for a bad option; the signal's reason when aborted
 */
export async function problemFromTokens(
  sequences: Iterable<readonly string[]>,
  options: CorpusOptions = {},
): Promise<Corpus> {
  const settings = completeOptions(options);
  const pacer = pacerOf(settings);
  const tokens = new TokenList();
  await pacer.run("tokens", addSequences(tokens, sequences));
  return build(tokens, settings, pacer, "sequences");
}

type CorpusPacer = Pacer<CorpusProgress["phase"]>;

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

type Settings = Required<Omit<CorpusOptions, "embeddingDim" | "signal" | "onProgress">> &
  Pick<CorpusOptions, "embeddingDim" | "signal" | "onProgress">;

/**
 * The options with their defaults.
 * @throws OptionError for a bad one
 */
export function completeOptions(options: CorpusOptions): Settings {
  requireKnownOptions(options, OPTION_NAMES);
  const settings: Settings = {
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

async function build(
  tokens: TokenList,
  settings: Settings,
  pacer: CorpusPacer,
  source: "text" | "sequences",
): Promise<Corpus> {
  const noun = source === "sequences" ? "tokens" : settings.tokens === "characters" ? "characters" : "words";
  if (tokens.count === 0) throw new ProblemError(`${source}: expected at least two distinct ${noun}, found none`);
  if (tokens.words.length === 1)
    throw new ProblemError(
      `${source}: expected at least two distinct ${noun}, found one, ${JSON.stringify(tokens.words[0]!.slice(0, 40))}`,
    );
  const vocabulary = await pacer.run("vocabulary", chooseVocabulary(tokens, settings.maxVocabulary));
  const { words, ids } = vocabulary;

  const { contextLength, minCount } = settings;
  const contexts = await pacer.run("contexts", countContexts(ids, settings.contexts, contextLength));
  if (contexts.pairTotal === 0) {
    const least = settings.contexts === "windows" ? contextLength + 1 : 2;
    const place = source === "text" && settings.contexts === "windows" ? "" : " in one sequence";
    throw new ProblemError(
      `${source}: expected at least ${least} ${noun}${place}, a context and its next one, found ${contexts.longestSequence}`,
    );
  }
  const ranked = await pacer.run("contexts", rankByCount(contexts.counts));
  const limit = Math.min(ranked.length, settings.maxContexts);
  let kept = 0;
  while (kept < limit && contexts.counts[ranked[kept]!]! >= minCount) kept++;
  if (kept === 0)
    throw new ProblemError(
      `${source}: expected a context seen at least minCount = ${minCount} times, found none seen more than ${contexts.counts[ranked[0]!]} times`,
    );

  const chosen = ranked.subarray(0, kept);
  const rows = await pacer.run("next words", countNextWords(ids, words.length, contexts, chosen));
  const windows = await pacer.run("next words", tokensOfContexts(ids, contexts, chosen, contextLength));
  const embedded = await pacer.run("embeddings", embedContexts(windows, words.length, settings));
  const contextLabels = await pacer.run(
    "embeddings",
    label(windows, words, settings.tokens === "characters" ? "" : " "),
  );
  const weights = Float64Array.from(chosen, (context) => contexts.counts[context]!);
  settings.signal?.throwIfAborted();
  return {
    problem: createProblem({
      vocabularySize: words.length,
      ...embedded,
      ...rows,
      weights,
      contextLabels,
      words,
    }),
    tokenCount: tokens.count,
    sequenceCount: tokens.sequenceCount,
    wasNormalised: false,
    vocabularyTotal: tokens.words.length,
    droppedWords: vocabulary.droppedWords,
    unknownShare: vocabulary.droppedCount / tokens.count,
    contextTotal: ranked.length,
    droppedContexts: ranked.length - kept,
    pairTotal: contexts.pairTotal,
    keptShare: weights.reduce((a, b) => a + b) / contexts.pairTotal,
  };
}

/** A name for each context; contexts that would read the same are numbered, for a label identifies its context. */
function* label(windows: readonly Int32Array[], words: readonly string[], separator: string): Work<string[]> {
  const labels = new Set<string>();
  for (const window of windows) {
    const plain = Array.from(window, (token) => readableWord(words[token]!)).join(separator);
    let name = plain;
    for (let n = 2; labels.has(name); n++) name = `${plain} (${n})`;
    labels.add(name);
    yield { done: labels.size, total: windows.length };
  }
  return [...labels];
}

/** A word as it can be shown: signs for white space and for the empty word. */
export function readableWord(word: string): string {
  if (word === "") return "∅";
  return word.replaceAll("\n", "⏎").replaceAll("\r", "␍").replaceAll("\t", "⇥").replaceAll(" ", "␣");
}
