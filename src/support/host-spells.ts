const WORK_MS = 6;

/** How far work has come, in a unit of its own. */
export interface Progress {
  readonly done: number;
  /** Undefined where it is not known. */
  readonly total: number | undefined;
}

/**
 * Work that may be interrupted wherever it yields: every fraction of a millisecond, with how far it is, or with nothing
 * where that has not changed. What it is for is returned.
 */
export type Work<T> = Generator<Progress | undefined, T, void>;

/** Does all of the work at once. */
export function finished<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Items that are worked on between two chances to interrupt. */
export const BLOCK: number = 1 << 12;

/** Calls `visit` with 0 … count − 1; `prepare` is done before each block of so many. */
export function* inBlocks(
  count: number,
  visit: (i: number) => void,
  prepare?: (blockSize: number) => Work<void>,
): Work<void> {
  for (let start = 0; start < count; start += BLOCK) {
    const end = Math.min(start + BLOCK, count);
    if (prepare) yield* prepare(end - start);
    for (let i = start; i < end; i++) visit(i);
    yield { done: end, total: count };
  }
}

interface PacerOptions<Phase extends string> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: Progress & { readonly phase: Phase }) => void;
}

/** Spells of a few milliseconds, between which the thread may do other work. */
export class Spells {
  #since = performance.now();

  get isTired(): boolean {
    return performance.now() - this.#since > WORK_MS;
  }

  /** Rests if this spell has been long enough, after `beforeRest`; says whether it did. */
  async restIfTired(beforeRest?: () => void): Promise<boolean> {
    if (!this.isTired) return false;
    beforeRest?.();
    await otherWork();
    this.#since = performance.now();
    return true;
  }
}

/** Does long work in {@link Spells}, says how far it is, and can be aborted between them. */
export class Pacer<Phase extends string> {
  readonly #options: PacerOptions<Phase>;
  readonly #spells = new Spells();

  /** @throws the signal's reason when it is aborted */
  constructor(options: PacerOptions<Phase>) {
    options.signal?.throwIfAborted();
    this.#options = options;
  }

  /**
   * Does all of `work`, with rests.
   * @throws the signal's reason when it is aborted
   */
  async run<T>(phase: Phase, work: Work<T>): Promise<T> {
    let progress: Progress = { done: 0, total: undefined };
    try {
      for (;;) {
        const step = work.next();
        if (step.done) return step.value;
        if (step.value) progress = step.value;
        if (this.#spells.isTired) await this.pace(phase, progress);
      }
    } finally {
      // Work that is broken off closes what it reads from.
      work.return(undefined as T);
    }
  }

  /** A chance to rest, for work that cannot be {@link run} because it waits for something itself. */
  async pace(phase: Phase, progress: Progress): Promise<void> {
    const { signal, onProgress } = this.#options;
    if (await this.#spells.restIfTired(() => onProgress?.({ phase, ...progress }))) signal?.throwIfAborted();
  }
}

/** Does all of `work` in spells, after each of which `onRest` is called; undefined once `signal` is aborted. */
export function inSpells<T>(work: Work<T>): Promise<T>;
export function inSpells<T>(
  work: Work<T>,
  signal: AbortSignal | undefined,
  onRest?: () => void,
): Promise<T | undefined>;
export async function inSpells<T>(work: Work<T>, signal?: AbortSignal, onRest?: () => void): Promise<T | undefined> {
  if (signal?.aborted) return undefined;
  try {
    return await new Pacer({ signal, ...(onRest && { onProgress: onRest }) }).run("work", work);
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

/** Lets the thread do what else is waiting. */
export function otherWork(): Promise<void> {
  return new Promise((resolve) => {
    // In Node a message answered by a message keeps timers waiting; setImmediate does not. Browsers have no setImmediate
    // and hold nested timers back for 4 ms and more, so there it is a message.
    const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
    if (setImmediate) {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
