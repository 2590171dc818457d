import type { AnalysisRecord } from "./analyse.ts";
import type { Float64Check } from "./float64-check.ts";

/** A figure with eight significant digits, as people read it: plain where it is short, else with an exponent. */
export function formatFigure(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(8))) : value.toExponential(7);
}

/** The lines of an analysis's report. */
export function reportLines(record: AnalysisRecord): string[] {
  const { problem, file, final, evaluated } = record;
  const lines: [string, string][] = [
    [
      "problem",
      `${file.name} (${file.kind}): ${problem.contextCount} contexts, ${problem.vocabularySize} words, embedding dimension ${problem.embeddingDim}, ${problem.supportEntries} support entries`,
    ],
    ...file.notes.map((note): [string, string] => ["note", note]),
    ["adapter", record.adapter.label],
    ["entropy bound", `${formatFigure(record.entropy)} nats`],
    ["step size", `${formatFigure(record.stepSize)}${record.stepSizeRule === "1/L" ? " = 1/L" : ""}`],
    [
      "steps",
      `${record.steps}${record.status === "done" ? "" : ` (${record.status})`} in ${(record.trainingMs / 1000).toFixed(2)} s`,
    ],
  ];
  if (final)
    lines.push(
      ["loss", `${formatFigure(final.loss)} nats`],
      [
        "loss gap",
        `${formatFigure(final.lossGap)} nats above the entropy bound (in support ${formatFigure(final.inSupportGap)}, off support ${formatFigure(final.offSupportGap)})`,
      ],
      ["norm", formatFigure(final.norm)],
    );
  else lines.push(["loss", "lost: the run diverged, the step size is too large (1/L is the default)"]);
  if (record.float64Check) lines.push(["float64 check", describeCheck(record.float64Check)]);
  if (evaluated)
    lines.push(
      [`gap at ${evaluated.name}`, `${formatFigure(evaluated.lossGap)} nats`],
      [`gradient norm there`, formatFigure(evaluated.gradientNorm)],
    );
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
}

/** One sentence about a check. */
export function describeCheck(check: Float64Check): string {
  if (check.status === "skipped") return `skipped: ${check.why}`;
  const figures = `loss gap ${formatFigure(check.lossGap)} on the CPU, relative difference ${check.relativeDifference.toExponential(1)}`;
  return check.status === "agrees"
    ? `agrees: ${figures}`
    : `DISAGREES: ${figures}; do not trust this adapter's figures`;
}
