import { textTable } from "../../results/text-table.ts";
import { pairOf, type StudyFigure, type StudyReport, type StudySeries, type UnitResult } from "../study.ts";
import type { CurveRow, GeneralisationChoices, GeneralisationResult, GeneralisationWork } from "./work.ts";

type Results = readonly UnitResult<GeneralisationWork, GeneralisationResult>[];

/** Runs of one source and size. */
interface Group {
  readonly samples: number;
  readonly dim: number;
  readonly source: string;
  readonly results: readonly GeneralisationResult[];
}

export function generalisationReport(choices: GeneralisationChoices, results: Results): StudyReport {
  const groups = groupsOf(choices, results);
  return {
    csv: { generalisation: unitRows(results), "generalisation-curves": curveRows(results) },
    table: textTable(groups, [
      ["samples", ({ samples }) => String(samples)],
      ["d", ({ dim }) => String(dim)],
      ["source", ({ source }) => source],
      ["missing mass", ofEach(({ missingMass }) => missingMass)],
      ["Good–Turing", ofEach(({ goodTuring }) => goodTuring)],
      ["best CE", ofEach(({ descent }) => best(descent, SEEN)?.[SEEN])],
      ["at step", ofEach(({ descent }) => best(descent, SEEN)?.[0])],
      ["last CE", ofEach(({ descent }) => descent.at(-1)?.[SEEN])],
      ["best CE by ridge", ofEach(({ ridge }) => best(ridge, SEEN)?.[SEEN])],
      ["slope", ofEach(({ measured }) => measured?.seen)],
      ["predicted", ofEach(({ predicted }) => predicted?.seen)],
      ["on new contexts", ofEach(({ measured }) => measured?.fresh)],
      ["predicted", ofEach(({ predicted }) => predicted?.fresh)],
    ]),
    verdict: verdictOf(groups),
    figures: { generalisation: curvesFigure(groups), "generalisation-slopes": slopesFigure(groups) },
    arrays: arraysOf(results),
  };
}

/** Columns of a {@link CurveRow}. */
const [TRAIN, SEEN, FRESH] = [1, 2, 3] as const;

function groupsOf({ sources, sizes }: GeneralisationChoices, results: Results): Group[] {
  return sources.flatMap((source) =>
    sizes.map((size) => {
      const [samples, dim] = pairOf(size);
      const isOne = ({ unit: { work } }: (typeof results)[number]): boolean =>
        work.source === source && work.samples === samples && work.dim === dim;
      return { source, samples, dim, results: results.filter(isOne).map(({ result }) => result) };
    }),
  );
}

/** The first row of the smallest test loss of those that have one. */
function best(rows: readonly CurveRow[], column: typeof SEEN | typeof FRESH): CurveRow | undefined {
  const losses = rows.map((row) => row[column] ?? Infinity);
  const least = Math.min(...losses);
  return least < Infinity ? rows[losses.indexOf(least)] : undefined;
}

/** The mean over the runs of a group that have a figure. */
const ofEach =
  (figure: (result: GeneralisationResult) => number | null | undefined) =>
  ({ results }: Group): number | undefined =>
    mean(results.map(figure).filter((value) => value != null));

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

const digits = (value: number | null | undefined): number | undefined =>
  value == null ? undefined : Number(value.toPrecision(6));

/** Measured over predicted slope on the contexts that were seen. */
const ratioOf = ({ measured, predicted }: GeneralisationResult): number | undefined =>
  measured && predicted && predicted.seen > 0 ? measured.seen / predicted.seen : undefined;

const unitRows = (results: Results): (string | number | undefined)[][] => [
  [
    ...["unit", "source", "V", "m", "d", "samples", "steps", "run", "margin_status", "margin", "ridge_status"],
    ...["train_entropy", "true_entropy", "missing_mass", "good_turing", "new_share"],
    ...["best_step", "best_ce", "last_ce", "best_step_new", "best_ce_new", "last_ce_new"],
    ...["best_lambda", "best_ce_ridge", "best_lambda_new", "best_ce_ridge_new"],
    ...["slope", "slope_predicted", "slope_ratio", "slope_new", "slope_new_predicted"],
  ],
  ...results.map(({ unit: { number, work }, result }) => {
    const { descent, ridge, measured, predicted } = result;
    const last = descent.at(-1);
    const bestOf = (rows: readonly CurveRow[], column: typeof SEEN | typeof FRESH): (number | undefined)[] => {
      const row = best(rows, column);
      return [row?.[0], digits(row?.[column])];
    };
    return [
      ...[number, work.source, result.words, result.contexts, work.dim, work.samples, work.steps],
      ...[result.runStatus, result.marginStatus, digits(result.margin), result.ridgeStatus],
      ...[result.trainEntropy, result.trueEntropy, result.missingMass, result.goodTuring, result.freshShare].map(
        digits,
      ),
      ...[...bestOf(descent, SEEN), digits(last?.[SEEN]), ...bestOf(descent, FRESH), digits(last?.[FRESH])],
      ...[...bestOf(ridge, SEEN), ...bestOf(ridge, FRESH)],
      ...[measured?.seen, predicted?.seen, ratioOf(result), measured?.fresh, predicted?.fresh].map(digits),
    ];
  }),
];

