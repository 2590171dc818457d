import { clear, createStore, get, set, type UseStore } from "idb-keyval";

const SLOTS = ["a", "b"] as const;

/** Two places in the browser's IndexedDB, written by turns: whatever ends a write, the one before it is whole. */
export class RunSlots {
  readonly #store: UseStore;
  #next = 0;

  constructor() {
    this.#store = createStore("next-token-bias", "run");
  }

  /** What is in both, whatever it is. */
  async read(): Promise<unknown[]> {
    return Promise.all(SLOTS.map((slot) => get<unknown>(slot, this.#store)));
  }

  /** The next write leaves this one of the two alone. */
  spare(index: number): void {
    this.#next = 1 - index;
  }

  async write(value: unknown): Promise<void> {
    await set(SLOTS[this.#next]!, value, this.#store);
    this.#next = 1 - this.#next;
  }

  async clear(): Promise<void> {
    await clear(this.#store);
  }
}
