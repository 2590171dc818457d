import { parseArgs } from "node:util";
import { editDistance } from "../support/options.ts";
import { OptionError } from "../errors.ts";
import { ANALYSE_OPTIONS, analyseRun, type AnalyseOption, type OptionForm } from "../studies/analyse-options.ts";
import { MOST_STEPS } from "../training/run-settings.ts";
import type { AnalyseRequestOptions } from "./in-page.ts";

/** A wrong use of the command line: one line for people, exit 2. */
export class UsageError extends Error {}

/** An option of the command alone. */
const OUT: AnalyseOption = {
  name: "out",
  key: "out",
  for: "any",
  form: "file",
  value: "DIR",
  help: "write result.json and arrays.npz into DIR",
};

/** What computes: the WebGPU of a headless Chrome, or Dawn in this process. */
const ENGINES = ["chrome", "dawn"] as const;
export type Engine = (typeof ENGINES)[number];

const ENGINE: AnalyseOption = {
  name: "engine",
  key: "engine",
  for: "any",
  form: { names: ENGINES },
  value: "NAME",
  help: "what computes: chrome, headless (default), or dawn, in Node itself, by the package webgpu",
};

const PREVIEW: AnalyseOption = {
  name: "preview",
  key: "preview",
  for: "any",
  form: "switch",
  help: "only say what is understood of FILE, and the time and memory that its run would take",
};

const OPTIONS: readonly AnalyseOption[] = [...ANALYSE_OPTIONS, OUT, ENGINE, PREVIEW];

/** Columns before the text about an option, and of a line of it. */
const [HELP_COLUMN, HELP_WIDTH] = [24, 118];

export const HELP = `Usage: next-token-bias analyse FILE [options]

Finds where the theory says that gradient descent goes on the next-token problem in FILE, runs it, on WebGPU in a headless
Chrome, and reports where it went.
FILE is a problem in npz, safetensors or JSON, a table of counts in CSV, TSV or Parquet, or a text to take a problem from.

Options
${helpOn("any")}

For a text, and for sequences of tokens; of counts without embeddings, --embedding and --dim,
of a table --vectors
${helpOn("corpus")}

  --help, --version

Exit codes: 0 done, 1 diverged, failed or could not write, 2 wrong use or a file that cannot be read, 3 no browser
that starts, or no GPU that can hold the problem, 130 stopped.
`;

export type Command = { readonly command: "help" } | { readonly command: "version" } | AnalyseCommand;

export interface AnalyseCommand {
  readonly command: "analyse";
  readonly file: string;
  readonly evaluate: string | undefined;
  readonly tokenizer: string | undefined;
  readonly vectors: string | undefined;
  readonly out: string | undefined;
  readonly isPreview: boolean;
  readonly engine: Engine | undefined;
  readonly options: AnalyseRequestOptions;
}

/** What goes with an option that is of no use to JSON. */
const EXPECTED_FILES: Readonly<Record<string, string>> = { tokenizer: "a text", vectors: "a table or text" };

type Reader = (name: string, text: string) => unknown;

/**
 * @param args what follows the program's name
 * @throws UsageError naming the option, what was expected and what was found
 */
