import type { RunEnd } from "./models/point.ts";
import { RunSlots } from "./run-slots.ts";
import type { RunView } from "./run-view.ts";
import { restoredRun, savedRun, type RestoredRun } from "./saved-run.ts";

/** From one save to the next, at least. */
const PAUSE_MS = 3000;

/**
 * Keeps the run of the page, and offers the one that a page before it left. While an offer stands, nothing is kept in its place. The
 * browser's storage is that of one page at a time: another one waits until that is closed. Where the browser stores nothing, as in some
 * private windows or on a full disk, nothing is offered later, and nobody is told.
 */
export class RunKeeper {
  readonly #onOffer: (run: RestoredRun | undefined) => void;
  #slots: RunSlots | undefined;
  /** The run as it was kept last, until it is over. */
  #kept: RestoredRun | undefined;
  #offered: RestoredRun | undefined;
  #isSaving = false;
  #dueAt = 0;
  /** One thing at a time, in order. */
  #work: Promise<void> = Promise.resolve();

  /** @param onOffer told what is offered, and undefined when it is answered */
  constructor(onOffer: (run: RestoredRun | undefined) => void) {
    this.#onOffer = onOffer;
  }

  /** Takes over the browser's storage as soon as no other page has it, and offers the newest run in it that is whole. */
  async open(): Promise<void> {
    try {
      await storageIsFree();
      const slots = new RunSlots();
      const values = await slots.read();
      for (const index of [0, 1].sort((a, b) => savedAt(values[b]) - savedAt(values[a]))) {
        const found = await restoredRun(values[index]);
        if (!found) continue;
        slots.spare(index);
        this.#slots = slots;
        this.#kept = found;
        this.offer();
        return;
      }
      await slots.clear();
      this.#slots = slots;
    } catch {
      // nothing is stored here
    }
  }

  /** Keeps a run at a step, now and then. */
  keep(view: RunView, state: RunEnd["state"]): void {
    if (this.#offered || this.#isSaving || performance.now() < this.#dueAt) return;
    this.#isSaving = true;
    this.#enqueue(async () => {
      try {
        const saved = await savedRun(view, state);
        // an earlier run may have been offered meanwhile
        if (!saved || this.#offered) return;
        this.#kept = { saved, loaded: view.loaded };
        await this.#slots?.write(saved);
      } finally {
        this.#isSaving = false;
        this.#dueAt = performance.now() + PAUSE_MS;
      }
    });
  }

  /** There is nothing to go on with: the run is over, or has not begun. */
  forget(): void {
    if (this.#offered || !(this.#kept ?? this.#isSaving)) return;
    this.#enqueue(async () => {
      this.#kept = undefined;
      this.#dueAt = 0;
      await this.#slots?.clear();
    });
  }

  /** Offers what was kept; undefined where there is nothing, and where it is offered already. */
  offer(): RestoredRun | undefined {
    if (this.#offered || !this.#kept) return undefined;
    this.#offered = this.#kept;
    this.#onOffer(this.#offered);
    return this.#offered;
  }

  /** The offer is answered: the run goes on, or is forgotten. */
  answer(answer: "resume" | "discard"): RestoredRun {
    const offered = this.#offered!;
    this.#kept = offered;
    this.#offered = undefined;
    this.#onOffer(undefined);
    if (answer === "discard") this.forget();
    return offered;
  }

  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch(() => undefined);
  }
}

const savedAt = (value: unknown): number => Number((value as { savedAt?: unknown } | undefined)?.savedAt) || 0;

/** Resolves when no other page of the browser has the storage; this one has it then until it is closed. */
function storageIsFree(): Promise<void> {
  return new Promise((resolve, reject) => {
    const hold = (): Promise<never> => {
      resolve();
      return new Promise(() => undefined);
    };
    navigator.locks.request("next-token-bias run", hold).catch(reject);
  });
}
