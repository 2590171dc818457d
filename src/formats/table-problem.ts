import { dsvFormat } from "d3-dsv";
import { quote } from "./content.ts";
import { COLUMNS, CountTable } from "./count-table.ts";
import type { Fail, FormatInput, FormatOutput } from "./format.ts";
import { counted, namesOf } from "./notes.ts";
import { wholeText } from "./whole-text.ts";

/**
 * A table with a header, of which the columns `context`, `next` and `count` say how often which word came after which context; rows of the
 * same two add. Commas separate in .csv, tabs in .tsv; what has one of them, or a line end, in it stands in quotation marks.
 */
export async function read(input: FormatInput): Promise<FormatOutput> {
  const { name, options, fail } = input;
  const text = await wholeText(input, "a table");
  const { table, unread } = readTable(text, /\.tsv$/i.test(name) ? "\t" : ",", fail);
  return table.toProblem(unread, options, fail);
}

/** The counts, and the names of the columns beside the three. */
function readTable(text: string, delimiter: "," | "\t", fail: Fail): { table: CountTable; unread: readonly string[] } {
  const table = new CountTable();
  let header: readonly string[] | undefined;
  let places: readonly number[] = [];
  let line = 1;
  dsvFormat(delimiter).parseRows(text, (fields) => {
    const start = line;
    line += 1 + fields.reduce((breaks, field) => breaks + (field.match(/\r\n?|\n/g)?.length ?? 0), 0);
    if (fields.length === 1 && fields[0] === "") return null;
    if (!header) {
      header = fields.map((field) => field.trim());
      places = placesOf(header, fail);
      // one that nothing closes would take all that follows into its field
      if (text.split('"').length % 2 === 0)
        fail('expected quotation marks in pairs, "" for one within a field, found an odd number of them');
      return null;
    }
    if (fields.length !== header.length)
      fail(`line ${start}: expected ${counted(header.length, "field")}, as in the header, found ${fields.length}`);
    const [context, next, count] = places.map((place) => fields[place]!) as [string, string, string];
    for (const [column, field] of [
      ["context", context],
      ["next", next],
    ] as const)
      if (field === "") fail(`line ${start}: expected a value for ${column}, found an empty field`);
    table.add(context, next, readCount(count, start, fail));
    return null;
  });
  if (!header) return fail("expected a header with the columns context, next and count, found no line");
  return { table, unread: header.filter((_, place) => !places.includes(place)) };
}

/** Where the three columns are. */
function placesOf(header: readonly string[], fail: Fail): number[] {
  return COLUMNS.map((column) => {
    const place = header.indexOf(column);
    if (place < 0)
      fail(
        `expected a header with the columns context, next and count, found ${namesOf(header)} (a text to count words in goes into a .txt file)`,
      );
    if (header.includes(column, place + 1)) fail(`expected one column "${column}", found several`);
    return place;
  });
}

function readCount(field: string, line: number, fail: Fail): number {
  const count = /^ *\+?\d+(?:\.0*)?(?:e\+?\d+)? *$/i.test(field) ? Number(field) : NaN;
  if (Number.isSafeInteger(count)) return count;
  return fail(`line ${line}: expected a count, a whole number from 0 to 2^53 - 1, found ${quote(field)}`);
}
