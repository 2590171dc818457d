import { DECODER_NORMS } from "../../float64/decoder-norms.ts";
import { textTable } from "../../results/text-table.ts";
import type { Ahead } from "../../studies/norm-panel.ts";
import { definitionOf, OPTIMIZERS, type Optimizer } from "../../training/methods/method.ts";
import { pairOf, type StudyFigure, type StudyReport, type UnitResult } from "../study.ts";
import { meanInterval, type MeanInterval } from "./student.ts";
import type { NormsChoices, NormsPoint, NormsResult, NormsWork } from "./work.ts";

type Results = readonly UnitResult<NormsWork, NormsResult>[];

/** All runs of one optimiser on problems of one size. */
interface Cell {
  readonly words: number;
  readonly support: number;
  readonly optimizer: Optimizer;
  /** The place of its own norm among the norms. */
  readonly own: number;
  /** Problems that were drawn, and points of the runs on those that are separable. */
  readonly problems: number;
  readonly runs: readonly (readonly NormsPoint[])[];
  /** Runs whose last decoder separates. */
  readonly separated: number;
  /** Of those runs: the margin in the own norm less the largest in another. */
  readonly lead: MeanInterval;
  readonly ahead: Ahead;
}

export function normsReport({ sizes, optimizers, contexts, dim }: NormsChoices, results: Results): StudyReport {
  const cells = sizes.flatMap((size) => optimizers.map((optimizer) => cellOf(size, optimizer, results)));
  return {
    csv: { norms: csvRows(cells, contexts, dim) },
    table: textTable(cells, [
      ["V", ({ words }) => String(words)],
      ["|S|", ({ support }) => String(support)],
      ["optimiser", ({ optimizer }) => optimizer],
      ...DECODER_NORMS.map((norm, n) => [norm, (cell: Cell) => within(lastMargins(cell, n))] as const),
      ["own norm", ({ own }) => DECODER_NORMS[own]],
      ["own less other", ({ lead }) => within(lead)],
      ["separate", ({ separated, problems }) => `${separated} of ${problems}`],
      ["", ({ ahead }) => ahead],
    ]),
    verdict: verdictOf(sizes, cells),
    figures: Object.fromEntries(
      sizes.map((size, s) => [
        s === 0 ? "norms" : `norms-${size.replace("/", "-")}`,
        figureOf(size, contexts, dim, cells),
      ]),
    ),
    arrays: arraysOf(results),
  };
}

function cellOf(size: string, optimizer: Optimizer, results: Results): Cell {
  const [words, support] = pairOf(size);
  const found = results.filter(
    ({ unit: { work } }) => work.words === words && work.support === support && work.optimizer === optimizer,
  );
  const runs = found.map(({ result }) => result.points).filter(({ length }) => length > 0);
  const own = DECODER_NORMS.indexOf(definitionOf({ optimizer }).norm);
  const separated = runs.map((points) => points.at(-1)!).filter(({ margins }) => margins[own]! > 0);
  const lead = leadOf(own, separated);
  const ahead = lead.low > 0 ? "own norm ahead" : lead.high < 0 ? "another norm ahead" : "not told apart";
  return { words, support, optimizer, own, problems: found.length, runs, separated: separated.length, lead, ahead };
}

/** Student's interval of the lead over problems, made wider by what certificates leave open. */
function leadOf(own: number, points: readonly NormsPoint[]): MeanInterval {
  const { mean, low, high } = meanInterval(
    points.map(({ margins }) => margins[own]! - Math.max(...margins.filter((_, n) => n !== own))),
  );
  const open = Math.max(0, ...points.map(({ errors }) => 2 * Math.max(...errors)));
  return { mean, low: low - open, high: high + open };
}

const lastMargins = ({ runs }: Cell, norm: number): MeanInterval =>
  meanInterval(runs.map((points) => points.at(-1)!.margins[norm]!));

