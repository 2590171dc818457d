import { parseArgs } from "node:util";
import { editDistance } from "../support/options.ts";
import type { AnalyseRequestOptions } from "./in-page.ts";

/** A wrong use of the command line: one line for people, exit 2. */
export class UsageError extends Error {}

export const HELP = `Usage: next-token-bias analyse FILE [options]

Finds where the theory says that gradient descent goes on the next-token problem in FILE, runs it, on WebGPU in a headless
Chrome, and reports where it went.
FILE is an npz or JSON file with a problem, or a text to take one from.

Options
  --steps N             the last step of gradient descent (10000, or the last of --record)
  --optimizer gradient-descent|normalised|momentum|adam (gradient-descent)
  --schedule constant|inverse-sqrt  the step size of step k: η, or η/√k (constant)
  --step-size x|safe    a number, or safe: the reciprocal of the gradient's Lipschitz constant L, times 1 − β with
                        momentum (safe; 0.01 for normalised and adam, which have no safe one)
  --record log|1,10,…   the steps at which to measure: spaced evenly on a logarithmic scale, or a list (log)
  --limits-within S     the longest search for the two limits, in seconds (60)
  --ridge 1e-1,1e-2,…   also find the minimisers of CE + λ/2 ‖W‖² for these λ, descending
  --evaluate FILE.npy   also measure this decoder, V × d
  --seed N              seed of everything that is drawn (1)
  --out DIR             write result.json and arrays.npz into DIR

For a text, and for JSON with sequences of tokens
  --tokens words|characters (words)
  --contexts windows|prefixes (windows)
  --context-length N    tokens of a window (2), or of the longest prefix (8)
  --min-count N         leave out contexts seen fewer times (1)
  --max-vocabulary N    the most frequent words, the rest as one unknown word (2000)
  --max-contexts N      keep the most frequent contexts (1000)
  --embedding gaussian|orthonormal|positional (positional)
  --dim N               embedding dimension (from the number of contexts)

  --help, --version

Exit codes: 0 done, 1 diverged or failed, 2 wrong use or a file that cannot be read, 3 no browser, or no
GPU that can hold the problem, 130 stopped.
`;

export type Command = { readonly command: "help" } | { readonly command: "version" } | AnalyseCommand;

export interface AnalyseCommand {
  readonly command: "analyse";
  readonly file: string;
  readonly evaluate: string | undefined;
  readonly out: string | undefined;
  readonly options: AnalyseRequestOptions;
}

type Reader = (name: string, text: string) => unknown;

/** By the name on the command line; `key` where the library has another one than its camelCase. */
const OPTIONS: Readonly<Record<string, { read: Reader; corpus?: true; key?: string }>> = {
  steps: { read: wholeNumber(0, Number.MAX_SAFE_INTEGER) },
  optimizer: { read: oneOf("gradient-descent", "normalised", "momentum", "adam") },
  schedule: { read: oneOf("constant", "inverse-sqrt") },
  "step-size": { read: readStepSize },
  "limits-within": { read: readSeconds },
  ridge: { read: readLambdas },
  record: { read: readRecord },
  evaluate: { read: fileName },
  seed: { read: wholeNumber(0, Number.MAX_SAFE_INTEGER) },
  out: { read: fileName },
  tokens: { read: oneOf("words", "characters"), corpus: true },
  contexts: { read: oneOf("windows", "prefixes"), corpus: true },
  "context-length": { read: wholeNumber(1, 1000), corpus: true },
  "min-count": { read: wholeNumber(1, 2 ** 31), corpus: true },
  "max-vocabulary": { read: wholeNumber(2, 2 ** 31), corpus: true },
  "max-contexts": { read: wholeNumber(1, 2 ** 31), corpus: true },
  embedding: { read: oneOf("gaussian", "orthonormal", "positional"), corpus: true },
  dim: { read: wholeNumber(1, 2 ** 31), corpus: true, key: "embeddingDim" },
};

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
      ...Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, { type: "string" } as const])),
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
  const corpus: Record<string, unknown> = {};
  for (const { name, rawName, value } of given) {
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (!option) throw new UsageError(unknownOption(rawName, name));
    (option.corpus ? corpus : values)[keyOf(name)] = option.read(`--${name}`, value ?? "");
  }

  const [file] = files;
  if (file === undefined) throw new UsageError("analyse: expected a file, found none");
  if (files.length > 1) throw new UsageError(`analyse: expected one file, found ${files.length}: ${files.join(", ")}`);
  const [textOption] = given.filter(({ name }) => OPTIONS[name]?.corpus);
  if (textOption && /\.npz$/i.test(file))
    throw new UsageError(`${textOption.rawName}: expected a text or JSON to go with it, found ${file}`);

  const { evaluate, out, ...rest } = values as { evaluate?: string; out?: string } & Omit<
    AnalyseRequestOptions,
    "corpus"
  >;
  return { command, file, evaluate, out, options: { ...rest, corpus } };
}

function wholeNumber(least: number, most: number): Reader {
  const range = most > 2 ** 32 ? `of at least ${least}` : `from ${least} to ${most}`;
  return (name, text) => {
    const value = toNumber(text);
    if (!Number.isSafeInteger(value) || value < least || value > most) refuse(name, `a whole number ${range}`, text);
    return value;
  };
}

function readStepSize(name: string, text: string): unknown {
  if (text === "safe") return text;
  const value = toNumber(text);
  return value > 0 && value < Infinity ? value : refuse(name, "a positive number or safe", text);
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
  const isAscending = steps.every((step, i) => Number.isSafeInteger(step) && step >= 0 && step > (steps[i - 1] ?? -1));
  return isAscending ? steps : refuse(name, "log or ascending whole numbers such as 1,10,100", text);
}

function oneOf(...choices: readonly string[]): Reader {
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
  const near = [...Object.keys(OPTIONS), "help", "version"]
    .map((known) => ({ known, distance: editDistance(name, known) }))
    .sort((a, b) => a.distance - b.distance)[0];
  const isNear = near && near.distance <= Math.max(2, Math.floor(near.known.length / 3));
  return `unknown option ${rawName}: ${isNear ? `did you mean --${near.known}?` : "--help lists all of them"}`;
}

/** An error of the library's about an option, in the names of the command line. */
export function withOptionNames(message: string): string {
  const name = Object.keys(OPTIONS).find((known) => message.startsWith(`${keyOf(known)}:`));
  return name === undefined ? message : `--${name}${message.slice(keyOf(name).length)}`;
}

/** What the library calls an option. */
function keyOf(name: string): string {
  return OPTIONS[name]?.key ?? name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
