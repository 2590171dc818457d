/** What an optimiser makes of a gradient entry by entry, as WGSL on `Entry`, which is f32 or vec4f. */
export interface EntryRule {
  /** The names of its numbers, at most five, f32. */
  readonly numbers: readonly string[];
  /** What it keeps of each entry from step to step, zero at first: at most two, `first` and `second` to the rule. */
  readonly averages: readonly string[];
  /** Statements once a step, from `step_number`, f32 and 1 for the first. */
  readonly once: string;
  /** Statements for each entry: from `g`, `first` and `second`, which it renews, to `direction`. */
  readonly entry: string;
}

/** The numbers of a rule by their names, from the uniform's number1, number2, … */
export const ruleNumbers = ({ numbers }: EntryRule): string =>
  numbers.map((name, i) => `let ${name} = params.number${i + 1};`).join("\n");

/** Declares and reads what a rule keeps of an entry, each at its place. */
export const readAverages = ({ averages }: EntryRule, places: readonly string[]): string =>
  averages.map((_, n) => `var ${AVERAGES[n]} = ${places[n]};`).join("\n");

/** Writes it back. */
export const writeAverages = ({ averages }: EntryRule, places: readonly string[]): string =>
  averages.map((_, n) => `${places[n]} = ${AVERAGES[n]};`).join("\n");

const AVERAGES = ["first", "second"];
