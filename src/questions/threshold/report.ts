import { textTable } from "../../results/text-table.ts";
import { pairOf, seedOf, type StudyFigure, type StudyReport, type UnitResult } from "../study.ts";
import { fiftyPoint, shareInterval, type Counts, type FiftyPoint } from "./fifty.ts";
import { theta } from "./theta.ts";
import type { ThresholdChoices, ThresholdResult, ThresholdWork } from "./work.ts";

type Results = readonly UnitResult<ThresholdWork, ThresholdResult>[];

/** Problems of one size, law and dimension, and how many letters of each kind they have. */
interface Cell {
  readonly work: ThresholdWork;
  readonly problems: number;
  readonly separable: Letters;
  readonly compatible: Letters;
}

type Letters = Readonly<Record<"y" | "n" | "?", number>>;

/** Cells of one size and law, by dimension. */
interface Curve {
  readonly words: number;
  readonly support: number;
  readonly contexts: number;
  readonly embedding: string;
  readonly theta: number;
  readonly cells: readonly Cell[];
  readonly fifty: FiftyPoint;
  readonly isWithin: boolean;
}

/** How far θ m may lie outside of the interval of the 50 % point: at finite m the threshold is shifted by about a dimension. */
const MOST_SHIFT = 2;

export function thresholdReport(choices: ThresholdChoices, results: Results): StudyReport {
  const curves = curvesOf(choices, cellsOf(results));
  return {
    csv: { threshold: cellRows(curves), "threshold-fifty": fiftyRows(curves) },
    table: textTable(curves, [
      ["V", ({ words }) => String(words)],
      ["|S|", ({ support }) => String(support)],
      ["m", ({ contexts }) => String(contexts)],
      ["embeddings", ({ embedding }) => embedding],
      ["θ m", ({ theta, contexts }) => theta * contexts],
      ["50 % at d", ({ fifty }) => fifty.dim],
      ["between", ({ fifty }) => interval(fifty)],
      ["shift", ({ theta, contexts, fifty }) => fifty.dim && fifty.dim - theta * contexts],
      ["undecided", ({ cells }) => String(cells.reduce((sum, { separable }) => sum + separable["?"], 0))],
    ]),
    verdict: verdictOf(curves),
    figures: Object.fromEntries(
      choices.embeddings.map((embedding, e) => [
        e === 0 ? "threshold" : `threshold-${embedding}`,
        figureOf(embedding, choices.contexts, curves),
      ]),
    ),
    arrays: arraysOf(results),
  };
}

function cellsOf(results: Results): Cell[] {
  const cells = new Map<string, Cell>();
  for (const { unit, result } of results) {
    const { words, support, dim, embedding } = unit.work;
    const name = [words, support, embedding, dim].join();
    const known = cells.get(name);
    cells.set(name, {
      work: unit.work,
      problems: (known?.problems ?? 0) + unit.work.count,
      separable: countLetters(result.separable, known?.separable),
      compatible: countLetters(result.compatible, known?.compatible),
    });
  }
  return [...cells.values()];
}

function countLetters(letters: string, known: Letters = { y: 0, n: 0, "?": 0 }): Letters {
  const counts = { ...known };
  for (const letter of letters) counts[letter as keyof Letters]++;
  return counts;
}

function curvesOf({ sizes, embeddings, contexts }: ThresholdChoices, all: readonly Cell[]): Curve[] {
  return sizes.flatMap((size) => {
    const [words, support] = pairOf(size);
    const predicted = theta(words, support);
    return embeddings.map((embedding) => {
      const cells = all.filter(
        ({ work }) => work.words === words && work.support === support && work.embedding === embedding,
      );
      const fifty = fiftyPoint(cells.map(countsOf));
      const isWithin =
        predicted * contexts >= fifty.low - MOST_SHIFT && predicted * contexts <= fifty.high + MOST_SHIFT;
      return { words, support, contexts, embedding, theta: predicted, cells, fifty, isWithin };
    });
  });
}

const countsOf = ({ work, problems, separable }: Cell): Counts => ({
  ...{ dim: work.dim, problems, yes: separable.y, no: separable.n },
});

const digits = (value: number): number => Number(value.toPrecision(6));

