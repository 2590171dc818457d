import { shortFigure, textTable } from "../../results/text-table.ts";
import { median } from "../median.ts";
import type { StudyReport, UnitResult } from "../study.ts";
import type { EmergenceChoices, EmergenceResult, EmergenceWork, Probabilities } from "./work.ts";

type Problems = readonly UnitResult<EmergenceWork, EmergenceResult>[];

interface Mode {
  readonly unit: Problems[number]["unit"];
  /** From 1. */
  readonly number: number;
  readonly value: number;
  readonly expected: number;
  readonly found: number | null;
  /** Whether it is expected within {@link AWAITED} of the steps, so that it counts even where it did not emerge. */
  readonly isAwaited: boolean;
}

/** Modes of a law. */
interface Group {
  readonly law: Probabilities;
  readonly problems: number;
  readonly awaited: readonly Mode[];
  /** Found over expected steps of those that emerged. */
  readonly ratios: readonly number[];
  /** Those of the first mode of each problem, which no other has bent. */
  readonly firstRatios: readonly number[];
  readonly order: Order;
}

/** Pairs of modes of one problem of which one at least emerged, and how many of them did so in the order of s_i. */
interface Order {
  readonly pairs: number;
  readonly agreeing: number;
}

const AWAITED = 0.8;
/** Relative difference below which float32 does not tell singular values apart. */
const SAME = 1e-5;

export function emergenceReport({ probabilities }: EmergenceChoices, results: Problems): StudyReport {
  const groups = probabilities.map((law) => groupOf(law, results));
  const modes = results.flatMap(modesOf);
  return {
    csv: { emergence: rowsOf(modes) },
    table: textTable(groups, [
      ["probabilities", ({ law }) => law],
      ["problems", ({ problems }) => String(problems)],
      ["modes", ({ awaited }) => String(awaited.length)],
      ["emerged", ({ ratios }) => String(ratios.length)],
      ["found/expected", ({ ratios }) => median(ratios)],
      ["least", ({ ratios }) => Math.min(...ratios)],
      ["largest", ({ ratios }) => Math.max(...ratios)],
      ["Kendall’s τ", ({ order }) => kendall(order)],
    ]),
    verdict: verdictOf(groups),
    figures: {
      emergence: {
        title: "When modes emerge, over when linear growth says so",
        ...{ x: "s_i", y: "found/expected", isLogX: true },
        series: groups.map(({ law, awaited }) => ({
          label: law,
          isScattered: true,
          points: awaited.flatMap(({ value, expected, found }) =>
            found === null ? [] : [{ x: value, y: found / expected }],
          ),
          levels: [1],
        })),
        notes: [`modes expected within ${100 * AWAITED} % of the steps`],
      },
    },
    arrays: arraysOf(modes),
  };
}

const modesOf = ({ unit, result: { values, expected, found } }: Problems[number]): Mode[] =>
  values.map((value, i) => ({
    ...{ unit, number: i + 1, value, expected: expected[i]!, found: found[i]! },
    isAwaited: expected[i]! <= AWAITED * unit.work.steps,
  }));

function groupOf(law: Probabilities, results: Problems): Group {
  const own = results.filter(({ unit }) => unit.work.probabilities === law);
  const problems = own.map((problem) => modesOf(problem).filter(({ isAwaited }) => isAwaited));
  const orders = problems.map(orderOf);
  const awaited = problems.flat();
  return {
    ...{ law, problems: own.length, awaited },
    ratios: ratiosOf(awaited),
    firstRatios: ratiosOf(awaited.filter(({ number }) => number === 1)),
    order: {
      pairs: orders.reduce((sum, { pairs }) => sum + pairs, 0),
      agreeing: orders.reduce((sum, { agreeing }) => sum + agreeing, 0),
    },
  };
}

const ratiosOf = (modes: readonly Mode[]): number[] =>
  modes.flatMap(({ expected, found }) => (found === null ? [] : [found / expected]));

/** @param modes of one problem, by s_i, which descend; one that did not emerge comes after all that did */
function orderOf(modes: readonly Mode[]): Order {
  let [pairs, agreeing] = [0, 0];
  for (const [i, first] of modes.entries())
    for (const second of modes.slice(i + 1)) {
      const [before, after] = [first.found ?? Infinity, second.found ?? Infinity];
      if (before === after || first.value - second.value <= SAME * first.value) continue;
      pairs++;
      if (before < after) agreeing++;
    }
  return { pairs, agreeing };
}

/** (agreeing − others)/pairs (Kendall 1938). */
const kendall = ({ pairs, agreeing }: Order): number => (2 * agreeing - pairs) / pairs;

const verdictOf = (groups: readonly Group[]): string =>
  groups
    .map(({ law, problems, awaited, ratios, firstRatios, order }) => {
      const head = `${law} probabilities, ${problems} problems: ${ratios.length} of ${awaited.length} modes that are expected within ${100 * AWAITED} % of the steps emerged`;
      if (ratios.length === 0) return `${head}.`;
      const first = firstRatios.length > 0 ? `; the first mode of each problem after ${rangeOf(firstRatios)}` : "";
      const tail =
        order.pairs > 0
          ? ` The order agrees with that of s_i in ${order.agreeing} of ${order.pairs} pairs (Kendall’s τ ${shortFigure(kendall(order))}).`
          : "";
      return `${head}, after ${rangeOf(ratios)} times the expected steps, ${shortFigure(median(ratios))} in the middle${first}.${tail}`;
    })
    .join("\n");

const rangeOf = (values: readonly number[]): string =>
  `${shortFigure(Math.min(...values))} to ${shortFigure(Math.max(...values))}`;

const rowsOf = (modes: readonly Mode[]): (string | number | undefined)[][] => [
  [
    ...["problem", "V", "m", "support", "probabilities", "mode", "s", "expected_steps", "found_steps", "ratio"],
    "awaited",
  ],
  ...modes.map(({ unit: { number: problem, work }, number, value, expected, found, isAwaited }) => [
    ...[problem, work.words, work.contexts, work.support, work.probabilities, number, value, expected],
    ...[found ?? undefined, found === null ? undefined : found / expected, isAwaited ? 1 : 0],
  ]),
];

/** Of every mode; NaN where it did not emerge. */
function arraysOf(modes: readonly Mode[]): StudyReport["arrays"] {
  const of = (value: (mode: Mode) => number) => ({ data: Float64Array.from(modes, value), shape: [modes.length] });
  return {
    unit: of(({ unit }) => unit.number),
    seed: of(({ unit }) => unit.seed),
    mode: of(({ number }) => number),
    s: of(({ value }) => value),
    expected_steps: of(({ expected }) => expected),
    found_steps: of(({ found }) => found ?? NaN),
  };
}
