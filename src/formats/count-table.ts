import { addCount, problemFromCounts, type CountRows } from "../problem/corpus/counts.ts";
import { corpusOptions, type Fail, type FormatOutput, type ReadProblemOptions } from "./format.ts";
import { counted, countNotes, namesOf, unreadNotes } from "./notes.ts";

/** The columns of a table of counts: how often which word came after which context. */
export const COLUMNS = ["context", "next", "count"] as const;

/** Counts by the names of contexts and words, which keep the order in which they appear first. Counts of the same two add. */
export class CountTable {
  readonly #rows: CountRows = new Map();
  readonly #contexts = new Map<string, number>();
  readonly #words = new Map<string, number>();
  #zeros = 0;

  /** @param count a whole number, from 0 */
  add(context: string, next: string, count: number): void {
    if (count === 0) this.#zeros++;
    addCount(this.#rows, numberOf(this.#contexts, context), numberOf(this.#words, next), count);
  }

  /** @param unread names of the columns beside the three */
  async toProblem(unread: readonly string[], options: ReadProblemOptions, fail: Fail): Promise<FormatOutput> {
    const [contextLabels, words] = [[...this.#contexts.keys()], [...this.#words.keys()]];
    if (contextLabels.length === 0) fail("expected rows of counts, found none");
    if (words.length === 1) fail(`expected at least two distinct words, found one, ${namesOf(words)}`);
    const made = await problemFromCounts(
      { rows: this.#rows, contextCount: contextLabels.length, vocabularySize: words.length, contextLabels, words },
      corpusOptions(options),
    );
    const notes = unreadNotes("column", unread);
    if (this.#zeros > 0) notes.push(`Of ${counted(this.#zeros, "row")} with a count of 0 the words alone were kept.`);
    return {
      problem: made.problem,
      notes: [...notes, ...countNotes(options.vectors ? { ...made, drawn: undefined } : made)],
    };
  }
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}
