import { printable } from "./terminal.ts";

/** How far a piece of work is. */
interface Part {
  readonly phase: string;
  /** 0 … 1 within the phase; 0 where it cannot be known. */
  readonly fraction: number;
  readonly message: string;
}

/** How far a run is. */
export interface Progress extends Part {
  /** What goes on at the same time. */
  readonly beside?: Part;
}

/** One line on a terminal that says how far a run is, and is gone when it ends; nothing at all where there is no terminal. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show({ beside, ...part }: Progress): void {
    // in one order, whichever of the two has spoken; the step of a run is short and stands first
    const parts = [part, ...(beside ? [beside] : [])].sort((a, b) => (a.phase < b.phase ? 1 : -1));
    this.#rewrite(parts.map(textOf).join("; "));
  }

  clear(): void {
    this.#rewrite("");
  }

  #rewrite(text: string): void {
    if (!this.#stream.isTTY) return;
    // A line that wraps could not be taken back. Some terminals say that they have 0 columns.
    this.#stream.write(`\r\u001b[K${printable(text.replace(/\s+/g, " ")).slice(0, (this.#stream.columns || 80) - 1)}`);
  }
}

function textOf({ phase, fraction, message }: Part): string {
  const percent = fraction > 0 ? `${String(Math.floor(fraction * 100)).padStart(3)} % ` : "";
  return `${percent}${phase}${message ? `: ${message}` : ""}`;
}
