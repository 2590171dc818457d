import { FileError } from "../errors.ts";
import { collect } from "./bytes.ts";
import { refuseNul, type FormatInput } from "./format.ts";

/**
 * The whole content as text; a byte order mark is left out.
 * @param noun of the format, in messages
 * @throws FileError for what is no UTF-8
 */
export async function wholeText({ name, chunks, fail }: FormatInput, noun: string): Promise<string> {
  const bytes = await collect(chunks);
  refuseNul(bytes, 0, fail);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const isBadText = error instanceof TypeError;
    const message = isBadText
      ? `expected ${noun} in UTF-8, found bytes that are not`
      : "the text is too long for this browser";
    throw new FileError(name, message, { cause: error });
  }
}
