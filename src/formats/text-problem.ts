import { problemFromText } from "../problem/corpus/corpus.ts";
import { corpusOptions, refuseNul, type FormatInput, type FormatOutput } from "./format.ts";
import { corpusNotes, counted } from "./notes.ts";

/** U+FFFD in UTF-8. */
const SIGN = [0xef, 0xbf, 0xbd] as const;

/** UTF-8 text, read as a stream, of which `options.corpus` says how it becomes contexts. */
export async function read({ chunks, options, fail }: FormatInput): Promise<FormatOutput> {
  let replaced = 0;
  async function* decode(): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    const count = (text: string): string => {
      for (let at = text.indexOf("\ufffd"); at >= 0; at = text.indexOf("\ufffd", at + 1)) replaced++;
      return text;
    };
    // Those that stand in the file are not replaced. Their first byte begins a character wherever it stands.
    let matched = 0;
    const discount = (chunk: Uint8Array): void => {
      for (const byte of chunk) {
        matched = byte === SIGN[matched] ? matched + 1 : byte === SIGN[0] ? 1 : 0;
        if (matched < SIGN.length) continue;
        matched = 0;
        replaced--;
      }
    };
    let done = 0;
    for await (const chunk of chunks) {
      refuseNul(chunk, done, fail);
      done += chunk.length;
      discount(chunk);
      yield count(decoder.decode(chunk, { stream: true }));
    }
    yield count(decoder.decode());
  }
  const corpus = await problemFromText(decode(), corpusOptions(options));
  const notes = corpusNotes(corpus);
  if (options.corpus?.tokenizer !== undefined)
    notes.unshift(
      `The tokenizer cut the text into ${counted(corpus.tokenCount, "token")}, ${corpus.vocabularyTotal} of them distinct.`,
    );
  if (replaced > 0)
    notes.unshift(`${counted(replaced, "character")} read as U+FFFD, the sign for bytes that are not UTF-8.`);
  return { problem: corpus.problem, notes };
}
