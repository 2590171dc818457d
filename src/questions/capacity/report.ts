import { shortFigure, textTable } from "../../results/text-table.ts";
import { median, medianInterval } from "../median.ts";
import { wholesOf, type StudyFigure, type StudyReport, type UnitResult } from "../study.ts";
import { theta } from "../threshold/theta.ts";
import type { CapacityChoices, CapacityResult, CapacityWork } from "./work.ts";

type Streams = readonly UnitResult<CapacityWork, CapacityResult>[];

/** Streams of one size. */
interface Cell extends CapacityWork {
  readonly streams: number;
  /** m* in the middle; undefined where streams that are not decided can move it. */
  readonly middle: number | undefined;
  readonly low: number;
  readonly high: number;
  readonly undecided: number;
  readonly theta: number;
  /** d/θ, to the digits that θ has. */
  readonly expected: number;
  /** d V/(2 ln V), to which d/θ tends for many words; of one-hot data alone. */
  readonly manyWords: number | undefined;
}

export function capacityReport({ sizes }: CapacityChoices, results: Streams): StudyReport {
  const cells = sizes.map((size) => {
    const [words, support, dim] = wholesOf(size) as [number, number, number];
    return cellOf({ words, support, dim }, results);
  });
  return {
    csv: { capacity: rowsOf(cells) },
    table: textTable(cells, [
      ["V", ({ words }) => String(words)],
      ["|S|", ({ support }) => String(support)],
      ["d", ({ dim }) => String(dim)],
      ["m*", ({ middle }) => middle],
      ["between", ({ low, high }) => `${low === -Infinity ? "…" : low} and ${high === Infinity ? "…" : high}`],
      ["d/θ", ({ expected }) => expected],
      ["θ m*/d", ratioOf],
      ["m* − d/θ", shiftOf],
      ["d V/(2 ln V)", ({ manyWords }) => manyWords],
      ["undecided", ({ undecided }) => String(undecided)],
    ]),
    verdict: verdictOf(cells),
    figures: { capacity: figureOf(cells) },
    arrays: arraysOf(results),
  };
}

/** The largest number of contexts that a stream can have and be separable, as far as is known. */
const mostOf = ({ inseparable }: CapacityResult): number => (inseparable === null ? Infinity : inseparable - 1);

function cellOf(size: CapacityWork, all: Streams): Cell {
  const { words, support, dim } = size;
  const streams = all
    .filter(({ unit: { work } }) => work.words === words && work.support === support && work.dim === dim)
    .map(({ result }) => result);
  const [lows, highs] = [streams.map(({ separable }) => separable), streams.map(mostOf)];
  const [low, high] = medianInterval(lows, highs);
  const middle = median(lows);
  const predicted = theta(words, support);
  return {
    ...{ ...size, streams: streams.length, low, high },
    middle: middle === median(highs) ? middle : undefined,
    undecided: streams.filter((stream) => stream.separable !== mostOf(stream)).length,
    ...{ theta: predicted, expected: digits(dim / predicted) },
    manyWords: support === 1 ? (dim * words) / (2 * Math.log(words)) : undefined,
  };
}

const digits = (value: number): number => Number(value.toPrecision(6));

const ratioOf = ({ middle, expected }: Cell): number | undefined =>
  middle === undefined ? undefined : digits(middle / expected);
const shiftOf = ({ middle, expected }: Cell): number | undefined =>
  middle === undefined ? undefined : digits(middle - expected);

function verdictOf(cells: readonly Cell[]): string {
  const known = cells.filter(({ middle }) => middle !== undefined);
  const range = (of: (cell: Cell) => number | undefined, among = known): string => {
    const values = among.map(of).filter((value) => value !== undefined);
    return `${shortFigure(Math.min(...values))} to ${shortFigure(Math.max(...values))}`;
  };
  const farthest = known.filter(
    ({ words, support, dim }) =>
      !known.some((other) => other.words === words && other.support === support && other.dim > dim),
  );
  const within = cells.filter(({ low, high, expected }) => expected >= low && expected <= high);
  const most = known
    .filter(({ manyWords }) => manyWords !== undefined)
    .sort((a, b) => b.words - a.words || b.dim - a.dim)[0];
  const streams = cells.reduce((sum, cell) => sum + cell.streams, 0);
  const undecided = cells.reduce((sum, cell) => sum + cell.undecided, 0);
  return [
    known.length > 0
      ? `m*/d is ${range(ratioOf)} times 1/θ, and ${range(ratioOf, farthest)} times at the largest d of each (V, |S|). m* differs from d/θ by ${range(shiftOf)} contexts, which is ${range((cell) => shiftOf(cell)! * cell.theta)} dimensions.`
      : "No median of m* is known.",
    `d/θ lies within the interval of the median at ${within.length} of ${cells.length} sizes.`,
    most
      ? `With ${most.words} words, one-hot, m* is ${shortFigure(most.middle! / most.manyWords!)} times d V/(2 ln V), and d/θ ${shortFigure(most.expected / most.manyWords!)} times.`
      : "",
    `${streams} streams, m* of ${streams - undecided} of them proved from both sides in float64, ${undecided} undecided.`,
  ]
    .filter(Boolean)
    .join("\n");
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

const rowsOf = (cells: readonly Cell[]): (string | number | undefined)[][] => [
  [
    ...["V", "support", "d", "streams", "median_m", "median_low", "median_high", "undecided", "theta", "d_over_theta"],
    ...["many_words", "ratio", "shift"],
  ],
  ...cells.map((cell) => [
    ...[cell.words, cell.support, cell.dim, cell.streams, cell.middle, finite(cell.low), finite(cell.high)],
    ...[
      cell.undecided,
      digits(cell.theta),
      cell.expected,
      cell.manyWords && digits(cell.manyWords),
      ratioOf(cell),
      shiftOf(cell),
    ],
  ]),
];

function figureOf(cells: readonly Cell[]): StudyFigure {
  const names = new Map(cells.map((cell) => [`V = ${cell.words}, |S| = ${cell.support}`, cell]));
  return {
    title: "Contexts that are separable, median of random streams",
    ...{ x: "d", y: "m*/d" },
    series: [...names].map(([label, { words, support, theta }]) => ({
      label,
      points: cells
        .filter((cell) => cell.words === words && cell.support === support && cell.middle !== undefined)
        .sort((a, b) => a.dim - b.dim)
        .map(({ dim, middle, low, high }) => ({
          ...{ x: dim, y: middle! / dim },
          ...(Number.isFinite(low) && Number.isFinite(high) && { low: low / dim, high: high / dim }),
        })),
      levels: [1 / theta],
    })),
    notes: ["── 1/θ(V, |S|)"],
  };
}

/** Of every stream: V, |S|, d, its seed, and the contexts that are proved separable and not; −1 where none are. */
function arraysOf(results: Streams): StudyReport["arrays"] {
  const of = (value: (stream: Streams[number]) => number) => ({
    data: Float64Array.from(results, value),
    shape: [results.length],
  });
  return {
    unit: of(({ unit }) => unit.number),
    seed: of(({ unit }) => unit.seed),
    words: of(({ unit }) => unit.work.words),
    support: of(({ unit }) => unit.work.support),
    dim: of(({ unit }) => unit.work.dim),
    separable: of(({ result }) => result.separable),
    inseparable: of(({ result }) => result.inseparable ?? -1),
  };
}
