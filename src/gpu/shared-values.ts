/** What a task makes on a device for others to use too. */
export interface Shareable<T> {
  readonly value: T;
  readonly bytes: number;
  destroy(): void;
}

/** A value that is used until it is given back. */
export interface Lease<T> {
  readonly value: T;
  readonly bytes: number;
  giveBack(): void;
}

interface Entry {
  readonly key: object;
  readonly name: string;
  readonly made: Shareable<unknown>;
  users: number;
}

/** What nobody uses is kept for whoever comes next, up to so many values and bytes. */
const MOST_IDLE = 4;
const MOST_IDLE_BYTES = 128 * 2 ** 20;

/** Values on a device that tasks share: made by the first that needs one, kept a while when nobody does, the last used longest. */
export class SharedValues {
  /** In the order of their last use. */
  #entries: Entry[] = [];

  /** The value of that name for a key, an object that stands for what it is made from; made unless it is there. */
  borrow<T>(key: object, name: string, make: () => Shareable<T>): Lease<T> {
    const known = this.#entries.find((entry) => entry.key === key && entry.name === name);
    const entry = known ?? { key, name, made: make(), users: 0 };
    this.#use(entry);
    entry.users++;
    let isGivenBack = false;
    const giveBack = (): void => {
      if (isGivenBack) return;
      isGivenBack = true;
      entry.users--;
      this.#use(entry);
      this.#trim(MOST_IDLE, MOST_IDLE_BYTES);
    };
    return { value: entry.made.value as T, bytes: entry.made.bytes, giveBack };
  }

  /** Bytes that are kept though nobody uses them. */
  get idleBytes(): number {
    return this.#idle().reduce((sum, { made }) => sum + made.bytes, 0);
  }

  /** Gives back what nobody uses. */
  clear(): void {
    this.#trim(0, 0);
  }

  #use(entry: Entry): void {
    this.#entries = [...this.#entries.filter((other) => other !== entry), entry];
  }

  #idle(): Entry[] {
    return this.#entries.filter(({ users }) => users === 0);
  }

  #trim(most: number, mostBytes: number): void {
    for (let idle = this.#idle(); idle.length > most || this.idleBytes > mostBytes; idle = this.#idle()) {
      const [oldest] = idle as [Entry];
      this.#entries = this.#entries.filter((entry) => entry !== oldest);
      oldest.made.destroy();
    }
  }
}
