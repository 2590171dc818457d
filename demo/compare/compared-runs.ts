import type { RunView } from "../run-view.ts";
import type { KeptRuns } from "./kept-runs.ts";
import { CURRENT_PLACE, LAST_PLACE, placeOfSlot } from "./looks.ts";
import { namesOf } from "./names.ts";
import { summaryOf, type RunSummary } from "./run-summary.ts";

/** A run among those that are compared. */
export interface ComparedRun {
  readonly place: number;
  readonly name: string;
  readonly run: RunSummary;
  /** By which it can be removed; only a kept run has one. */
  readonly id?: string;
  /** What it is besides a kept run. */
  readonly note: string;
}

/** The runs by place, from below; what is kept of the run under way is drawn once, as it is now. */
export function comparedRuns({ runs, last, currentId }: KeptRuns, view: RunView | undefined): ComparedRun[] {
  const current = view && view.trace.length > 0 ? summaryOf(view) : undefined;
  const found = runs
    .filter(({ id }) => !current || id !== currentId)
    .map((run) => ({ place: placeOfSlot(run.slot), run, id: run.id, note: "" }));
  const currentKept = current && runs.find(({ id }) => id === currentId);
  const all = [
    ...found,
    ...(last ? [{ place: LAST_PLACE, run: last, note: "the run before" }] : []),
    ...(current
      ? [
          {
            ...{ place: CURRENT_PLACE, run: current },
            note: currentKept ? "under way, kept" : "under way",
            ...(currentKept && { id: currentKept.id }),
          },
        ]
      : []),
  ];
  const names = namesOf(all.map(({ run }) => run));
  return all.map((each, i) => ({ ...each, name: names[i]! }));
}
