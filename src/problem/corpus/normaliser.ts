// Only these can change with what is before them: in front of any other character a text is cut, and its parts normalised.
const JOINING = String.raw`\p{M}\p{Cs}\u1160-\u11ff\u{16d67}-\u{16d6a}`;
const JOINS_BEFORE = new RegExp(`[${JOINING}]`, "u");
// Marks are put into order in a time that grows with the square of their number: longer runs are normalised in parts.
const PART = new RegExp(`(?:[${JOINING}]{0,999}[^${JOINING}]+)*[${JOINING}]{0,1000}`, "gu");

/** Brings a text to Unicode's form NFC as it comes in; where its pieces are cut makes no difference. */
export class Normaliser {
  /** Whether what came in was in another form. */
  hasChanged = false;
  #held = "";

  /** Returns what is final by now. */
  add(piece: string): string {
    let cut = piece.length - 1;
    while (cut >= 0 && JOINS_BEFORE.test(String.fromCodePoint(piece.codePointAt(cut)!))) cut--;
    if (cut < 0) {
      this.#held += piece;
      return "";
    }
    const text = this.#held + piece.slice(0, cut);
    this.#held = piece.slice(cut);
    return this.#normalise(text);
  }

  /** Returns the rest. */
  end(): string {
    return this.#normalise(this.#held);
  }

  #normalise(text: string): string {
    const normalised = text.replace(PART, (part) => part.normalize("NFC"));
    if (normalised !== text) this.hasChanged = true;
    return normalised;
  }
}
