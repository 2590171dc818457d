import type { RunView } from "../run-view.ts";
import { summaryOf, type RunSummary } from "./run-summary.ts";

/** As many as can be told apart. */
export const MOST_KEPT = 12;

/** A run that the reader keeps. */
export interface KeptRun extends RunSummary {
  readonly id: string;
  /** 0 … 11, of no other kept run: what it looks like as long as it is kept. */
  readonly slot: number;
}

/** Runs that the reader keeps, and the last that finished, for comparison with the one under way. */
export class KeptRuns {
  #runs: readonly KeptRun[] = [];
  #last: { readonly id: string; readonly run: RunSummary } | undefined;
  #followed: { readonly id: string; readonly view: RunView } | undefined;
  #count = 0;

  /** In the order in which they were kept. */
  get runs(): readonly KeptRun[] {
    return this.#runs;
  }

  /** The last run that finished before the one under way, unless it is kept. */
  get last(): RunSummary | undefined {
    return this.#last && !this.#runs.some(({ id }) => id === this.#last!.id) ? this.#last.run : undefined;
  }

  /** Under which the run under way is kept, if it is. */
  get currentId(): string | undefined {
    return this.#followed?.id;
  }

  /** Takes note of the run under way; of the one before it, if that finished, the summary stays. */
  follow(view: RunView): void {
    const before = this.#followed;
    if (before && isLater(view, before.view)) {
      this.#followed = { id: before.id, view };
      return;
    }
    if (before?.view.phase === "done") this.#last = { id: before.id, run: summaryOf(before.view) };
    this.#followed = { id: this.#nextId(), view };
  }

  /** Keeps a run as it is now, in place of what was kept of it before. @returns false where twelve others are kept */
  keep(view: RunView): boolean {
    this.follow(view);
    return this.#put(this.#followed!.id, summaryOf(view));
  }

  /** Keeps a run from elsewhere. @returns false where twelve are kept */
  add(run: RunSummary): boolean {
    return this.#put(this.#nextId(), run);
  }

  remove(id: string): void {
    this.#runs = this.#runs.filter((run) => run.id !== id);
  }

  clear(): void {
    this.#runs = [];
  }

  #put(id: string, run: RunSummary): boolean {
    const before = this.#runs.find((kept) => kept.id === id);
    const slot = before?.slot ?? this.#freeSlot();
    if (slot === undefined) return false;
    const kept = { ...run, id, slot };
    this.#runs = before ? this.#runs.map((each) => (each === before ? kept : each)) : [...this.#runs, kept];
    return true;
  }

  #freeSlot(): number | undefined {
    const taken = new Set(this.#runs.map(({ slot }) => slot));
    return Array.from({ length: MOST_KEPT }, (_, slot) => slot).find((slot) => !taken.has(slot));
  }

  #nextId(): string {
    return `run-${++this.#count}`;
  }
}

/** Whether it is the same run, further on: one that goes on keeps its model, and its points. */
const isLater = (view: RunView, before: RunView): boolean =>
  view.loaded === before.loaded &&
  view.settings.model === before.settings.model &&
  view.trace.length >= before.trace.length;
