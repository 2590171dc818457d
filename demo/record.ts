import { limitFacts, runRecord, type RunRecord, type Verdict } from "../src/index.ts";
import type { RunView } from "./run.ts";

/** The run as the page has it. */
export function recordOf(view: RunView): RunRecord {
  const { loaded, settings, trace, phase } = view;
  return runRecord(loaded.problem, {
    status: phase,
    source: { name: loaded.name, kind: loaded.kind, notes: loaded.notes },
    adapter: view.adapter,
    seed: settings.seed,
    initial: settings.initial,
    optimizer: "gradient-descent",
    schedule: "constant",
    stepSize: view.stepSize,
    stepSizeRule: settings.stepSize === "safe" ? "safe" : "given",
    steps: view.step,
    trainingMs: view.trainingMs,
    execution: view.result?.execution,
    memoryBytes: view.result?.memoryBytes,
    final: trace.at(-1),
    float64Check: view.check,
    ...factsOf(view),
    trace,
  });
}

/** The run beside the theory, as far as both are known. */
export function verdictOf(view: RunView): Verdict {
  return factsOf(view).verdict;
}

function factsOf({ loaded, limits, trace, stepSize, heldBack }: RunView): ReturnType<typeof limitFacts> {
  return limitFacts(loaded.problem, limits ?? {}, { trace, stepSize, heldBack });
}
