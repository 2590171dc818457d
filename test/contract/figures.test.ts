import { csvParse } from "d3-dsv";
import { describe, expect, test } from "vitest";
import { FIXED_CHARTS } from "../../demo/models/fixed-embeddings.ts";
import type { PredictionRow } from "../../src/results/prediction-facts.ts";
import { DEVICE_FIGURES, FIGURES, LIMIT_FIGURES, type TracePoint } from "../../src/figures/figures.ts";
import { FACTOR_FIGURES } from "../../src/figures/embedding-figures.ts";
import { readNpz } from "../../src/formats/npz.ts";
import { paper1Plane } from "../../src/problem/synthetic.ts";
import { packArrays } from "../../src/results/arrays.ts";
import { traceCsv } from "../../src/results/csv.ts";
import { formatFigure } from "../../src/results/format-figure.ts";
import { reportText, runRecord } from "../../src/results/record.ts";
import { giveVerdict } from "../../src/results/verdict.ts";
import { curvesCsv } from "../../src/studies/curves-csv.ts";
import { experimentReport } from "../../src/studies/experiment-report.ts";
import { figures as curveFiles } from "../../tools/pictures/figures.mjs";

const problem = paper1Plane();
/** A point in which every figure has a value of its own, none that a cosine could not have. */
const point = {
  step: 7,
  ...Object.fromEntries(FIGURES.map(({ key }, i) => [key, (i + 1) / 64])),
} as unknown as TracePoint;
const trace = [point];
const record = runRecord(problem, {
  status: "done",
  source: { name: "p", kind: "test", notes: [] },
  seed: 1,
  initial: "zero",
  optimizer: "gradient-descent",
  schedule: "constant",
  stepSizeRule: "given",
  steps: 7,
  trainingMs: 1,
  final: point,
  verdict: giveVerdict({ trace }),
  trace,
});
const experiment = {
  experiment: "e",
  title: "title",
  question: "question",
  status: "done",
  seed: 1,
  steps: 7,
  arms: [{ ...record, label: 'a "quoted", label' }],
} as const;

const unique = <T>(values: readonly T[]): void => expect([...new Set(values)]).toEqual(values);

test.each([
  ["a decoder", FIGURES],
  ["both factors", FACTOR_FIGURES],
])("no two figures of %s have a name, a symbol or a column in common", (_, figures) => {
  unique(figures.map(({ key }) => key));
  unique(figures.map(({ symbol }) => symbol));
  unique(figures.map(({ label }) => label));
  unique(figures.map(({ csvColumn }) => csvColumn));
  unique(figures.flatMap(({ line }) => (line ? [`${line.chart}: ${line.label}`] : [])));
});

test("the columns of the npz have no gap", () => {
  const columns = FIGURES.flatMap(({ npzColumn }) => npzColumn ?? []);
  expect(columns.sort((a, b) => a - b)).toEqual(columns.map((_, i) => i + 1));
});

describe.each(FIGURES.map((figure) => [figure.key, figure] as const))("%s", (key, figure) => {
  const value = point[key]!;

  test("is in the CSV of a run and of an experiment", () => {
    expect(csvParse(traceCsv(trace))[0]![figure.csvColumn]).toBe(String(value));
    const [row] = csvParse(curvesCsv(experiment, FIGURES));
    expect([row!.run, row![figure.csvColumn]]).toEqual([experiment.arms[0].label, String(value)]);
  });

  test("is in the npz where it has a column", () => {
    const bytes = packArrays(problem, { trained: { trace, stepSize: 1, decoder: new Float64Array(10) } });
    const row = [...readNpz("arrays.npz", bytes, ["gd_trace"]).get("gd_trace")!.data];
    expect(row.indexOf(value)).toBe(figure.npzColumn ?? -1);
  });

  test("is in the report of a run", () => {
    expect(reportText(record)).toContain(formatFigure(value));
  });

  test("is in the table of an experiment's report where it says so", () => {
    const [head, row] = experimentReport(experiment).split("\n").slice(4, 6);
    expect(head!.split(/ {2,}/).includes(figure.symbol)).toBe(figure.isReported);
    expect(row!.split(/ {2,}/).includes(String(Number(value.toPrecision(4))))).toBe(figure.isReported);
  });

  test("is drawn where it says so", () => {
    const { line, curve } = figure;
    if (line) {
      const drawn = FIXED_CHARTS.find(({ id }) => id === `${line.chart}-chart`)!.lines.find(
        ({ label }) => label === line.label,
      )!;
      const limits = { margin: { norm: 2 } } as never;
      expect(drawn.value(point, limits)).toBe(line.drawn ? line.drawn(value, limits) : value);
    }
    if (curve) expect(Object.keys(curveFiles(experiment, [figure]))).toEqual([`${curve}.svg`]);
  });
});