const within = ({ mean, low, high }: MeanInterval): string =>
  Number.isFinite(high - low) ? `${mean.toFixed(3)} ± ${((high - low) / 2).toFixed(3)}` : "–";

const digits = (value: number): number => Number(value.toPrecision(6));
const known = (value: number): number | undefined => (Number.isFinite(value) ? digits(value) : undefined);

const csvRows = (cells: readonly Cell[], contexts: number, dim: number): (string | number | undefined)[][] => [
  ["V", "support", "m", "d", "optimizer", "own_norm", "step", "norm", "runs", "mean", "low", "high"],
  ...cells.flatMap(({ words, support, optimizer, own, runs }) =>
    (runs[0] ?? []).flatMap(({ step }, i) =>
      DECODER_NORMS.map((norm, n) => {
        const { mean, low, high } = meanInterval(runs.map((points) => points[i]!.margins[n]!));
        return [
          ...[words, support, contexts, dim, optimizer, DECODER_NORMS[own], step, norm, runs.length],
          ...[digits(mean), known(low), known(high)],
        ];
      }),
    ),
  ),
];

const OUTCOMES: readonly Ahead[] = ["own norm ahead", "another norm ahead", "not told apart"];

function verdictOf(sizes: readonly string[], cells: readonly Cell[]): string {
  const lines = sizes.map((size) => {
    const [words, support] = pairOf(size);
    const here = cells.filter((cell) => cell.words === words && cell.support === support);
    const outcomes = OUTCOMES.map((outcome) => [outcome, here.filter(({ ahead }) => ahead === outcome)] as const)
      .filter(([, found]) => found.length > 0)
      .map(([outcome, found]) => `${outcome}: ${found.map(({ optimizer }) => optimizer).join(", ")}`);
    return `V = ${words}, |S| = ${support}: ${outcomes.join("; ")}.`;
  });
  const left = cells.reduce((sum, { problems, runs }) => sum + problems - runs.length, 0);
  return [
    ...lines,
    "Means over problems with Student’s intervals of 95 %; what is ahead is judged on the differences within runs that separate, certificates included.",
    ...(left > 0 ? [`${left} runs left out, whose problems are not proved separable.`] : []),
  ].join("\n");
}

function figureOf(size: string, contexts: number, dim: number, cells: readonly Cell[]): StudyFigure {
  const [words, support] = pairOf(size);
  return {
    title: `Margin in the optimiser’s own norm, V = ${words}, |S| = ${support}, m = ${contexts}, d = ${dim}`,
    x: "step k",
    y: "margin over the best",
    isLogX: true,
    series: cells
      .filter((cell) => cell.words === words && cell.support === support)
      .map(({ optimizer, own, runs }) => ({
        label: `${optimizer}, ${DECODER_NORMS[own]}`,
        points: (runs[0] ?? []).map(({ step }, i) => {
          const { mean, low, high } = meanInterval(runs.map((points) => points[i]!.margins[own]!));
          return { x: step, y: mean, ...(Number.isFinite(high - low) && { low, high }) };
        }),
      })),
    notes: ["│ Student’s interval, 95 %"],
  };
}

/** Of every run: its unit, V, |S|, the number of its optimiser in the library's table, and the margins at its last step; NaN where there is none. */
function arraysOf(results: Results): StudyReport["arrays"] {
  const of = (value: (result: Results[number]) => number) => ({
    data: Float64Array.from(results, value),
    shape: [results.length],
  });
  return {
    unit: of(({ unit }) => unit.number),
    words: of(({ unit }) => unit.work.words),
    support: of(({ unit }) => unit.work.support),
    problem_seed: of(({ unit }) => unit.work.problemSeed),
    optimizer: of(({ unit }) => OPTIMIZERS.indexOf(unit.work.optimizer)),
    margins: {
      data: Float64Array.from(
        results.flatMap(({ result }) => DECODER_NORMS.map((_, n) => result.points.at(-1)?.margins[n] ?? NaN)),
      ),
      shape: [results.length, DECODER_NORMS.length],
    },
  };
}
