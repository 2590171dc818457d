import { problemFromTokens } from "../problem/corpus/corpus.ts";
import { createProblem } from "../problem/problem.ts";
import { corpusOptions, type Format, type FormatInput, type FormatOutput } from "./format.ts";
import { readJson } from "./json.ts";
import { corpusNotes, problemNotes } from "./notes.ts";
import { wholeText } from "./whole-text.ts";

/** How an object begins that says which of our forms it has; other JSON may be a text like any other. */
const OUR_FORMAT = /^\s*\{.*"format"\s*:\s*"ntp-(?:dataset|sequences)@/s;

/** A .json file in a form of {@link readJson}. */
export const JSON_FORMAT = {
  name: "json",
  extensions: [".json"],
  mimeTypes: ["application/json"],
  label: ".json",
  noun: "JSON",
  description: "Contexts and next words as the JSON file states them.",
  isContent: (head) => OUR_FORMAT.test(new TextDecoder().decode(head)),
  read,
} as const satisfies Format;

async function read(input: FormatInput): Promise<FormatOutput> {
  const { name, options } = input;
  const text = await wholeText(input, "JSON");
  const content = readJson(name, text, options.seed);
  if (content.format === "ntp-sequences@1") {
    const corpus = await problemFromTokens(content.sequences, corpusOptions(options));
    return { problem: corpus.problem, notes: corpusNotes(corpus) };
  }
  const problem = createProblem(content.input);
  return { problem, notes: [...content.notes, ...problemNotes(problem)] };
}