export function parseCommand(args: readonly string[]): Command {
  const { positionals, tokens } = parseArgs({
    args: [...args],
    // Not strict: its messages are several sentences long, and know no nearest name.
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      ...Object.fromEntries(
        OPTIONS.map(({ name, form }) => [name, { type: form === "switch" ? "boolean" : "string" } as const]),
      ),
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
    },
  });
  const given = tokens.filter((token) => token.kind === "option");
  if (given.some(({ name }) => name === "help")) return { command: "help" };
  if (given.some(({ name }) => name === "version")) return { command: "version" };

  const [command, ...files] = positionals;
  if (command === undefined)
    throw new UsageError("expected a command: next-token-bias analyse FILE (--help tells more)");
  if (command !== "analyse") throw new UsageError(`unknown command ${command}: expected analyse`);

  const values: Record<string, unknown> = {};
  const corpusValues: Record<string, unknown> = {};
  for (const { name, rawName, value } of given) {
    const option = optionCalled(name);
    if (!option) throw new UsageError(unknownOption(rawName, name));
    const target = option.for === "corpus" ? corpusValues : values;
    target[option.key] = readerOf(option.form)(`--${name}`, value ?? "");
  }

  const [file] = files;
  if (file === undefined) throw new UsageError("analyse: expected a file, found none");
  if (files.length > 1) throw new UsageError(`analyse: expected one file, found ${files.length}: ${files.join(", ")}`);
  // a file of arrays may hold counts without embeddings, which are drawn by the other two
  const [textOption] = given.filter(
    ({ name }) => optionCalled(name)?.for === "corpus" && !["embedding", "dim"].includes(name),
  );
  if (textOption && /\.(npz|safetensors)$/i.test(file))
    throw new UsageError(
      `${textOption.rawName}: expected ${EXPECTED_FILES[textOption.name] ?? "a text or JSON"} to go with it, found ${file}`,
    );
  const { tokenizer, vectors, ...corpus } = corpusValues as { tokenizer?: string; vectors?: string };
  if (tokenizer !== undefined && "tokens" in corpus)
    throw new UsageError("--tokens: expected none beside --tokenizer, which cuts the text");

  const {
    evaluate,
    out,
    engine,
    preview: isPreview = false,
    ...rest
  } = values as {
    evaluate?: string;
    out?: string;
    engine?: Engine;
    preview?: boolean;
  } & Omit<AnalyseRequestOptions, "corpus">;
  if (isPreview && out !== undefined)
    throw new UsageError("--out: expected none beside --preview, which writes nothing");
  requireRun(rest);
  return { command, file, evaluate, tokenizer, vectors, out, isPreview, engine, options: { ...rest, corpus } };
}

/** @throws UsageError for options that the library would refuse of a run, before there is a browser to ask it in */
function requireRun(options: AnalyseRequestOptions): void {
  try {
    analyseRun(options);
  } catch (error) {
    throw error instanceof OptionError ? new UsageError(describeRefusal(error)) : error;
  }
}

function readerOf(form: OptionForm): Reader {
  if (typeof form === "string") return READERS[form];
  return "names" in form ? oneOf(form.names) : wholeNumber(form);
}

const READERS: Readonly<Record<Extract<OptionForm, string>, Reader>> = {
  switch: readSwitch,
  "step size": readStepSize,
  number: readNumber,
  "two numbers": readTwoNumbers,
  share: readShare,
  seconds: readSeconds,
  lambdas: readLambdas,
  steps: readRecord,
  file: fileName,
};

/** Reads a whole number of a range. */
export function wholeNumber({
  least,
  most,
}: {
  readonly least: number;
  readonly most: number;
}): (name: string, text: string) => number {
  const range = most > 2 ** 32 ? `of at least ${least}` : `from ${least} to ${most}`;
  return (name, text) => {
    const value = toNumber(text);
    if (!Number.isSafeInteger(value) || value < least || value > most) refuse(name, `a whole number ${range}`, text);
    return value;
  };
}

function readSwitch(name: string, text: string): unknown {
  return text === "" || refuse(name, "no value", text);
}

function readStepSize(name: string, text: string): unknown {
  if (text === "safe") return text;
  const value = toNumber(text);
  return value > 0 && value < Infinity ? value : refuse(name, "a positive number or safe", text);
}

function readNumber(name: string, text: string): unknown {
  const value = toNumber(text);
  return Number.isFinite(value) ? value : refuse(name, "a number", text);
}

function readTwoNumbers(name: string, text: string): unknown {
  const values = text.split(",").map(toNumber);
  return values.length === 2 && values.every(Number.isFinite)
    ? values
    : refuse(name, "two numbers such as 0.9,0.99", text);
}

