import { DEVICE_FIGURES, LIMIT_FIGURES } from "../figures/figures.ts";
import { formatFigure } from "../results/format-figure.ts";
import { describeVerdict } from "../results/verdict.ts";
import type { ArmRecord, ExperimentRecord } from "./experiment-record.ts";

/** An experiment in lines for people: its question, a table of where its runs ended, and the verdict on each. */
export function experimentReport(record: Omit<ExperimentRecord, "report">): string {
  const { title, question, seed, arms, status } = record;
  const adapter = arms[0]?.adapter?.label ?? "none";
  const facts = `Seed ${seed}; adapter: ${adapter}.${status === "done" ? "" : ` The experiment ended as ${status}.`}`;
  return [title, question, facts, "", table(arms), ...arms.map((arm) => `\n${armText(arm)}`)].join("\n");
}

type Column = readonly [string, (arm: ArmRecord) => string | number | undefined];

const COLUMNS: readonly Column[] = [
  ["run", ({ label }) => label],
  ["compatible", ({ verdict }) => verdict?.compatible.holds],
  ["separable", ({ verdict }) => verdict?.separable.holds],
  ["steps", ({ steps }) => String(steps)],
  ...reported(
    DEVICE_FIGURES,
    (key) =>
      ({ final }) =>
        final?.[key],
  ),
  ["‖W_mm‖", ({ margin }) => margin?.norm],
  ...reported(
    LIMIT_FIGURES,
    (key) =>
      ({ verdict }) =>
        verdict?.measured?.figures[key]?.value,
  ),
];

/** The columns of those figures that an experiment's report has one for. */
function reported<Key extends string>(
  figures: readonly { readonly key: Key; readonly symbol: string; readonly isReported: boolean }[],
  value: (key: Key) => Column[1],
): Column[] {
  return figures.filter(({ isReported }) => isReported).map(({ key, symbol }) => [symbol, value(key)]);
}

function table(arms: readonly ArmRecord[]): string {
  const cell = (value: string | number | undefined): string =>
    typeof value === "string" ? value : value !== undefined && Number.isFinite(value) ? shortFigure(value) : "–";
  const rows = [COLUMNS.map(([name]) => name), ...arms.map((arm) => COLUMNS.map(([, value]) => cell(value(arm))))];
  const widths = COLUMNS.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows
    .map((row) =>
      row
        .map((text, c) => text.padEnd(widths[c]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Four digits: enough for a table beside the record that has all of them. */
const shortFigure = (value: number): string =>
  Math.abs(value) >= 1e-3 ? String(Number(value.toPrecision(4))) : value.toExponential(3);

function armText({ label, entropy, verdict, final }: ArmRecord): string {
  const lines: [string, string][] = [["entropy bound", `${formatFigure(entropy)} nats`]];
  if (final) lines.push(["loss gap", `${formatFigure(final.lossGap)} nats after ${final.step} steps`]);
  for (const { name, text } of verdict ? describeVerdict(verdict) : []) lines.push([name, text]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return [label, ...lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join("\n");
}
