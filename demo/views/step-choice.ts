import { wholeNumber } from "../format.ts";
import { make, setText } from "./dom.ts";

interface Kept {
  readonly step: number;
}

/** Which of the kept steps the maps are of: the last, or one that the reader or the page has chosen. */
export class StepChoice {
  readonly element = make("div", { class: "map-step" });
  readonly #label = make("label", { for: "map-step" }, "Step");
  readonly #slider = make("input", { type: "range", id: "map-step", min: "0", list: "map-steps" });
  readonly #options = make("datalist", { id: "map-steps" });
  // what it says is the slider's own value to a screen reader
  readonly #output = make("output", { id: "map-at", for: "map-step", "aria-live": "off" });
  #points: readonly Kept[] = [];
  /** By the reader. */
  #chosen: number | undefined;
  /** By the page. */
  #shown: number | undefined;

  /** @param onChoice the reader has chosen another step */
  constructor(onChoice: () => void) {
    this.element.append(this.#label, this.#slider, this.#options, this.#output);
    this.#slider.addEventListener("input", () => {
      this.#chosen = this.#points[this.#slider.valueAsNumber]?.step;
      this.#say();
      onChoice();
    });
  }

  /** Forgets what the reader has chosen. */
  forget(): void {
    this.#chosen = undefined;
  }

  /** @param shown the step that the page is at, which leaves the reader no choice here: the last kept up to there is taken */
  offer(points: readonly Kept[], shown: number | undefined): void {
    if (points.length !== this.#points.length || points.some(({ step }, i) => step !== this.#points[i]!.step))
      this.#options.replaceChildren(
        ...points.map(({ step }, i) => make("option", { value: String(i), label: wholeNumber(step) })),
      );
    this.#points = points;
    this.#shown = shown;
    for (const part of [this.#label, this.#slider]) part.hidden = shown !== undefined;
    this.#slider.max = String(Math.max(points.length - 1, 0));
    this.#slider.disabled = points.length < 2;
    this.#say();
  }

  /** Its number among the points; −1 where there is none. */
  get at(): number {
    const last = this.#points.length - 1;
    if (this.#shown !== undefined) return this.#points.findLastIndex(({ step }) => step <= this.#shown!);
    const found = this.#points.findIndex(({ step }) => step === this.#chosen);
    return found < 0 ? last : found;
  }

  #say(): void {
    const { at } = this;
    const point = this.#points[at];
    this.#slider.value = String(at);
    const text = point ? `step ${wholeNumber(point.step)} of ${wholeNumber(this.#points.at(-1)!.step)}` : "–";
    this.#slider.setAttribute("aria-valuetext", text);
    setText(this.#output, text);
  }
}
