import { OptionError } from "../errors.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Cell } from "../results/csv.ts";
import type { LongWork } from "../support/long-work.ts";
import { describe, requireKnownOptions, requireOneOf, requireWhole } from "../support/options.ts";
import { RandomStream } from "../support/random.ts";

/** A whole number, or a list of names, of pairs of whole numbers such as `10/6`, or of more of them such as `6/4/10/2`. */
export type ChoiceValue = number | readonly string[];

/** What the user may choose, with what it is otherwise. All of it is JSON. */
export interface StudyChoice {
  readonly help: string;
  readonly default: ChoiceValue;
  readonly range:
    | { readonly least: number; readonly most: number }
    | { readonly names: readonly string[] }
    | { readonly pairs: { readonly least: number; readonly most: number } }
    | { readonly wholes: { readonly of: readonly string[]; readonly least: number; readonly most: number } };
}

/** Every study has a seed among its choices. */
export type Choices = Readonly<Record<string, ChoiceValue>> & { readonly seed: number };

/** A piece of a study that can be done by itself, in seconds. */
export interface Unit<Work = unknown> {
  /** Its place in the study, from 0. */
  readonly number: number;
  /** What draws all that is random in it: of the study's seed and the number alone, see `seedOf`. */
  readonly seed: number;
  readonly work: Work;
}

export interface UnitResult<Work = unknown, Result = unknown> {
  readonly unit: Unit<Work>;
  readonly result: Result;
}

/** Points over x, with an interval of y each where one is known. */
export interface StudySeries {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly low?: number; readonly high?: number }[];
  /** Whether they stand alone, without a line through them. */
  readonly isScattered?: boolean;
  /** Places on the axis that the series is held against; dashed when they are marked so. */
  readonly marks?: readonly { readonly x: number; readonly isDashed?: boolean }[];
  /** Values of y that it is held against. */
  readonly levels?: readonly number[];
}

export interface StudyFigure {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly isLogX?: boolean;
  readonly isLogY?: boolean;
  readonly series: readonly StudySeries[];
  /** What marks stand for, a line each. */
  readonly notes: readonly string[];
}

/** What a study says once all of its units are there. */
export interface StudyReport {
  /** Rows of the CSV files by name, headings first. */
  readonly csv: Readonly<Record<string, readonly (readonly Cell[])[]>>;
  /** For people, in columns. */
  readonly table: string;
  /** The answer in words. */
  readonly verdict: string;
  readonly figures: Readonly<Record<string, StudyFigure>>;
  /** Arrays of the npz. */
  readonly arrays: Readonly<
    Record<string, { readonly data: Float64Array | Int32Array; readonly shape: readonly number[] }>
  >;
}

/** A question that many small pieces of work answer together. */
export interface Study<C extends Choices = Choices, Work = unknown, Result = unknown> {
  readonly name: string;
  readonly question: string;
  readonly choices: Readonly<Record<keyof C & string, StudyChoice>>;
  /** What there is to do, always in the same order for the same choices; JSON. */
  works(choices: C): readonly Work[];
  /** Does one unit, the same on every machine and in every order; its result is JSON. Undefined once the signal is aborted. */
  solve(gpu: Gpu, unit: Unit<Work>, options: LongWork): Promise<Result | undefined>;
  /** @param results of all units, in their order */
  report(choices: C, results: readonly UnitResult<Work, Result>[]): StudyReport;
}

/** A seed for a part of what a seed draws, 0 … 2^53 − 2. */
export const seedOf = (seed: number, part: number): number => new RandomStream(seed, part).integer(2 ** 53 - 1);

/**
 * The study's choices with the given ones among them.
 * @throws OptionError for one that there is not, or one out of range
 */
export function chosen(study: Study, given: Partial<Choices>): Choices {
  requireKnownOptions(given, Object.keys(study.choices));
  const all = Object.entries(study.choices).map(([name, choice]) => {
    const value = given[name] ?? choice.default;
    requireChoice(name, value, choice.range);
    return [name, value] as const;
  });
  return Object.fromEntries(all) as unknown as Choices;
}

function requireChoice(name: string, value: ChoiceValue, range: StudyChoice["range"]): void {
  if ("least" in range) return requireWhole(name, value as number, range.least, range.most);
  if (!Array.isArray(value) || value.length === 0)
    throw new OptionError(name, `expected a list of at least one, found ${describe(value)}`);
  const texts = value as readonly string[];
  for (const [i, text] of texts.entries()) {
    if (texts.indexOf(text) < i) throw new OptionError(name, `expected each only once, found ${text} again`);
    if ("names" in range) requireOneOf(name, text, range.names);
    else if ("pairs" in range) requireWholes(name, text, 2, range.pairs, "two whole numbers", "10/6");
    else
      requireWholes(name, text, range.wholes.of.length, range.wholes, `whole numbers (${range.wholes.of.join("/")})`);
  }
}

function requireWholes(
  name: string,
  text: string,
  count: number,
  { least, most }: { least: number; most: number },
  what: string,
  example?: string,
): void {
  const isFine =
    /^[1-9]\d*(\/[1-9]\d*)*$/.test(text) &&
    wholesOf(text).length === count &&
    wholesOf(text).every((x) => x >= least && x <= most);
  if (!isFine)
    throw new OptionError(
      name,
      `expected ${what} from ${least} to ${most}${example ? ` such as ${example}` : ""}, found ${describe(text)}`,
    );
}

/** The numbers of a text such as `6/4/10/2`. */
export const wholesOf = (text: string): readonly number[] => text.split("/").map(Number);

/** The numbers of a pair such as `10/6`. */
export const pairOf = (text: string): readonly [number, number] =>
  wholesOf(text) as unknown as readonly [number, number];

/** All units of a study, in their order. */
export function unitsOf(study: Study, choices: Choices): Unit[] {
  return study.works(choices).map((work, number) => ({ number, seed: seedOf(choices.seed, number), work }));
}
