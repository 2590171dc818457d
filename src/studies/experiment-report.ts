import { DEVICE_FIGURES, LIMIT_FIGURES } from "../figures/figures.ts";
import { formatFigure } from "../results/format-figure.ts";
import { describePredictions } from "../results/prediction-facts.ts";
import { textTable, type Column } from "../results/text-table.ts";
import { describeVerdict } from "../results/verdict.ts";
import type { ArmRecord, ExperimentRecord } from "./experiment-record.ts";
import { describePanels } from "./norm-panel.ts";

/** An experiment in lines for people: its question, a table of where its runs ended, and the verdict on each. */
export function experimentReport(record: Omit<ExperimentRecord, "report">): string {
  const { title, question, seed, arms, status } = record;
  const adapter = arms[0]?.adapter?.label ?? "none";
  const facts = `Seed ${seed}; adapter: ${adapter}.${status === "done" ? "" : ` The experiment ended as ${status}.`}`;
  const panelled = arms.flatMap(({ norms, ...arm }) => (norms ? [{ ...arm, norms }] : []));
  const panels = panelled.length > 0 ? [`\n${describePanels(panelled)}`] : [];
  return [
    ...[title, question, facts, "", textTable(arms, COLUMNS), ...panels],
    ...arms.map((arm) => `\n${armText(arm)}`),
  ].join("\n");
}

const COLUMNS: readonly Column<ArmRecord>[] = [
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
  value: (key: Key) => Column<ArmRecord>[1],
): Column<ArmRecord>[] {
  return figures.filter(({ isReported }) => isReported).map(({ key, symbol }) => [symbol, value(key)]);
}

function armText({ label, entropy, verdict, final, predictions = [] }: ArmRecord): string {
  const lines: [string, string][] = [["entropy bound", `${formatFigure(entropy)} nats`]];
  if (final) lines.push(["loss gap", `${formatFigure(final.lossGap)} nats after ${final.step} steps`]);
  for (const { name, text } of verdict ? describeVerdict(verdict) : []) lines.push([name, text]);
  for (const { name, text } of describePredictions(predictions)) lines.push([name, text]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return [label, ...lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join("\n");
}
