import { ProblemError } from "../../errors.ts";
import { chooseVocabulary, countContexts, countNextWords, rankByCount, tokensOfContexts } from "./counting.ts";
import { embedContexts } from "./context-embeddings.ts";
import type { Work } from "../../support/host-spells.ts";
import { createProblem } from "../problem.ts";
import { Normaliser } from "./normaliser.ts";
import { addSequences, piecesOf, Scanner, TokenList, type TextScanner } from "./tokens.ts";

import { pacerOf, type Corpus, type CorpusPacer, type CorpusSettings } from "./settings.ts";

/** What `problemFromText` makes of a text. */
export async function textCorpus(
  text: string | AsyncIterable<string> | ReadableStream<string>,
  settings: CorpusSettings,
): Promise<Corpus> {
  const pacer = pacerOf(settings);
  const tokens = new TokenList();
  const scanner = await scannerOf(tokens, settings);
  // a tokenizer normalises in its own way
  const normaliser = settings.tokenizer === undefined ? new Normaliser() : undefined;
  const total = typeof text === "string" ? text.length : undefined;
  let done = 0;
  for await (const piece of piecesOf(text, settings.signal)) {
    scanner.add(normaliser ? normaliser.add(piece) : piece);
    done += piece.length;
    await pacer.pace("tokens", { done, total });
  }
  if (normaliser) scanner.add(normaliser.end());
  scanner.end();
  const corpus = await build(tokens, settings, pacer, "text");
  return { ...corpus, wasNormalised: normaliser?.hasChanged ?? false };
}

async function scannerOf(tokens: TokenList, settings: CorpusSettings): Promise<TextScanner> {
  const linesAreSequences = settings.contexts === "prefixes";
  if (settings.tokenizer === undefined) return new Scanner(tokens, settings.tokens, linesAreSequences);
  const { TokenizerScanner } = await import("./tokenizer.ts");
  return new TokenizerScanner(tokens, settings.tokenizer, linesAreSequences);
}

/** What `problemFromTokens` makes of sequences. */
export async function tokenCorpus(sequences: Iterable<readonly string[]>, settings: CorpusSettings): Promise<Corpus> {
  const pacer = pacerOf(settings);
  const tokens = new TokenList();
  await pacer.run("tokens", addSequences(tokens, sequences));
  return build(tokens, settings, pacer, "sequences");
}

async function build(
  tokens: TokenList,
  settings: CorpusSettings,
  pacer: CorpusPacer,
  source: "text" | "sequences",
): Promise<Corpus> {
  const noun =
    source === "sequences" || settings.tokenizer !== undefined
      ? "tokens"
      : settings.tokens === "characters"
        ? "characters"
        : "words";
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
