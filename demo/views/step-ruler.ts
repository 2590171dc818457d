import { stepMarks, type StepSizes } from "../../src/index.ts";
import { fourDigits } from "../format.ts";
import { make } from "./dom.ts";

/** Beyond the first and the last mark, a factor each way. */
const MARGIN = 4;
const POSITIONS = 400;

/** A logarithmic slider for the step size, with the sizes that mean something marked on it. */
export class StepRuler {
  readonly element = make("div", { class: "step-ruler" });
  readonly #slider = make("input", { type: "range", min: "0", max: String(POSITIONS), "aria-label": "Step size η" });
  readonly #marks = make("div", { class: "ruler-marks", "aria-hidden": "true" });
  #said: string | undefined;
  /** The ends, as logarithms. */
  #ends: readonly [number, number] = [0, 1];

  /** @param onChoice told the size that was chosen, with the digits that are shown */
  constructor(onChoice: (size: string) => void) {
    this.element.append(this.#slider, this.#marks);
    this.#slider.addEventListener("input", () => this.#say(this.#size()));
    this.#slider.addEventListener("change", () => onChoice(this.#size().toPrecision(3)));
  }

  /** @param chosen the step size of the run */
  show(sizes: StepSizes, chosen: number): void {
    const marks = stepMarks(sizes);
    const said = JSON.stringify([marks, chosen]);
    if (said === this.#said) return;
    this.#said = said;
    this.#ends = [
      Math.log(Math.min(chosen, marks[0]!.size / MARGIN)),
      Math.log(Math.max(chosen, marks.at(-1)!.size * MARGIN)),
    ];
    this.#slider.valueAsNumber = Math.round(POSITIONS * this.#shareOf(chosen));
    this.#say(chosen);
    this.#marks.replaceChildren(
      ...marks.map(({ symbol, size }) => {
        const mark = make("span", {}, symbol);
        mark.style.setProperty("--at", String(this.#shareOf(size)));
        return mark;
      }),
    );
  }

  #shareOf(size: number): number {
    const [first, last] = this.#ends;
    return (Math.log(size) - first) / (last - first);
  }

  #size(): number {
    const [first, last] = this.#ends;
    return Math.exp(first + (this.#slider.valueAsNumber / POSITIONS) * (last - first));
  }

  #say(size: number): void {
    this.#slider.setAttribute("aria-valuetext", fourDigits(size));
  }
}
