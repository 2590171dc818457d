import { runRecord, type RunRecord } from "../src/index.ts";
import type { RunView } from "./run-view.ts";

/** The run as the page has it. */
export function recordOf(view: RunView): RunRecord {
  const { loaded, settings, phase } = view;
  return runRecord(loaded.problem, {
    status: phase,
    source: { name: loaded.name, kind: loaded.kind, notes: loaded.notes },
    adapter: view.adapter,
    seed: settings.seed,
    steps: view.step,
    trainingMs: view.trainingMs,
    ...settings.model.facts(view),
  });
}
