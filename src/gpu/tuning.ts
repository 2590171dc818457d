/** Where measured choices are kept between sessions; a `Map` does. */
export interface TuningStore {
  get(key: string): string | null | undefined;
  set(key: string, value: string): unknown;
}

/** One of several ways to compute the same, chosen on this device. */
export interface Choice {
  readonly variant: string;
  /** Milliseconds that each candidate took for the same sample; what was too slow to be timed again has its first time. */
  readonly timings: Readonly<Record<string, number>>;
  /** Candidates that did not compile or gave wrong results here, with the reason. */
  readonly refused: Readonly<Record<string, string>>;
  /** Milliseconds until all candidates were compiled, side by side, which the chosen one needed anyway. */
  readonly compilationMs: number;
  /** Milliseconds that checking and timing them took then. */
  readonly comparisonMs: number;
}

/** Raised when variants are made in another way under the same name: what was measured before no longer counts. */
const GENERATION = 4;

/** The choices of one device: each is made once and then kept, so that equal work gives equal bits. */
export class Tuning {
  /** The variant that all choices are to be, when it was given. */
  readonly forced: string | undefined;
  readonly #label: string;
  readonly #store: TuningStore;
  readonly #made = new Map<string, Choice>();
  readonly #pending = new Map<string, Promise<Choice>>();
  #last: Promise<unknown> = Promise.resolve();

  /** @param label of the adapter, for which a stored choice holds */
  constructor(label: string, store: TuningStore = pageStore() ?? new Map<string, string>(), forced?: string) {
    this.#label = label;
    this.#store = store;
    this.forced = forced;
  }

  /** What has been chosen so far, by the name of what it was chosen for. */
  get choices(): ReadonlyMap<string, Choice> {
    return this.#made;
  }

  /** The choice made before, here or in a session whose store this is; otherwise what `measure` finds, one at a time. */
  choose(name: string, candidates: readonly string[], measure: () => Promise<Choice>): Promise<Choice> {
    const known = this.#pending.get(name);
    if (known) return known;
    const key = ["next-token-bias", GENERATION, this.#label, name, ...candidates].join("|");
    const chosen = this.#last.then(async () => {
      const choice = readChoice(this.#store.get(key), candidates) ?? (await measure());
      this.#made.set(name, choice);
      this.#store.set(key, JSON.stringify(choice));
      return choice;
    });
    this.#last = chosen.catch(() => this.#pending.delete(name));
    this.#pending.set(name, chosen);
    return chosen;
  }
}

/** A stored choice, unless it is none of the candidates or not even a choice. */
function readChoice(text: string | null | undefined, candidates: readonly string[]): Choice | undefined {
  try {
    const choice = JSON.parse(text ?? "{}") as Partial<Choice>;
    const { variant = "", timings, refused, compilationMs, comparisonMs } = choice;
    const isWhole = timings && refused && Number.isFinite(compilationMs) && Number.isFinite(comparisonMs);
    return isWhole && candidates.includes(variant) ? (choice as Choice) : undefined;
  } catch {
    return undefined;
  }
}

/** The page's own storage; none in a worker, in Node, and where the browser blocks it. */
function pageStore(): TuningStore | undefined {
  if (!("document" in globalThis)) return undefined;
  try {
    const storage = globalThis.localStorage;
    return {
      get: (key) => storage.getItem(key),
      set: (key, value) => {
        try {
          storage.setItem(key, value);
        } catch {
          // a full storage: the choice lasts as long as the device
        }
      },
    };
  } catch {
    return undefined;
  }
}
