import { describeCheck, formatFigure, type TracePoint } from "../src/index.ts";
import type { RunView } from "./run.ts";

/** The report's lines: what was run, where, and what came out. */
export function reportText(view: RunView, failure?: string): string {
  const { loaded, settings, step, trace, stepSize, adapter, check, phase, trainingMs } = view;
  const { problem } = loaded;
  const last = trace.at(-1);
  const lines: [string, string][] = [
    [
      "problem",
      `${loaded.name}: ${problem.contextCount} contexts, ${problem.vocabularySize} words, embedding dimension ${problem.embeddingDim}, ${problem.tokens.length} support entries`,
    ],
    ...loaded.notes.map((note): [string, string] => ["note", note]),
    ["adapter", adapter?.label ?? "none"],
    ["entropy bound", `${formatFigure(problem.entropy)} nats`],
  ];
  if (stepSize !== undefined)
    lines.push(["step size", `${formatFigure(stepSize)}${settings.stepSize === "safe" ? " = 1/L" : ""}`]);
  const isOver = phase === "done";
  lines.push([
    "steps",
    `${step}${isOver ? "" : ` of ${settings.steps} (${phase})`} in ${(trainingMs / 1000).toFixed(2)} s`,
  ]);
  if (last) {
    const behind = last.step === step ? "" : ` at step ${last.step}`;
    lines.push(
      ["loss", `${formatFigure(last.loss)} nats${behind}`],
      [
        "loss gap",
        `${formatFigure(last.lossGap)} nats above the entropy bound (in support ${formatFigure(last.inSupportGap)}, off support ${formatFigure(last.offSupportGap)})${behind}`,
      ],
      ["norm", `${formatFigure(last.norm)}${behind}`],
    );
  }
  if (check) lines.push(["float64 check", describeCheck(check)]);
  if (failure) lines.push(["failure", failure]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join("\n");
}

const COLUMNS = [
  ["step", "step"],
  ["loss", "loss"],
  ["loss_gap", "lossGap"],
  ["in_support_gap", "inSupportGap"],
  ["off_support_gap", "offSupportGap"],
  ["norm", "norm"],
] as const satisfies readonly (readonly [string, keyof TracePoint])[];

/** The trace as CSV, every figure with all of its digits; numbers only, so that nothing needs quotes. */
export function traceCsv(trace: readonly TracePoint[]): string {
  const header = COLUMNS.map(([name]) => name).join(",");
  const rows = trace.map((point) => COLUMNS.map(([, key]) => String(point[key])).join(","));
  return [header, ...rows, ""].join("\r\n");
}

/** The run record as JSON. */
export function recordJson(view: RunView): string {
  const { loaded, settings, step, trace, stepSize, adapter, check, phase, trainingMs } = view;
  const { problem } = loaded;
  const record = {
    program: "next-token-bias",
    date: new Date().toISOString(),
    status: phase,
    problem: {
      name: loaded.name,
      kind: loaded.kind,
      notes: loaded.notes,
      contextCount: problem.contextCount,
      vocabularySize: problem.vocabularySize,
      embeddingDim: problem.embeddingDim,
      supportEntries: problem.tokens.length,
      mergedCount: problem.mergedCount,
    },
    adapter,
    seed: settings.seed,
    initial: settings.initial,
    entropy: problem.entropy,
    stepSize,
    stepSizeRule: settings.stepSize === "safe" ? "1/L" : "given",
    steps: step,
    trainingMs,
    float64Check: check,
    trace,
  };
  return `${JSON.stringify(record, null, 2)}\n`;
}
