import { FileError, OPTIMIZERS, SCHEDULES } from "../../src/index.ts";
import type { RunPoint } from "../models/point.ts";
import { summarise, type RunSummary, type SummaryRecord } from "./run-summary.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What was expected of a value that is not so, and where. */
class Mismatch extends Error {}

const RUNS = "next-token-bias-runs@1";

/** Runs as a file that {@link readRuns} reads. */
export const runsFile = (runs: readonly RunSummary[]): string => JSON.stringify({ format: RUNS, runs });

/**
 * Reads the record of a run as this page or the command saves it, or runs that were saved together.
 * @param name the file's, for messages
 * @throws FileError with what was expected, where, and what was found
 */
export function readRuns(name: string, text: string): RunSummary[] {
  try {
    const root = fieldsOf("the file", parsed(text));
    if (root.format === RUNS) return listOf("runs", root.runs).map((run, i) => summaryFrom(`runs[${i}]`, run));
    return [summarise(recordFrom(root))];
  } catch (error) {
    if (error instanceof Mismatch) throw new FileError(name, `${error.message}.`);
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Mismatch(`expected the record of a run in JSON, found ${found(text.trim().slice(0, 20))}`);
  }
}

function recordFrom(root: Fields): SummaryRecord {
  if (!("trace" in root && "optimizer" in root && "source" in root))
    throw new Mismatch(`expected the record of a run, with source, optimizer and trace, found an object without`);
  const source = fieldsOf("source", root.source);
  const problem = fieldsOf("problem", root.problem);
  const embeddings = root.embeddings === undefined ? undefined : fieldsOf("embeddings", root.embeddings);
  const [at, points] = embeddings
    ? (["embeddings.trace", embeddings.trace] as const)
    : (["trace", root.trace] as const);
  textAt("source.name", source.name);
  numberAt("problem.embeddingDim", problem.embeddingDim);
  numberAt("entropy", root.entropy);
  numberAt("seed", root.seed);
  numberAt("steps", root.steps);
  textAt("status", root.status);
  oneOf("optimizer", root.optimizer, OPTIMIZERS);
  oneOf("schedule", root.schedule, SCHEDULES);
  oneOf("stepSizeRule", root.stepSizeRule, ["safe", "default", "given"]);
  oneOf("initial", root.initial, ["zero", "lecun", "gaussian"]);
  if (root.margin !== undefined) fieldsOf("margin", root.margin);
  if (root.predictions !== undefined) listOf("predictions", root.predictions);
  return { ...root, trace: traceFrom(at, points) } as unknown as SummaryRecord;
}

function summaryFrom(at: string, value: unknown): RunSummary {
  const run = fieldsOf(at, value);
  oneOf(`${at}.model`, run.model, ["fixed", "trained"]);
  oneOf(`${at}.optimizer`, run.optimizer, OPTIMIZERS);
  textAt(`${at}.status`, run.status);
  numberAt(`${at}.steps`, run.steps);
  numberAt(`${at}.entropy`, run.entropy);
  listOf(`${at}.predictions`, run.predictions);
  for (const [name, words] of Object.entries(fieldsOf(`${at}.settings`, run.settings)))
    textAt(`${at}.settings.${name}`, words);
  return { ...run, trace: traceFrom(`${at}.trace`, run.trace) } as unknown as RunSummary;
}

/** Figures that were not known are null in JSON, and are left out. */
function traceFrom(at: string, value: unknown): RunPoint[] {
  const points = listOf(at, value).map((point, i) => {
    const fields = fieldsOf(`${at}[${i}]`, point);
    numberAt(`${at}[${i}].step`, fields.step);
    return Object.fromEntries(Object.entries(fields).filter(([, figure]) => typeof figure === "number"));
  }) as unknown as RunPoint[];
  const late = points.findIndex(({ step }, i) => i > 0 && step <= points[i - 1]!.step);
  if (late > 0)
    throw new Mismatch(
      `${at}[${late}].step: expected more than ${points[late - 1]!.step}, found ${points[late]!.step}`,
    );
  return points;
}

function fieldsOf(at: string, value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Mismatch(`${at}: expected an object, found ${found(value)}`);
  return value as Fields;
}

function listOf(at: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Mismatch(`${at}: expected a list, found ${found(value)}`);
  return value;
}

function numberAt(at: string, value: unknown): void {
  if (typeof value !== "number") throw new Mismatch(`${at}: expected a number, found ${found(value)}`);
}

function textAt(at: string, value: unknown): void {
  if (typeof value !== "string") throw new Mismatch(`${at}: expected text, found ${found(value)}`);
}

function oneOf(at: string, value: unknown, names: readonly string[]): void {
  if (!names.includes(value as string))
    throw new Mismatch(`${at}: expected ${names.join(", ")}, found ${found(value)}`);
}

function found(value: unknown): string {
  if (value === undefined || value === "") return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "string" ? `“${value.slice(0, 40)}”` : JSON.stringify(value);
}
