import { table } from "./table.ts";

/** Where a bench shows what it finds, and what can stop it. */
export interface Screen {
  say(line: string): void;
  /** A table; the first row has the names of the columns. */
  show(title: string, rows: readonly (readonly string[])[]): void;
  /** A bench that is stopped throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What is logged in the page is printed by bench/run.mjs. */
export const CONSOLE: Screen = {
  say: (line) => console.log(line),
  show: (title, rows) => console.log(`\n${title}\n\n${table(rows)}\n`),
};