/** `at` is the step of gradient descent, or λ on the ridge path. */
const curveRows = (results: Results): (string | number | undefined)[][] => [
  ["unit", "path", "at", "train_gap", "test_ce", "test_ce_new"],
  ...results.flatMap(({ unit, result: { descent, ridge } }) => {
    const rowsOf = (path: string, rows: readonly CurveRow[]): (string | number | undefined)[][] =>
      rows.map(([at, ...figures]) => [unit.number, path, at, ...figures.map(digits)]);
    return [...rowsOf("descent", descent), ...rowsOf("ridge", ridge)];
  }),
];

function verdictOf(groups: readonly Group[]): string {
  return groups
    .map((group) => {
      const { samples, dim, source, results } = group;
      const ratios = results.map(ratioOf).filter((ratio) => ratio !== undefined);
      const where = `${samples} samples of a context, d = ${dim}, ${source}: `;
      if (ratios.length === 0) return `${where}no run has both a slope and a prediction.`;
      const furthest = Math.max(...ratios.map((ratio) => Math.abs(ratio - 1)));
      const above = results.filter(({ measured, missingMass }) => measured && measured.seen >= missingMass).length;
      return (
        `${where}the late slope is within ${percent(furthest)} of the prediction in ${count(ratios.length, results.length)}, ` +
        `${percent(Math.abs(mean(ratios)! - 1))} off in the mean; it is at least the missing mass in ${count(above, results.length)}. ` +
        `Stopping at the best step saves ${short(saved(results, "descent"))} nats of the last test loss, the best λ ${short(saved(results, "ridge"))}.`
      );
    })
    .join("\n");
}

const count = (some: number, all: number): string => (some === all ? `all ${all} runs` : `${some} of ${all} runs`);
const percent = (share: number): string => `${short(100 * share)} %`;
const short = (value: number): string => String(Number(value.toPrecision(2)));

/** By how much the last test loss of a run that came to its end lies above the least one, in the mean. */
const saved = (results: readonly GeneralisationResult[], path: "descent" | "ridge"): number =>
  mean(
    results
      .filter(({ measured }) => measured)
      .map((result) => result.descent.at(-1)![SEEN] - best(result[path], SEEN)![SEEN]),
  )!;

function curvesFigure(groups: readonly Group[]): StudyFigure {
  const series = (group: Group): StudySeries[] => {
    const { samples, dim, source, results } = group;
    const name = `${samples} samples, d = ${dim}, ${source}`;
    const ended = results.filter(({ measured }) => measured);
    const curve = (column: typeof TRAIN | typeof SEEN, above: (result: GeneralisationResult) => number) =>
      (ended[0]?.descent ?? []).map(([step], i) => ({
        x: step,
        y: mean(ended.map((result) => above(result) + result.descent[i]![column]))!,
      }));
    return [
      { label: `test, ${name}`, points: curve(SEEN, () => 0) },
      { label: `training, ${name}`, points: curve(TRAIN, ({ trainEntropy }) => trainEntropy) },
    ];
  };
  return {
    title: "Cross-entropy on the contexts that were seen",
    ...{ x: "step", y: "cross-entropy", isLogX: true, series: groups.flatMap(series), notes: [] },
  };
}

function slopesFigure(groups: readonly Group[]): StudyFigure {
  const both = groups.map(({ samples, dim, source, results }) => ({
    label: `${samples} samples, d = ${dim}, ${source}`,
    points: results.flatMap(({ predicted, measured }) =>
      predicted && measured ? [{ x: predicted.seen, y: measured.seen }] : [],
    ),
  }));
  const largest = Math.max(0, ...both.flatMap(({ points }) => points.map(({ x }) => x)));
  const equal = { label: "equal", points: [0, largest].map((x) => ({ x, y: x })) };
  return {
    title: "Late growth of the test cross-entropy by log step",
    ...{ x: "predicted from W_mm", y: "measured", series: [equal, ...both], notes: [] },
  };
}

/** A number for each unit; NaN where there is none. */
function arraysOf(results: Results): StudyReport["arrays"] {
  const of = (value: (result: UnitResult<GeneralisationWork, GeneralisationResult>) => number | null | undefined) => ({
    data: Float64Array.from(results, (result) => value(result) ?? NaN),
    shape: [results.length],
  });
  return {
    unit: of(({ unit }) => unit.number),
    seed: of(({ unit }) => unit.seed),
    samples: of(({ unit }) => unit.work.samples),
    dim: of(({ unit }) => unit.work.dim),
    margin: of(({ result }) => result.margin),
    missing_mass: of(({ result }) => result.missingMass),
    good_turing: of(({ result }) => result.goodTuring),
    slope: of(({ result }) => result.measured?.seen),
    slope_predicted: of(({ result }) => result.predicted?.seen),
    slope_new: of(({ result }) => result.measured?.fresh),
    slope_new_predicted: of(({ result }) => result.predicted?.fresh),
  };
}
