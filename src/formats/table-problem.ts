import { dsvFormat } from "d3-dsv";
import { addCount, problemFromCounts, type CountRows } from "../problem/corpus/counts.ts";
import { corpusOptions, type Fail, type FormatInput, type FormatOutput } from "./format.ts";
import { quote } from "./content.ts";
import { counted, countNotes, namesOf, unreadNotes } from "./notes.ts";
import { wholeText } from "./whole-text.ts";

const COLUMNS = ["context", "next", "count"] as const;

/**
 * A table with a header, of which the columns `context`, `next` and `count` say how often which word came after which context; rows of the
 * same two add. Commas separate in .csv, tabs in .tsv; what has one of them, or a line end, in it stands in quotation marks.
 */
export async function read(input: FormatInput): Promise<FormatOutput> {
  const { name, options, fail } = input;
  const text = await wholeText(input, "a table");
  const table = readTable(text, /\.tsv$/i.test(name) ? "\t" : ",", fail);
  const { rows, contexts, words } = table;
  const made = await problemFromCounts(
    { rows, contextCount: contexts.length, vocabularySize: words.length, contextLabels: contexts, words },
    corpusOptions(options),
  );
  const notes = unreadNotes("column", table.unread);
  if (table.zeros > 0) notes.push(`Of ${counted(table.zeros, "row")} with a count of 0 the words alone were kept.`);
  return { problem: made.problem, notes: [...notes, ...countNotes(made)] };
}

interface Table {
  readonly rows: CountRows;
  readonly contexts: readonly string[];
  readonly words: readonly string[];
  /** Columns beside the three. */
  readonly unread: readonly string[];
  /** Rows with a count of 0. */
  readonly zeros: number;
}

/** Contexts and words in the order in which they appear first. */
function readTable(text: string, delimiter: "," | "\t", fail: Fail): Table {
  const contexts = new Map<string, number>();
  const words = new Map<string, number>();
  const rows: CountRows = new Map();
  let header: readonly string[] | undefined;
  let places: readonly number[] = [];
  let zeros = 0;
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
    const number = readCount(count, start, fail);
    if (number === 0) zeros++;
    addCount(rows, numberOf(contexts, context), numberOf(words, next), number);
    return null;
  });
  if (!header) return fail("expected a header with the columns context, next and count, found no line");
  if (contexts.size === 0) return fail("expected rows of counts, found none below the header");
  if (words.size === 1) return fail(`expected at least two distinct words, found one, ${namesOf([...words.keys()])}`);
  const unread = header.filter((_, place) => !places.includes(place));
  return { rows, contexts: [...contexts.keys()], words: [...words.keys()], unread, zeros };
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

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}