function readShare(name: string, text: string): unknown {
  const value = toNumber(text);
  return value > 0 && value < 1 ? value : refuse(name, "a number above 0 and below 1", text);
}

function readSeconds(name: string, text: string): unknown {
  const value = toNumber(text);
  return value >= 0 && value <= 1e6 ? value : refuse(name, "a number of seconds", text);
}

function readLambdas(name: string, text: string): unknown {
  const lambdas = text.split(",").map(toNumber);
  const isDescending = lambdas.every((lambda, i) => lambda > 0 && lambda < (lambdas[i - 1] ?? Infinity));
  return isDescending ? lambdas : refuse(name, "descending positive numbers such as 1e-1,1e-2", text);
}

function readRecord(name: string, text: string): unknown {
  if (text === "log") return text;
  const steps = text.split(",").map(toNumber);
  const isAscending = steps.every(
    (step, i) => Number.isSafeInteger(step) && step <= MOST_STEPS && step > (steps[i - 1] ?? -1),
  );
  const expected = `log or ascending whole numbers up to ${MOST_STEPS} such as 1,10,100`;
  return isAscending ? steps : refuse(name, expected, text);
}

function oneOf(choices: readonly string[]): Reader {
  return (name, text) => (choices.includes(text) ? text : refuse(name, choices.join(" or "), text));
}

function fileName(name: string, text: string): unknown {
  return text !== "" && !text.startsWith("--") ? text : refuse(name, "a file name", text);
}

/** NaN for all that is not written as a decimal number. */
function toNumber(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

function refuse(name: string, expected: string, found: string): never {
  throw new UsageError(`${name}: expected ${expected}, found ${found === "" ? "nothing" : found}`);
}

/** @param rawName as written */
function unknownOption(rawName: string, name: string): string {
  const near = [...OPTIONS.map(({ name: known }) => known), "help", "version"]
    .map((known) => ({ known, distance: editDistance(name, known) }))
    .sort((a, b) => a.distance - b.distance)[0];
  const isNear = near && near.distance <= Math.max(2, Math.floor(near.known.length / 3));
  return `unknown option ${rawName}: ${isNear ? `did you mean --${near.known}?` : "--help lists all of them"}`;
}

const optionCalled = (name: string): AnalyseOption | undefined => OPTIONS.find((option) => option.name === name);

/** What is wrong with an option, as the command line writes it where it has it: `--step-size: expected …`. */
export function describeRefusal({ option, complaint }: Pick<OptionError, "option" | "complaint">): string {
  return `${flagOf(option) ?? option}: ${complaint}`;
}

/** How the command line writes an option that the library calls `key`, or `key[0]`: `--step-size`; undefined where it has none. */
export function flagOf(key: string): string | undefined {
  const name = key.replace(/\[\d+\]$/, "");
  const option = OPTIONS.find((known) => known.key === name);
  return option && `--${option.name}`;
}

/** A line or more for each option of a kind. */
function helpOn(kind: AnalyseOption["for"]): string {
  return OPTIONS.filter((option) => option.for === kind)
    .map(({ name, form, value, help }) => {
      const values = typeof form === "object" && "names" in form ? form.names.join("|") : value;
      const head = values === undefined ? `  --${name}` : `  --${name} ${values}`;
      // A default alone stands beside the names that it is one of.
      return help.startsWith("(") ? `${head} ${help}` : wrap(`${head}  `.padEnd(HELP_COLUMN), help);
    })
    .join("\n");
}

function wrap(head: string, text: string): string {
  const lines = [head];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line.length + word.length > HELP_WIDTH) lines.push(`${"".padEnd(HELP_COLUMN)}${word} `);
    else lines[lines.length - 1] = `${line}${word} `;
  }
  return lines.map((line) => line.trimEnd()).join("\n");
}
