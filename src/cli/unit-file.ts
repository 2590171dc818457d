import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Choices } from "../questions/study.ts";
import { OutputError, reasonOf } from "./files.ts";
import { UsageError } from "./options.ts";

/** What the results in a file are of: its first line. */
export interface UnitHead {
  readonly study: string;
  readonly version: string;
  readonly choices: Choices;
}

/** Results by the number of their unit. */
export type UnitResults = ReadonlyMap<number, unknown>;

interface Contents {
  readonly head: UnitHead;
  readonly results: Map<number, unknown>;
  /** Bytes up to the end of the last whole line. */
  readonly wholeBytes: number;
}

const hasSameHead = (a: UnitHead, b: UnitHead): boolean =>
  [a, b].map(({ study, version, choices }) => JSON.stringify([study, version, choices])).every((t, _, [u]) => t === u);

const describeHead = ({ study, version, choices }: UnitHead): string =>
  `${study} ${version} with ${JSON.stringify(choices)}`;

/**
 * Results of units as they come, a line of JSON each after a first one that says what they are of. Each is on the disk before the next
 * is computed, and a line that was cut off when a process was killed is dropped.
 */
export class UnitFile {
  readonly #path: string;
  readonly #file: number;
  readonly #results: Map<number, unknown>;

  /** @throws UsageError for a file of another study, version or choices, and for one that is damaged */
  constructor(path: string, head: UnitHead) {
    this.#path = path;
    const found = readUnits(path);
    if (found && !hasSameHead(found.head, head))
      throw new UsageError(
        `${path}: expected results of ${describeHead(head)}, found those of ${describeHead(found.head)}; another --out keeps both`,
      );
    this.#results = found?.results ?? new Map<number, unknown>();
    try {
      if (found) truncateSync(path, found.wholeBytes);
      this.#file = openSync(path, found ? "a" : "w");
    } catch (error) {
      throw new OutputError(`${path}: cannot write there (${reasonOf(error)})`);
    }
    if (!found) this.#write(head);
  }

  get results(): UnitResults {
    return this.#results;
  }

  /** @throws OutputError when it cannot be written */
  add(unit: number, result: unknown): void {
    this.#write({ unit, result });
    this.#results.set(unit, result);
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(line: object): void {
    try {
      writeSync(this.#file, `${JSON.stringify(line)}\n`);
      fsyncSync(this.#file);
    } catch (error) {
      throw new OutputError(`${this.#path}: cannot write there (${reasonOf(error)})`);
    }
  }
}

/** What a file holds; nothing where there is none, or not even its first line. */
function readUnits(path: string): Contents | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UsageError(`${path}: ${reasonOf(error)}`);
  }
  const wholeBytes = bytes.lastIndexOf("\n") + 1;
  const [first, ...lines] = bytes.toString("utf8", 0, wholeBytes).split("\n").slice(0, -1);
  if (first === undefined) return undefined;
  const head = parse<UnitHead>(path, 1, first, ({ study, version, choices }) => study && version && choices);
  const results = new Map<number, unknown>();
  lines.forEach((text, i) => {
    const { unit, result } = parse<{ unit: number; result: unknown }>(
      path,
      i + 2,
      text,
      (line) => Number.isSafeInteger(line.unit) && "result" in line,
    );
    addResult(results, unit, result, path);
  });
  return { head, results, wholeBytes };
}

function parse<Line extends object>(path: string, line: number, text: string, isOne: (line: Line) => unknown): Line {
  try {
    const parsed = JSON.parse(text) as Line;
    if (isOne(parsed)) return parsed;
  } catch {
    // said below
  }
  throw new UsageError(
    `${path}, line ${line}: expected ${line === 1 ? "what the results are of" : "a unit's result"}, found ${text.slice(0, 60)}`,
  );
}

function addResult(results: Map<number, unknown>, unit: number, result: unknown, path: string): void {
  if (results.has(unit) && JSON.stringify(results.get(unit)) !== JSON.stringify(result))
    throw new UsageError(`${path}: expected one result of unit ${unit}, found another as well`);
  results.set(unit, result);
}

/**
 * Results of all files of a study in some folders.
 * @throws UsageError where there are none, they are of different choices, or two of a unit differ; it names the file
 */
export function mergeUnits(folders: readonly string[], study: string): { head: UnitHead; results: UnitResults } {
  let first: (Contents & { readonly path: string }) | undefined;
  const results = new Map<number, unknown>();
  for (const folder of folders) {
    for (const path of unitFilesIn(folder, study)) {
      const contents = readUnits(path);
      if (!contents) throw new UsageError(`${path}: expected results, found not even a whole first line`);
      first ??= { ...contents, path };
      if (!hasSameHead(first.head, contents.head))
        throw new UsageError(
          `${path}: expected results of ${describeHead(first.head)} as in ${first.path}, found those of ${describeHead(contents.head)}`,
        );
      for (const [unit, result] of contents.results) addResult(results, unit, result, path);
    }
  }
  return { head: first!.head, results };
}

function unitFilesIn(folder: string, study: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw new UsageError(`${folder}: ${reasonOf(error)}`);
  }
  const own = names.filter((name) => name.startsWith(`${study}.`) && name.endsWith(".units.jsonl")).sort();
  if (own.length === 0) throw new UsageError(`${folder}: expected ${study}.units.jsonl or parts of it, found none`);
  return own.map((name) => join(folder, name));
}
