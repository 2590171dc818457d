/** One line on a terminal that says how far a run is, and is gone when it ends; nothing at all where there is no terminal. */
export class ProgressLine {
  #stream;

  /** @param {NodeJS.WriteStream} stream */
  constructor(stream) {
    this.#stream = stream;
  }

  /** @param {import("./in-page.mjs").Progress} progress */
  show({ phase, fraction, message }) {
    const percent = fraction > 0 ? `${String(Math.floor(fraction * 100)).padStart(3)} % ` : "";
    this.#rewrite(`${percent}${phase}${message ? `: ${message}` : ""}`);
  }

  clear() {
    this.#rewrite("");
  }

  /** @param {string} text */
  #rewrite(text) {
    if (!this.#stream.isTTY) return;
    // A line that wraps could not be taken back. Some terminals say that they have 0 columns.
    this.#stream.write(`\r\u001b[K${text.replace(/\s+/g, " ").slice(0, (this.#stream.columns || 80) - 1)}`);
  }
}
