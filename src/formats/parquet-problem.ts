import { parquetMetadata, parquetRead, parquetSchema, type Compressors, type FileMetaData } from "hyparquet";
import { collect } from "./bytes.ts";
import { describeContent, quote, recogniseContent } from "./content.ts";
import { COLUMNS, CountTable } from "./count-table.ts";
import { signalOf, type Fail, type FormatInput, type FormatOutput } from "./format.ts";
import { namesOf } from "./notes.ts";
import { requirePages } from "./parquet-pages.ts";

/** What the library unpacks by itself. */
const PLAIN_CODECS: readonly string[] = ["UNCOMPRESSED", "SNAPPY"];
/** What it unpacks by `DECOMPRESSORS`. */
const OTHER_CODECS: readonly string[] = ["GZIP", "BROTLI", "ZSTD", "LZ4_RAW"];
const CODECS = [...PLAIN_CODECS, ...OTHER_CODECS];

/**
 * A Parquet file with the columns of a table of counts; contexts and words are strings or whole numbers, such as a tokenizer's ids. One row
 * group after another is read, and of it the three columns alone. The headers of pages are held against the footer; what stands within
 * pages, which carry no checksum, the library trusts.
 */
export async function read({ chunks, options, fail }: FormatInput): Promise<FormatOutput> {
  const bytes = await collect(chunks);
  if (recogniseContent(bytes)?.kind !== "parquet") fail(`expected a Parquet file, found ${describeContent(bytes)}`);
  const file = bytes.slice().buffer;
  const { metadata, columns, groupRows } = readFooter(file, fail);
  const names = columns.map(({ name }) => name);
  for (const column of COLUMNS) {
    const [found, another] = columns.filter(({ name }) => name === column);
    if (!found || another) return fail(`expected one column each of context, next and count, found ${namesOf(names)}`);
    if (found.isNested) fail(`column "${column}": expected single values, found nested ones`);
    const unknown = found.codecs.find((codec) => !CODECS.includes(codec));
    if (unknown !== undefined)
      fail(`column "${column}": expected one of the codecs ${CODECS.join(", ")}, found ${unknown}`);
  }
  try {
    requirePages(bytes, metadata, COLUMNS);
  } catch (error) {
    failDamaged(error, fail);
  }
  const isPlain = columns.every(({ codecs }) => codecs.every((codec) => PLAIN_CODECS.includes(codec)));
  const compressors = isPlain ? {} : (await import("./parquet-codecs.ts")).DECOMPRESSORS;

  const table = new CountTable();
  let start = 0;
  for (const count of groupRows) {
    signalOf(options)?.throwIfAborted();
    const rows = await readRows({ file, metadata, compressors }, start, start + count, fail);
    for (const row of rows) addRow(table, row, start++, fail);
  }
  return table.toProblem(
    names.filter((name) => !COLUMNS.some((column) => column === name)),
    options,
    fail,
  );
}

interface Footer {
  readonly metadata: FileMetaData;
  readonly columns: readonly {
    readonly name: string;
    readonly isNested: boolean;
    readonly codecs: readonly string[];
  }[];
  /** Rows of each row group. */
  readonly groupRows: readonly number[];
}

function readFooter(file: ArrayBuffer, fail: Fail): Footer {
  try {
    const metadata = parquetMetadata(file);
    const chunks = metadata.row_groups.flatMap((group) => group.columns.map(({ meta_data }) => meta_data!));
    const columns = parquetSchema(metadata).children.map(({ element: { name }, children }) => {
      const own = chunks.filter(({ path_in_schema: [top] }) => top === name);
      return { name: String(name), isNested: children.length > 0, codecs: own.map(({ codec }) => String(codec)) };
    });
    return { metadata, columns, groupRows: metadata.row_groups.map(({ num_rows }) => Number(num_rows)) };
  } catch (error) {
    return failDamaged(error, fail);
  }
}

const failDamaged = (error: unknown, fail: Fail): never =>
  fail(`expected a whole Parquet file, found a damaged one (${(error as Error).message})`);

/** The values of the three columns in rows `start` … `end` − 1. */
async function readRows(
  source: { readonly file: ArrayBuffer; readonly metadata: FileMetaData; readonly compressors: Compressors },
  start: number,
  end: number,
  fail: Fail,
): Promise<readonly (readonly unknown[])[]> {
  let found: unknown[][] = [];
  try {
    await parquetRead({
      ...{ ...source, columns: [...COLUMNS], rowStart: start, rowEnd: end },
      onComplete: (rows) => (found = rows),
    });
  } catch (error) {
    failDamaged(error, fail);
  }
  if (found.length !== end - start) fail(`expected ${end - start} rows from row ${start} on, found ${found.length}`);
  return found;
}

function addRow(table: CountTable, row: readonly unknown[], place: number, fail: Fail): void {
  const [context, next] = COLUMNS.slice(0, 2).map((column, i) => {
    const value = row[i];
    if ((typeof value === "string" && value !== "") || isWhole(value)) return String(value);
    return fail(`row ${place}: expected a string or a whole number for ${column}, found ${describeValue(value)}`);
  });
  const count = Number(row[2]);
  if (!isWhole(row[2]) || !Number.isSafeInteger(count) || count < 0)
    fail(`row ${place}: expected a count, a whole number from 0 to 2^53 - 1, found ${describeValue(row[2])}`);
  table.add(context!, next!, count);
}

const isWhole = (value: unknown): value is number | bigint => typeof value === "bigint" || Number.isInteger(value);

function describeValue(value: unknown): string {
  if (value === undefined || value === null) return "none";
  if (typeof value === "string") return quote(value);
  return typeof value === "number" || typeof value === "bigint" ? `${value}` : `a ${typeof value}`;
}
