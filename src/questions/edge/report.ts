import { shortFigure, textTable } from "../../results/text-table.ts";
import { median } from "../median.ts";
import type { StudyReport, StudySeries, UnitResult } from "../study.ts";
import type { EdgeChoices, EdgeResult, EdgeWork } from "./work.ts";

type Run = UnitResult<EdgeWork, EdgeResult>;

/** In-support gaps that count as nothing left below the edge, and as something left above it. */
const [NOTHING, SOMETHING] = [1e-7, 1e-3];
/** Of the loss gap after a tenth of the steps: where it falls like 1/k, a tenth is left. */
const FALLEN = 1 / 2;

export function edgeReport({ ratios, steps }: EdgeChoices, runs: readonly Run[]): StudyReport {
  const percents = ratios.map(Number).sort((a, b) => a - b);
  const ofKind = (kind: EdgeWork["kind"], percent: number): Run[] =>
    runs.filter(({ unit: { work } }) => work.kind === kind && work.percent === percent);
  const gaps = (percent: number): number[] => known(ofKind("support", percent), "inSupportGap");
  const losses = (percent: number): number[] => known(ofKind("one-hot", percent), "lossGap");
  return {
    csv: { edge: rowsOf(runs) },
    table: textTable(percents, [
      ["η/η_c", (percent) => percent / 100],
      ["problems", (percent) => String(ofKind("support", percent).length)],
      ["in-support gap", (percent) => median(gaps(percent))],
      ["least", (percent) => Math.min(...gaps(percent))],
      ["largest", (percent) => Math.max(...gaps(percent))],
      ["one-hot: CE − H", (percent) => median(losses(percent))],
      ["least ", (percent) => Math.min(...losses(percent))],
      ["largest ", (percent) => Math.max(...losses(percent))],
    ]),
    verdict: verdictOf(runs),
    figures: {
      edge: {
        title: `After ${steps} steps of a constant size`,
        ...{ x: "η/η_c", y: "gap, nats", isLogY: true },
        series: [seriesOf("in-support gap", percents, gaps), seriesOf("one-hot: CE − H", percents, losses)],
        notes: ["median, least and largest", "of the problems"],
      },
    },
    arrays: arraysOf(runs),
  };
}

const known = (runs: readonly Run[], key: "inSupportGap" | "lossGap"): number[] =>
  runs.map(({ result }) => result[key]).filter((gap) => gap !== null);

/** What can be drawn on a logarithmic axis. */
function seriesOf(label: string, percents: readonly number[], gaps: (percent: number) => number[]): StudySeries {
  const points = percents.flatMap((percent) => {
    const found = gaps(percent).filter((gap) => gap > 0);
    if (found.length === 0) return [];
    return [{ x: percent / 100, y: median(found), low: Math.min(...found), high: Math.max(...found) }];
  });
  return { label, points, marks: [{ x: 1 }] };
}

function verdictOf(runs: readonly Run[]): string {
  const chosen = (kind: EdgeWork["kind"], among: (percent: number) => boolean): Run[] =>
    runs.filter(({ unit: { work } }) => work.kind === kind && among(work.percent));
  const below = chosen("support", (percent) => percent < 100);
  const above = chosen("support", (percent) => percent > 100);
  const oneHot = chosen("one-hot", () => true);
  const parts = oneHot.map(({ result: { stepSize, safeStep } }) => stepSize / safeStep);
  return [
    says("Below the edge the in-support gap ends below 1e-7", below, (r) => isBelow(r.inSupportGap, NOTHING)),
    says("Above the edge it ends above 1e-3", above, ({ inSupportGap: gap }) => gap !== null && gap > SOMETHING),
    says(
      `On one-hot data, which have no edge, CE − H falls at step sizes of ${shortFigure(Math.min(...parts))}/L to ${shortFigure(Math.max(...parts))}/L`,
      oneHot,
      ({ lossGap, earlierGap }) => earlierGap !== null && isBelow(lossGap, FALLEN * earlierGap),
    ),
  ]
    .filter(Boolean)
    .join("\n");
}

const isBelow = (gap: number | null, most: number): boolean => gap !== null && gap < most;

/** A sentence on how many of the runs it holds for, and for which not; none without runs. */
function says(claim: string, runs: readonly Run[], holds: (result: EdgeResult) => boolean): string {
  if (runs.length === 0) return "";
  const others = runs.filter(({ result }) => !holds(result));
  if (others.length === 0) return `${claim} in all of ${runs.length} runs.`;
  const named = others.map(({ unit: { work } }) => `${nameOf(work)} at ${work.percent / 100} η_c`);
  return `${claim} in ${runs.length - others.length} of ${runs.length} runs, not of (V, m, d, |S|) = ${named.join(", ")}.`;
}

const nameOf = ({ words, contexts, dim, support }: EdgeWork): string =>
  `(${[words, contexts, dim, support].join(", ")})`;

const rowsOf = (runs: readonly Run[]): (string | number | null)[][] => [
  [
    ...["problem", "V", "m", "d", "support", "kind", "ratio", "eta", "eta_L", "edge_lower", "edge_upper"],
    ...["in_support_gap", "loss_gap", "loss_gap_at_tenth", "norm", "status"],
  ],
  ...runs.map(({ unit: { work }, result }) => [
    ...[nameOf(work), work.words, work.contexts, work.dim, work.kind === "one-hot" ? 1 : work.support],
    ...[work.kind, work.percent / 100, result.stepSize, result.stepSize / result.safeStep, result.lower, result.upper],
    ...[result.inSupportGap, result.lossGap, result.earlierGap, result.norm, result.status],
  ]),
];

/** Of every run; NaN for gaps of one that diverged, and 1 or 0 for one-hot data and others. */
function arraysOf(runs: readonly Run[]): StudyReport["arrays"] {
  const of = (value: (run: Run) => number | null) => ({
    data: Float64Array.from(runs, (run) => value(run) ?? NaN),
    shape: [runs.length],
  });
  return {
    unit: of(({ unit }) => unit.number),
    one_hot: of(({ unit }) => (unit.work.kind === "one-hot" ? 1 : 0)),
    ratio: of(({ unit }) => unit.work.percent / 100),
    eta: of(({ result }) => result.stepSize),
    edge_lower: of(({ result }) => result.lower),
    edge_upper: of(({ result }) => result.upper),
    in_support_gap: of(({ result }) => result.inSupportGap),
    loss_gap: of(({ result }) => result.lossGap),
    norm: of(({ result }) => result.norm),
  };
}
