import { unlessAborted } from "../support/abort.ts";
import { otherWork } from "../support/host-spells.ts";

/** Bytes of iterates that are kept until the limits are known. */
const MOST_HELD = 2 ** 28;

/** Gives the figures of an iterate towards limits; the steps ascend. */
export type Meter<Iterate, Measures> = (step: number, iterate: Iterate) => Measures;

interface Held<Iterate> {
  readonly step: number;
  readonly iterate: Iterate;
  readonly bytes: number;
}

/**
 * Holds the iterates of a run against limits that may come after them: what is recorded before they are known is kept, and measured in
 * the order in which it was recorded.
 */
export class Towards<Iterate, Measures extends object> {
  readonly #signal: AbortSignal | undefined;
  /** Settled when the limits are known and all that had been kept by then is measured. */
  readonly #known: Promise<void>;
  #isKnown = false;
  /** None where there are no limits. */
  #meter: Meter<Iterate, Measures> | undefined;
  #failure: { readonly error: unknown } | undefined;
  readonly #held: Held<Iterate>[] = [];
  /** The figures of those that were kept, by their steps. */
  readonly #caughtUp = new Map<number, Measures>();
  #heldBytes = 0;

  /** @param meter of the limits, or a promise of it that may be of none, where there are no limits */
  constructor(
    meter: Meter<Iterate, Measures> | Promise<Meter<Iterate, Measures> | undefined>,
    signal: AbortSignal | undefined,
  ) {
    this.#signal = signal;
    const know = (known: Meter<Iterate, Measures> | undefined): void => {
      this.#meter = known;
      this.#isKnown = true;
    };
    if (typeof meter === "function") {
      know(meter);
      this.#known = Promise.resolve();
    } else
      this.#known = meter
        .then(know)
        .then(() => this.#measureHeld())
        .catch((error: unknown) => void (this.#failure = { error }));
  }

  /**
   * The figures of an iterate; none where it is kept until the limits are known and those before it are measured.
   * @param bytes that it takes to keep it
   */
  measure(step: number, iterate: Iterate, bytes: number): Measures | undefined {
    if (this.#isKnown && this.#held.length === 0) return this.#meter?.(step, iterate);
    this.#held.push({ step, iterate, bytes });
    this.#heldBytes += bytes;
    return undefined;
  }

  /**
   * Waits for the limits where no more may be kept, and for what was kept to be measured once they are known.
   * @throws what kept the limits from being found
   */
  async makeRoom(): Promise<void> {
    if (this.#isKnown || this.#failure || this.#heldBytes >= MOST_HELD) await this.catchUp();
  }

  /**
   * Waits until the limits are known and all that was kept is measured; false where an abort left some of it.
   * @throws what kept the limits from being found
   */
  async catchUp(): Promise<boolean> {
    await unlessAborted(this.#signal, () => this.#known);
    if (this.#failure) throw this.#failure.error;
    return this.#held.length === 0;
  }

  /** A trace with the figures of the points that came before the limits. */
  complete<Point extends { readonly step: number }>(trace: readonly Point[]): Point[] {
    return trace.map((point) => ({ ...point, ...this.#caughtUp.get(point.step) }));
  }

  async #measureHeld(): Promise<void> {
    for (let next; (next = this.#held[0]) && !this.#signal?.aborted; await otherWork()) {
      const measures = this.#meter?.(next.step, next.iterate);
      if (measures) this.#caughtUp.set(next.step, measures);
      this.#held.shift();
      this.#heldBytes -= next.bytes;
    }
  }
}
