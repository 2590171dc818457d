import type { Fail } from "./format.ts";
import { holdsNumbers, shapeText, type NpyArray, type NpyHeader, type NpyNumbers } from "./npy.ts";

/** Arrays of a file by their keys, of which only the directory has been read. */
export interface NamedArrays {
  /** Of its arrays. */
  readonly keys: readonly string[];
  /**
   * What the wanted arrays that the file has will be, by key; no values are unpacked.
   * @throws FileError when a header is damaged, or the arrays would take more than 2 GiB of memory together
   */
  readonly headers: (wanted: readonly string[]) => Headers;
  /**
   * @param wanted keys to read, of which the file may lack some; every other array stays unread
   * @returns the wanted arrays that the file has, by key
   * @throws FileError like `headers`, and when a wanted array is damaged
   */
  readonly read: (wanted: readonly string[]) => Map<string, NpyArray>;
}

export type Headers = ReadonlyMap<string, NpyHeader>;

/** What an array must be. */
export interface ArrayKind {
  /** Its dimensions. */
  readonly rank: number;
  readonly holds: "numbers" | "whole numbers" | "strings";
  /** What it is, in the words of a refusal. */
  readonly is: string;
  readonly isOptional?: boolean;
}

/** @throws FileError by way of `fail` for an array that is missing, or of another kind */
export function requireKind(
  headers: Headers,
  key: string,
  { rank, holds, is, isOptional }: ArrayKind,
  fail: Fail,
): void {
  const header = headers.get(key);
  if (!header) return isOptional ? undefined : fail(`key "${key}": expected ${is}, found no such key`);
  const { shape, storedAs } = header;
  const dimensions = rank === 0 ? "a single value" : rank === 1 ? "1 dimension" : `${rank} dimensions`;
  if (shape.length !== rank) fail(`key "${key}": expected ${dimensions}, found shape ${shapeText(shape)}`);
  const isHeld =
    holds === "strings"
      ? storedAs === "string"
      : holdsNumbers(header) && !(holds === "whole numbers" && storedAs.includes("float"));
  if (!isHeld) fail(`key "${key}": expected ${holds}, found ${storedAs}`);
}

/** @throws FileError by way of `fail` for an array that is there and of another length */
export function requireLength(
  headers: Headers,
  key: string,
  { holds }: ArrayKind,
  expected: number,
  why: string,
  fail: Fail,
): void {
  const found = headers.get(key)?.shape[0];
  if (found !== undefined && found !== expected)
    fail(`key "${key}": expected ${expected} ${holds === "strings" ? "strings" : "values"}, ${why}, found ${found}`);
}

export const numbersOf = (arrays: ReadonlyMap<string, NpyArray>, key: string): NpyNumbers =>
  arrays.get(key)!.data as NpyNumbers;

export const stringsOf = (arrays: ReadonlyMap<string, NpyArray>, key: string): readonly string[] | undefined =>
  arrays.get(key)?.data as readonly string[] | undefined;

/** Says which arrays were stored in a narrower type than they are held in. */
export function wideningNotes(arrays: ReadonlyMap<string, Pick<NpyArray, "storedAs">>): string[] {
  return [...arrays].flatMap(([key, { storedAs }]) =>
    storedAs === "float16" || storedAs === "bfloat16" ? [`The ${key} were stored as ${storedAs} and widened.`] : [],
  );
}
