/** Work of one submission: short enough that a page stays smooth and no watchdog wakes. */
const SUBMISSION_MS = 50;

/** How many iterations a submission holds, from the time that the last ones took. */
export class Pace {
  readonly #most: number;
  #iterations: number;

  constructor({ first, most }: { readonly first: number; readonly most: number }) {
    this.#iterations = first;
    this.#most = most;
  }

  get iterations(): number {
    return this.#iterations;
  }

  /** The last submission held so many iterations and took so long. */
  measured(iterations: number, elapsedMs: number): void {
    const fitting = Math.floor((SUBMISSION_MS * Math.max(iterations, 1)) / Math.max(elapsedMs, 0.1));
    this.#iterations = Math.min(Math.max(fitting, 1), 4 * this.#iterations, this.#most);
  }
}
