import type { Format } from "./format.ts";
import { JSON_FORMAT } from "./json-problem.ts";
import { JSON_LINES } from "./json-lines-problem.ts";
import { NPZ } from "./npz-problem.ts";
import { SAFETENSORS } from "./safetensors-problem.ts";
import { TABLE } from "./table-problem.ts";
import { TEXT } from "./text-problem.ts";

/** Every format that problems are read from. A file that is none of the others is text. */
export const FORMATS = [NPZ, SAFETENSORS, JSON_FORMAT, JSON_LINES, TABLE, TEXT] as const;

export type FormatName = (typeof FORMATS)[number]["name"];

type Row = Format & { readonly name: FormatName };

/** The format that the first bytes tell, or else the name. */
export function formatOf(name: string, head: Uint8Array): Row {
  const rows: readonly Row[] = FORMATS;
  const hasOneOf = (extensions: readonly string[] = []): boolean =>
    extensions.some((extension) => name.toLowerCase().endsWith(extension));
  return (
    rows.find(({ isContent }) => isContent?.(head)) ??
    rows.find(({ extensions, mistakenExtensions }) => hasOneOf(extensions) || hasOneOf(mistakenExtensions)) ??
    TEXT
  );
}

/** Alternatives in words: `a, b or c`. */
const listed = (items: readonly string[]): string => `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;

/** What files can be opened, for people: `.npz, .json or text`. */
export const FORMAT_LABELS = listed(FORMATS.map(({ label }) => label));

/** The same, in an error. */
export const FORMAT_NOUNS = listed(FORMATS.map(({ noun }) => noun));
