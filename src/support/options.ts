import { OptionError } from "../errors.ts";

/**
 * Refuses option names that do not exist, and a `signal` or a listener that is none: they mean the same in all long work.
 * @throws OptionError with the nearest name that does
 */
export function requireKnownOptions(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new OptionError(
      name,
      `no such option, expected one of ${known.join(", ")}; nearest is ${nearestName(name, known)}`,
    );
  }
  const { signal, ...listeners } = options as { readonly signal?: Partial<AbortSignal> } & Record<string, unknown>;
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function")
    throw new OptionError("signal", `expected an AbortSignal, found ${describe(signal)}`);
  for (const name of ["onProgress", "onCheckpoint"]) {
    const listener = listeners[name];
    if (listener !== undefined && typeof listener !== "function")
      throw new OptionError(name, `expected a function, found ${describe(listener)}`);
  }
}

/**
 * Refuses an option that is none of the names it can be.
 * @throws OptionError
 */
export function requireOneOf(name: string, found: string, names: readonly string[]): void {
  if (!names.includes(found))
    throw new OptionError(name, `expected ${names.map((n) => `"${n}"`).join(" or ")}, found ${describe(found)}`);
}

/**
 * Refuses an option that is no whole number of its range.
 * @throws OptionError
 */
export function requireWhole(name: string, found: number, least: number, most: number = 2 ** 31): void {
  if (!Number.isSafeInteger(found) || found < least || found > most)
    throw new OptionError(name, `expected a whole number from ${least} to ${most}, found ${describe(found)}`);
}

/** What an option may be: a whole number of a range, or one of some names. */
export type OptionRange = { readonly least: number; readonly most: number } | { readonly names: readonly string[] };

/**
 * Refuses an option that is not in its range.
 * @throws OptionError
 */
export function requireInRange(name: string, found: number | string, range: OptionRange): void {
  if ("names" in range) requireOneOf(name, found as string, range.names);
  else requireWhole(name, found as number, range.least, range.most);
}

/**
 * Refuses what is no seed (or number of a random stream).
 * @throws OptionError unless it is a whole number from 0 to 2^53 − 1
 */
export function requireSeed(found: number, name = "seed"): void {
  if (!Number.isSafeInteger(found) || found < 0)
    throw new OptionError(name, `expected a whole number from 0 to 2^53 - 1, found ${String(found)}`);
}

/**
 * Refuses an option that is no finite number from `least`.
 * @throws OptionError
 */
export function requireAtLeast(name: string, found: number | undefined, least: number): void {
  if (!(found! >= least && found! < Infinity))
    throw new OptionError(name, `expected a finite number of at least ${least}, found ${String(found)}`);
}

/** A value as a message shows it. */
export function describe(found: unknown): string {
  if (Array.isArray(found)) return found.length === 0 ? "an empty array" : `an array of ${found.length}`;
  if (typeof found === "object" && found !== null) return "an object";
  if (typeof found === "function") return "a function";
  return typeof found === "string" ? JSON.stringify(found) : String(found);
}

/** The known name that a mistyped or abbreviated one most likely stands for. */
export function nearestName(name: string, known: readonly string[]): string {
  const short = name.slice(0, 60).toLowerCase();
  const abbreviated = known.find((candidate) => short.length > 2 && candidate.toLowerCase().startsWith(short));
  const distances = known.map((candidate) => editDistance(short, candidate.toLowerCase()));
  return abbreviated ?? known[distances.indexOf(Math.min(...distances))]!;
}

/** Letters to insert, delete or replace to make one word of the other. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let k = 0; k < b.length; k++)
      next.push(Math.min(row[k + 1]! + 1, next[k]! + 1, row[k]! + (a[i] === b[k] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
