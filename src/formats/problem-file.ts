import { FileError, OptionError, ProblemError } from "../errors.ts";
import { completeOptions } from "../problem/corpus/settings.ts";
import { describe, requireKnownOptions, requireSeed } from "../support/options.ts";
import { prepend, readChunks, takeHead } from "./bytes.ts";
import { recogniseContent } from "./content.ts";
import type { Fail, FormatOutput, ProblemSource, ReadProblemOptions } from "./format.ts";
import { FORMAT_NOUNS, formatOf, type FormatName } from "./formats.ts";

export { readDecoder } from "./decoder.ts";
export type { ProblemSource, ReadProblemOptions } from "./format.ts";

const OPTION_NAMES: readonly (keyof ReadProblemOptions)[] = ["corpus", "vectors", "seed", "signal", "onProgress"];

/** A problem out of a file. */
export interface ProblemFile extends FormatOutput {
  /** What the content turned out to be. */
  readonly kind: FormatName;
}

/**
 * Reads a problem from a file in any of the {@link FORMATS}, told apart by the first bytes, then by the name.
 *
 * @throws FileError when the file is none of these, is damaged or larger than 1 GiB, or states no well-formed problem
 * (`cause` is then the ProblemError); OptionError for a bad option, whatever the file; the signal's reason when aborted
 */
export async function readProblem(file: ProblemSource, options: ReadProblemOptions = {}): Promise<ProblemFile> {
  requireOptions(options);
  const { name } = file;
  const fail: Fail = (message) => {
    throw new FileError(name, message);
  };
  const chunks = readChunks(file, options, fail);
  try {
    const head = await takeHead(chunks);
    const format = formatOf(name, head);
    if (!format.isContent?.(head)) refuseOther(head, fail);
    if (options.corpus?.tokenizer !== undefined && format.name !== "text")
      throw new OptionError("tokenizer", `expected a text to cut by it, found ${format.noun} in ${name}`);
    const words = options.vectors === undefined ? undefined : await import("./word-vectors.ts");
    words?.requireVectors(options, format, name);
    const { read } = await format.load();
    const output = await read({ name, chunks: prepend(head, chunks), options, fail });
    return { kind: format.name, ...(words ? await words.withVectors(output, options) : output) };
  } catch (error) {
    if (error instanceof ProblemError) throw new FileError(name, error.message, { cause: error });
    throw error;
  } finally {
    await chunks.return();
  }
}

function requireOptions(options: ReadProblemOptions): void {
  requireKnownOptions(options, OPTION_NAMES);
  const { corpus, seed } = options;
  if (seed !== undefined) requireSeed(seed);
  if (corpus === undefined) return;
  if (typeof corpus !== "object" || corpus === null)
    throw new OptionError("corpus", `expected an object of options, found ${describe(corpus)}`);
  completeOptions(corpus);
}

/** Refuses what the first bytes show to be no format of ours, whatever its name. */
function refuseOther(head: Uint8Array, fail: Fail): void {
  if (head.length === 0) fail("expected a problem, found an empty file");
  const content = recogniseContent(head);
  if (content?.kind === "npy")
    fail(
      "expected an .npz archive, found a single .npy array (embeddings become a problem with counts beside them, as numpy.savez(file, embeddings=H, counts=N) writes)",
    );
  if (content) fail(`expected ${FORMAT_NOUNS}, found ${content.words}`);
}
