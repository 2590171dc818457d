import { problemFromTokens } from "../problem/corpus/corpus.ts";
import { createProblem } from "../problem/problem.ts";
import { corpusOptions, type FormatInput, type FormatOutput } from "./format.ts";
import { readJson } from "./json.ts";
import { corpusNotes, problemNotes } from "./notes.ts";
import { wholeText } from "./whole-text.ts";

/** A .json file in a form of {@link readJson}. */
export async function read(input: FormatInput): Promise<FormatOutput> {
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
