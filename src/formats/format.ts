import type { CorpusOptions } from "../problem/corpus/settings.ts";
import type { Problem } from "../problem/problem.ts";
import type { LongWork, WorkProgress } from "../support/long-work.ts";

/** Where a problem is read from; a `File` fits. */
export interface ProblemSource {
  readonly name: string;
  /** The content, read once. */
  stream(): ReadableStream<Uint8Array>;
  /** Bytes of the content, where known. */
  readonly size?: number;
}

/** Options of {@link readProblem}. */
export interface ReadProblemOptions extends LongWork<WorkProgress<"reading">> {
  /** How a text or sequences of tokens become contexts. */
  readonly corpus?: CorpusOptions;
  /**
   * Word vectors in the text form of word2vec or of GloVe: embeddings of the contexts, in place of drawn ones, of a table, a text or JSON
   * Lines. A context has the vector of the word that it is called. Only lines of contexts are kept; the file may be of any size. Default none.
   */
  readonly vectors?: ProblemSource;
  /** Seed of embeddings that are drawn, where the file and `corpus` name none; default 1. */
  readonly seed?: number;
  /** Ends the reading: the promise is rejected with the signal's reason. Default: that of `corpus`. */
  readonly signal?: AbortSignal | undefined;
  /** Told the share of the bytes read; never called for a source of unknown size. */
  readonly onProgress?: ((progress: WorkProgress<"reading">) => void) | undefined;
}

/** Throws the error of a file that is not what it should be. */
export type Fail = (message: string) => never;

/** A file that is about to be read. */
export interface FormatInput {
  /** The file's name, for messages. */
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly options: ReadProblemOptions;
  readonly fail: Fail;
}

/** What a reader makes of a file. */
export interface FormatOutput {
  readonly problem: Problem;
  /** What was changed or left out on the way, a sentence each, to show to people. */
  readonly notes: readonly string[];
}

/** @throws FileError by way of `fail`, ProblemError when the file states no well-formed problem */
type Reader = (input: FormatInput) => Promise<FormatOutput>;

/** A format that problems are kept in: one row of `FORMATS`. */
export interface Format {
  readonly name: string;
  /** With their dots; the first is what people call the format's files. */
  readonly extensions: readonly string[];
  readonly mimeTypes: readonly string[];
  /** Its files in a list of what can be opened. */
  readonly label: string;
  /** One such file, in an error, with its article where it takes one. */
  readonly noun: string;
  /** What was read, one sentence. */
  readonly description: string;
  /** Whether the first bytes can only be this format's; otherwise the name decides. */
  readonly isContent?: (head: Uint8Array) => boolean;
  /** Extensions of files that are easily mistaken for the format's: its reader says what is wrong with them. */
  readonly mistakenExtensions?: readonly string[];
  /** The module of its reader, loaded when a file of the format is read. */
  readonly load: () => Promise<{ readonly read: Reader }>;
}

/** @throws FileError for a chunk that no text has, which starts after `done` bytes */
export function refuseNul(chunk: Uint8Array, done: number, fail: Fail): void {
  const at = chunk.indexOf(0);
  if (at >= 0)
    fail(`expected text in UTF-8, found a zero byte at byte ${done + at}, as in UTF-16 text and binary files`);
}

export function signalOf({ signal, corpus }: ReadProblemOptions): AbortSignal | undefined {
  return signal ?? corpus?.signal;
}

export function corpusOptions(options: ReadProblemOptions): CorpusOptions {
  const signal = signalOf(options);
  return {
    ...(options.seed !== undefined && { seed: options.seed }),
    ...options.corpus,
    // drawn to be replaced
    ...(options.vectors && { embedding: "gaussian", embeddingDim: 1 }),
    ...(signal && { signal }),
  };
}
