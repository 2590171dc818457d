import { FileError } from "../errors.ts";
import { HEAD_BYTES, readChunks, takeHead } from "./bytes.ts";
import type { ProblemSource } from "./format.ts";
import { formatOf } from "./formats.ts";

/** A number in a file of word vectors. */
export const VECTOR_NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Whether a file begins as word vectors in the text form of word2vec or of GloVe do: behind a header `V d`, or without one, two lines of a
 * word and numbers, not all of them whole as a text's token ids are; or one such line where there is no other. A file that is called as
 * tables, JSON and others are has none. Its first 64 KiB are read.
 * @throws FileError for a file that cannot be read
 */
export async function areWordVectors(file: ProblemSource): Promise<boolean> {
  const chunks = readChunks(
    file,
    {},
    (message) => {
      throw new FileError(file.name, message);
    },
    Infinity,
  );
  try {
    const head = await takeHead(chunks);
    return formatOf(file.name, head).name === "text" && isStart(new TextDecoder().decode(head), head.length);
  } finally {
    await chunks.return();
  }
}

function isStart(text: string, bytes: number): boolean {
  // a number that the end of the head may have cut is left out
  const whole = bytes < HEAD_BYTES ? text : text.slice(0, Math.max(text.lastIndexOf(" "), text.lastIndexOf("\n")));
  const lines = whole.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  if (/^\d+ +\d+ *$/.test(lines[0] ?? "")) lines.shift();
  const first = lines.slice(0, 2);
  return first.length > 0 && first.every(isVector);
}

function isVector(line: string): boolean {
  const [word, ...numbers] = line.trimEnd().split(/ +/);
  return (
    word !== "" &&
    numbers.every((number) => VECTOR_NUMBER.test(number)) &&
    numbers.some((number) => /[.e]/i.test(number))
  );
}