test("what theory predicts of a figure has a column, and dots from a tenth of where it is expected to hold", () => {
  const steps = [1, 10, 100, 1000];
  const line = steps.map((step) => [step, 2 / step] as const);
  const predictions: PredictionRow[] = [
    { figure: "lossGap", holdsFrom: 100, line },
    { figure: "normGrowth", at: 1000 },
  ];
  const longer = steps.map((step) => ({ ...point, step }));
  const rows = csvParse(traceCsv(longer, FIGURES, predictions));
  expect(rows.columns.filter((name) => name.startsWith("predicted_"))).toEqual(["predicted_loss_gap"]);
  expect(rows.map(({ predicted_loss_gap }) => Number(predicted_loss_gap))).toEqual(steps.map((step) => 2 / step));
  const arms = [
    { ...experiment.arms[0], trace: longer, predictions },
    { ...experiment.arms[0], label: "other" },
  ];
  const curves = csvParse(curvesCsv({ ...experiment, arms }, FIGURES));
  expect(curves.map(({ predicted_loss_gap }) => predicted_loss_gap)).toEqual(["2", "0.2", "0.02", "0.002", ""]);
  const gapFigure = FIGURES.filter(({ key }) => key === "lossGap");
  const pathIn = (svg: string | undefined): string =>
    /<path[^>]*stroke-dasharray="0.1 4"[^>]*>|<g[^>]*stroke-dasharray="0.1 4"[^>]*>\s*<path[^>]*>/.exec(
      svg ?? "",
    )?.[0] ?? "";
  const drawn = pathIn(curveFiles({ ...experiment, arms }, gapFigure)["gap.svg"]);
  expect(drawn.match(/[ML]/g)).toHaveLength(3);
  expect(pathIn(curveFiles(experiment, gapFigure)["gap.svg"])).toBe("");
});

test("the table is what the device measures and what is held against the limits", () => {
  expect(FIGURES.map(({ key }) => key)).toEqual([...DEVICE_FIGURES, ...LIMIT_FIGURES].map(({ key }) => key));
});

test("a decoder that a point keeps is in no CSV, record, npz or report", () => {
  const decoder = new Float64Array(10).fill(0.123456789);
  const kept = [{ ...point, decoder }];
  const again = runRecord(problem, { ...record, final: kept[0], path: [], trace: kept });
  expect({ ...again, date: record.date }).toStrictEqual({ ...record, path: [] });
  const path = [{ ...kept[0]!, lambda: 1 } as never];
  expect(JSON.stringify(runRecord(problem, { ...record, path }))).not.toContain(String(decoder[0]));
  expect(traceCsv(kept)).toBe(traceCsv(trace));
  const arms = [{ ...experiment.arms[0], ...again }];
  expect(curvesCsv({ ...experiment, arms }, FIGURES)).toBe(curvesCsv(experiment, FIGURES));
  expect(experimentReport({ ...experiment, arms })).toBe(experimentReport(experiment));
  const arraysOf = (points: readonly TracePoint[]): Uint8Array =>
    packArrays(problem, { trained: { trace: points, stepSize: 1, decoder: new Float64Array(10) } });
  expect(arraysOf(kept)).toStrictEqual(arraysOf(trace));
  expect(giveVerdict({ trace: kept })).toStrictEqual(giveVerdict({ trace }));
});

test("a cell without a number is empty, one with commas or quotes is quoted", () => {
  const { loss, lossGap, inSupportGap, offSupportGap, norm } = point;
  const bare = { step: 0, loss, lossGap, inSupportGap, offSupportGap, norm, alignment: NaN };
  expect(traceCsv([bare]).split("\r\n")[1]).toMatch(/^0,[\d.,]+,{5}$/);
  expect(curvesCsv(experiment, FIGURES)).toContain('"a ""quoted"", label"');
});
