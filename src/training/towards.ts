import type { LimitMeasures, TracePoint } from "../figures/figures.ts";
import type { Limits } from "../figures/iterate.ts";
import { LimitMeter, type EarlierPart } from "../figures/limit-meter.ts";
import type { Problem } from "../problem/problem.ts";
import { unlessAborted } from "../support/abort.ts";
import { otherWork } from "../support/host-spells.ts";

/** Bytes of decoders that are kept until the limits are known. */
const MOST_HELD = 2 ** 28;

/** What secants to come may begin at, by the state that a run of this thread was in: one that goes on from it has them at once. */
const EARLIER = new WeakMap<object, readonly EarlierPart[]>();

/**
 * Holds the iterates of a run against limits that may come after them: what is recorded before they are known is kept, and measured in
 * the order in which it was recorded.
 */
export class Towards {
  readonly #known: Promise<void>;
  #isKnown = false;
  /** None where there are no limits. */
  #meter: LimitMeter | undefined;
  #failure: { readonly error: unknown } | undefined;
  readonly #held: { readonly step: number; readonly decoder: Float64Array }[] = [];
  /** The figures of those that were kept, by their steps. */
  readonly #caughtUp = new Map<number, LimitMeasures>();
  #heldBytes = 0;

  /**
   * @param from the state that the run goes on from, if it does
   * @throws OptionError when a limit is that of another problem; for limits to come {@link catchUp} does.
   */
  constructor(problem: Problem, limits: Limits | Promise<Limits | undefined>, from: object | undefined) {
    const earlier = from && EARLIER.get(from);
    const know = (known: Limits | undefined): void => {
      this.#meter = known && new LimitMeter(problem, known, earlier);
      this.#isKnown = true;
    };
    if ("then" in limits) this.#known = limits.then(know).catch((error: unknown) => void (this.#failure = { error }));
    else {
      know(limits);
      this.#known = Promise.resolve();
    }
  }

  /**
   * The figures of an iterate; none where it is kept until the limits are known and those before it are measured.
   * @param decoder W after the step, V × d
   */
  measure(step: number, decoder: Float64Array): LimitMeasures | undefined {
    if (this.#isKnown && this.#held.length === 0) return this.#meter?.measure(step, decoder);
    this.#held.push({ step, decoder });
    this.#heldBytes += decoder.byteLength;
    return undefined;
  }

  /**
   * What is done between two submissions: measures what was kept, if the limits are known, and waits for them where no more may be kept.
   * @throws what kept the limits from being found
   */
  async makeRoom(signal: AbortSignal | undefined): Promise<void> {
    if (this.#heldBytes >= MOST_HELD) await unlessAborted(signal, () => this.#known);
    await this.#measureHeld(signal);
  }

  /**
   * Measures all that was kept, once the limits are known; false where an abort left some of it.
   * @throws what kept the limits from being found
   */
  async catchUp(signal: AbortSignal | undefined): Promise<boolean> {
    await unlessAborted(signal, () => this.#known);
    await this.#measureHeld(signal);
    return this.#held.length === 0;
  }

  /** Keeps for a run that goes on from this state what its secants may begin at. */
  remember(state: object): void {
    if (this.#meter) EARLIER.set(state, this.#meter.earlier);
  }

  /** A trace with the figures of the points that came before the limits. */
  complete<Point extends TracePoint>(trace: readonly Point[]): Point[] {
    return trace.map((point) => ({ ...point, ...this.#caughtUp.get(point.step) }));
  }

  async #measureHeld(signal: AbortSignal | undefined): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    while (this.#isKnown && this.#held.length > 0 && !signal?.aborted) {
      const next = this.#held.shift()!;
      const measures = this.#meter?.measure(next.step, next.decoder);
      if (measures) this.#caughtUp.set(next.step, measures);
      this.#heldBytes -= next.decoder.byteLength;
      await otherWork();
    }
  }
}
