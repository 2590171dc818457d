import { problemFromTokens } from "../problem/corpus/corpus.ts";
import { corpusOptions, type Fail, type FormatInput, type FormatOutput } from "./format.ts";
import { describeJson } from "./json.ts";
import { corpusNotes, namesOf, unreadNotes } from "./notes.ts";
import { quote } from "./content.ts";
import { wholeText } from "./whole-text.ts";

/** Keys of a sequence in a line that is an object; the first that is there is read. */
const SEQUENCE_KEYS = ["input_ids", "tokens"] as const;

/**
 * JSON Lines: a sequence of tokens in each line, whole numbers (a tokenizer's ids) or strings, as an array, or as `input_ids` or `tokens` of
 * an object, as the library datasets of Hugging Face exports them. Contexts are counted as from a text, and never reach into another line.
 */
export async function read(input: FormatInput): Promise<FormatOutput> {
  const unread = new Set<string>();
  const text = await wholeText(input, "JSON Lines");
  const corpus = await problemFromTokens(sequencesOf(text, unread, input.fail), corpusOptions(input.options));
  return { problem: corpus.problem, notes: [...unreadNotes("key", [...unread]), ...corpusNotes(corpus)] };
}

/**
 * The sequences, line by line.
 * @param unread gets the keys that are left unread
 */
function* sequencesOf(text: string, unread: Set<string>, fail: Fail): Generator<string[], void, void> {
  let first: { readonly line: number; readonly isNumber: boolean } | undefined;
  let line = 0;
  for (let start = 0, end; start <= text.length; start = end + 1) {
    end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    line++;
    const content = text.slice(start, end).trim();
    if (content === "") continue;
    const failHere: Fail = (message) => fail(`line ${line}: ${message}`);
    yield tokensOf(content, unread, failHere).map((token, k) => {
      const isNumber = typeof token === "number";
      if (!(isNumber ? Number.isSafeInteger(token) && token >= 0 : typeof token === "string"))
        failHere(`expected tokens that are whole numbers or strings, found ${describeJson(token)} at ${k}`);
      first ??= { line, isNumber };
      if (isNumber !== first.isNumber)
        failHere(
          `expected ${first.isNumber ? "numbers" : "strings"}, as at the beginning of line ${first.line}, found ${describeJson(token)} at ${k}`,
        );
      return String(token);
    });
  }
}

/** The sequence of a line. */
function tokensOf(content: string, unread: Set<string>, fail: Fail): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    fail(`expected an array or an object in JSON, found ${quote(content)}`);
  }
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value === null)
    return fail(`expected an array or an object, found ${describeJson(value)}`);
  const members = new Map<string, unknown>(Object.entries(value));
  const key = SEQUENCE_KEYS.find((known) => members.has(known));
  if (key === undefined)
    return fail(`expected an object with input_ids or tokens, found ${describeKeys([...members.keys()])}`);
  for (const other of members.keys()) if (other !== key) unread.add(other);
  const tokens = members.get(key);
  return Array.isArray(tokens) ? tokens : fail(`${key}: expected an array of tokens, found ${describeJson(tokens)}`);
}

const describeKeys = (keys: readonly string[]): string => (keys.length === 0 ? "no key" : `the keys ${namesOf(keys)}`);
