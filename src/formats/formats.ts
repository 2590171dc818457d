import { recogniseContent } from "./content.ts";
import type { Format } from "./format.ts";
import { isSafetensors } from "./safetensors-head.ts";

/** How a JSON object begins that says which of our forms it has; other JSON may be a text like any other. */
const OUR_JSON = /^\s*\{.*"format"\s*:\s*"ntp-(?:dataset|sequences)@/s;

const TEXT = {
  name: "text",
  extensions: [".txt", ".md"],
  mimeTypes: ["text/*"],
  label: "text",
  noun: "text",
  description: "The contexts of the text and the words that follow them.",
  load: () => import("./text-problem.ts"),
} as const satisfies Format;

/** Every format that problems are read from. A file that is none of the others is text. */
export const FORMATS = [
  {
    name: "npz",
    extensions: [".npz"],
    mistakenExtensions: [".npy"],
    mimeTypes: [],
    label: ".npz",
    noun: "an .npz archive",
    description: "Contexts, embeddings and next words as the archive holds them.",
    isContent: (head) => recogniseContent(head)?.kind === "zip",
    load: () => import("./npz-problem.ts"),
  },
  {
    name: "safetensors",
    extensions: [".safetensors"],
    mimeTypes: [],
    label: ".safetensors",
    noun: "safetensors",
    description: "Contexts, embeddings and next words as the file's tensors hold them.",
    isContent: isSafetensors,
    load: () => import("./safetensors-problem.ts"),
  },
  {
    name: "json",
    extensions: [".json"],
    mimeTypes: ["application/json"],
    label: ".json",
    noun: "JSON",
    description: "Contexts and next words as the JSON file states them.",
    isContent: (head) => OUR_JSON.test(new TextDecoder().decode(head)),
    load: () => import("./json-problem.ts"),
  },
  {
    name: "json-lines",
    extensions: [".jsonl", ".ndjson"],
    mimeTypes: ["application/jsonl", "application/x-ndjson"],
    label: ".jsonl",
    noun: "JSON Lines",
    description: "The contexts of the sequences and the tokens that follow them.",
    load: () => import("./json-lines-problem.ts"),
  },
  {
    name: "table",
    extensions: [".csv", ".tsv"],
    mimeTypes: ["text/csv", "text/tab-separated-values"],
    label: ".csv, .tsv",
    noun: "a table of counts (CSV or TSV)",
    description: "Contexts and next words as the table counts them.",
    load: () => import("./table-problem.ts"),
  },
  {
    name: "parquet",
    extensions: [".parquet"],
    mimeTypes: ["application/vnd.apache.parquet"],
    label: ".parquet",
    noun: "Parquet",
    description: "Contexts and next words as the table counts them.",
    isContent: (head) => recogniseContent(head)?.kind === "parquet",
    load: () => import("./parquet-problem.ts"),
  },
  TEXT,
] as const satisfies readonly Format[];

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
