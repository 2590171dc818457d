import { Batch } from "./batch.ts";
import type { Gpu } from "./device.ts";

/** Work of one submission: short enough that a page is smooth, with twenty updates in a second and what it draws between them. */
const SUBMISSION_MS = 45;

export interface PaceOptions {
  /** Units of the first submission, whose speed is not known yet. */
  readonly first: number;
  /** Units of any submission at most; default without end. */
  readonly most?: number;
  /** A submission holds at most so many times the units of the one before; default 4. */
  readonly growth?: number;
  /** A submission holds at least the units of the one before divided by this; default without end. */
  readonly shrinkage?: number;
}

/** Work that goes to the device a submission at a time. */
export interface PacedWork<Found> {
  /** Records `most` units, or fewer, and says how many; undefined where their time says nothing of others. */
  record(batch: Batch, most: number): number | undefined;
  /** Waits for what was submitted, and reads it. */
  read(): Promise<Found>;
}

/**
 * Submissions of about 45 ms each: how many units of work one holds follows from the time that those before it took. The units
 * are the caller's. Several tasks may share one pace, and submit while the device is busy for another of them.
 */
export class PacedSubmissions {
  readonly gpu: Gpu;
  readonly #label: string;
  readonly #options: Required<PaceOptions>;
  #units: number;
  #lastDone = 0;

  constructor(gpu: Gpu, label: string, options: PaceOptions) {
    this.gpu = gpu;
    this.#label = label;
    this.#options = { most: Infinity, growth: 4, shrinkage: Infinity, ...options };
    this.#units = options.first;
  }

  /** Units that the next submission may hold. */
  get units(): number {
    return this.#units;
  }

  /**
   * One submission, and what is read of it.
   * @throws what went wrong on the device, before it as well as in it
   */
  async submit<Found>(work: PacedWork<Found>): Promise<Found> {
    let units: number | undefined;
    const recorded = (batch: Batch): void => void (units = work.record(batch, this.#units));
    const { found, begun, done } = await submitTimed(this.gpu, this.#label, recorded, () => work.read());
    // the device may have been busy for another task of this pace until the last of them was done
    const elapsedMs = done - Math.max(begun, this.#lastDone);
    this.#lastDone = done;
    if (units !== undefined) this.#measured(units, elapsedMs);
    return found;
  }

  /**
   * Submissions one after another until `judge` makes something of what one has found; undefined once `isCancelled` says so, and what
   * the one then under way has found is not looked at.
   */
  async until<Found, End>(
    work: PacedWork<Found>,
    judge: (found: Found) => End | undefined,
    isCancelled: () => boolean = () => false,
  ): Promise<End | undefined> {
    while (!isCancelled()) {
      const found = await this.submit(work);
      const end = isCancelled() ? undefined : judge(found);
      if (end !== undefined) return end;
    }
    return undefined;
  }

  #measured(units: number, elapsedMs: number): void {
    const { most, growth, shrinkage } = this.#options;
    const fitting = (SUBMISSION_MS * Math.max(units, 1)) / Math.max(elapsedMs, 0.1);
    const bounded = Math.min(Math.max(fitting, this.#units / shrinkage), growth * this.#units, most);
    this.#units = Math.max(Math.floor(bounded), 1);
  }
}

/** A submission with the times, in milliseconds, when it was handed over and when it had been read. */
export async function submitTimed<Found>(
  gpu: Gpu,
  label: string,
  record: (batch: Batch) => void,
  read: () => Promise<Found>,
): Promise<{ readonly found: Found; readonly begun: number; readonly done: number }> {
  gpu.assertHealthy();
  const batch = new Batch(gpu, label);
  record(batch);
  const begun = performance.now();
  batch.submit();
  const found = await read();
  return { found, begun, done: performance.now() };
}