const cellRows = (curves: readonly Curve[]): (string | number)[][] => [
  [
    ...["V", "support", "m", "d", "problems", "separable", "inseparable", "undecided", "theta"],
    ...["embeddings", "compatible", "incompatible", "compatibility_undecided", "compatible_from"],
  ],
  ...curves.flatMap(({ words, support, contexts, embedding, theta, cells }) =>
    cells.map(({ work, problems, separable, compatible }) => [
      ...[words, support, contexts, work.dim, problems, separable.y, separable.n, separable["?"], digits(theta)],
      ...[embedding, compatible.y, compatible.n, compatible["?"], digits((support - 1) / (words - 1))],
    ]),
  ),
];

const fiftyRows = (curves: readonly Curve[]): (string | number | undefined)[][] => [
  ["V", "support", "m", "embeddings", "theta_m", "d50", "d50_low", "d50_high", "shift"],
  ...curves.map(({ words, support, contexts, embedding, theta, fifty: { dim, low, high } }) => [
    ...[words, support, contexts, embedding, digits(theta * contexts), dim && digits(dim)],
    ...[Number.isFinite(low) ? low : undefined, Number.isFinite(high) ? high : undefined],
    dim && digits(dim - theta * contexts),
  ]),
];

const interval = ({ low, high }: FiftyPoint): string =>
  `${Number.isFinite(low) ? low : "…"} and ${Number.isFinite(high) ? high : "…"}`;

function verdictOf(curves: readonly Curve[]): string {
  const named = ({ words, support, embedding }: Curve): string => `(${words}, ${support}) ${embedding}`;
  const open = curves.filter(({ fifty }) => !Number.isFinite(fifty.low) || !Number.isFinite(fifty.high));
  const outside = curves.filter((curve) => !open.includes(curve) && !curve.isWithin);
  const undecided = curves.flatMap(({ cells }) => cells).reduce((sum, { separable }) => sum + separable["?"], 0);
  const total = curves.flatMap(({ cells }) => cells).reduce((sum, { problems }) => sum + problems, 0);
  const where = (found: readonly Curve[]): string => found.map(named).join(", ");
  return [
    outside.length === 0 && open.length === 0
      ? "θ m lies within the interval of the 50 % point plus two dimensions at every (V, |S|) and for all embeddings."
      : "",
    outside.length > 0 ? `θ m lies outside of the interval plus two dimensions at (V, |S|) = ${where(outside)}.` : "",
    open.length > 0 ? `Too few problems or dimensions to bracket the 50 % point at (V, |S|) = ${where(open)}.` : "",
    `${total} problems, ${total - undecided} of them proved separable or not in float64, ${undecided} undecided.`,
  ]
    .filter(Boolean)
    .join("\n");
}

function figureOf(embedding: string, contexts: number, curves: readonly Curve[]): StudyFigure {
  return {
    title: `Separable random problems, ${embedding} embeddings, m = ${contexts}`,
    x: "d/m",
    y: "share that is separable",
    series: curves
      .filter((curve) => curve.embedding === embedding)
      .map(({ words, support, theta, cells }) => ({
        label: `V = ${words}, |S| = ${support}`,
        points: cells.map(({ work, problems, separable }) => {
          const [low, high] = shareInterval(separable.y, problems);
          return { x: work.dim / contexts, y: separable.y / problems, low, high };
        }),
        marks: [{ x: theta }, ...(support > 1 ? [{ x: (support - 1) / (words - 1), isDashed: true }] : [])],
      })),
    notes: ["── θ(V, |S|)", "– – compatible from (|S| − 1)/(V − 1)"],
  };
}

const STATUS: Readonly<Record<string, number>> = { y: 1, n: 0, "?": -1 };

/** Of every problem: V, |S|, m, d and the number of its law; its seed; 1, 0 or −1 for yes, no and undecided. */
function arraysOf(results: Results): StudyReport["arrays"] {
  const problems = results.flatMap(({ unit, result }) =>
    Array.from({ length: unit.work.count }, (_, p) => ({ unit, result, p })),
  );
  const of = (value: (problem: (typeof problems)[number]) => number) => ({
    data: Float64Array.from(problems, value),
    shape: [problems.length],
  });
  const status = (key: keyof ThresholdResult) => ({
    data: Int32Array.from(problems, ({ result, p }) => STATUS[result[key][p]!]!),
    shape: [problems.length],
  });
  return {
    unit: of(({ unit }) => unit.number),
    seed: of(({ unit, p }) => seedOf(unit.seed, p)),
    words: of(({ unit }) => unit.work.words),
    support: of(({ unit }) => unit.work.support),
    dim: of(({ unit }) => unit.work.dim),
    separable: status("separable"),
    compatible: status("compatible"),
  };
}
