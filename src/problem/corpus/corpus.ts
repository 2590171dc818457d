import { OptionError } from "../../errors.ts";
import { completeOptions, type Corpus, type CorpusOptions } from "./settings.ts";

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
  const { textCorpus } = await import("./count-corpus.ts");
  return textCorpus(text, settings);
}

/**
 * {@link problemFromText} for sequences that are cut into tokens already; contexts never reach from one sequence into
 * another. A token spelt `<unk>` is the unknown word.
 * @throws ProblemError when no sequence is long enough, when there is one distinct token, or a token is no string;
 * OptionError for a bad option, or a tokenizer; the signal's reason when aborted
 */
export async function problemFromTokens(
  sequences: Iterable<readonly string[]>,
  options: CorpusOptions = {},
): Promise<Corpus> {
  const settings = completeOptions(options);
  if (settings.tokenizer !== undefined)
    throw new OptionError("tokenizer", "expected a text to cut by it, found sequences of tokens");
  const { tokenCorpus } = await import("./count-corpus.ts");
  return tokenCorpus(sequences, settings);
}
