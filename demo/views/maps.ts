import { drawnOf, type FixedContent } from "../maps/fixed.ts";
import { axesOf, type MapAxes } from "../maps/frame.ts";
import type { TrainedContent } from "../maps/trained.ts";
import { wholeNumber } from "../format.ts";
import { make, setText } from "./dom.ts";
import { FixedMaps } from "./fixed-maps.ts";
import { StepChoice } from "./step-choice.ts";
import { TrainedMaps } from "./trained-maps.ts";

export { hasDecoder, type KeptDecoder } from "../maps/fixed.ts";
export { isKept, type KeptPoint } from "../maps/trained.ts";

/** What the maps are drawn from: of fixed embeddings, which have a `margin`, or of trained ones, which have `limits`. */
export type MapsContent = (FixedContent | TrainedContent) & {
  /** The step that the page shows; left out, the maps have a slider of their own. */
  readonly shown?: number | undefined;
};

/** Words or contexts of which the cosines between all can be computed within a frame or two. */
const MOST_VECTORS = 1500;

const HINTS = {
  fixed: "A row is a word, a column a context; bars are the frequencies π of contexts.",
  trained: "The matrices that training tends to, beside those at one of its steps.",
} as const;
const READ_OUT = "Point at a cell, or use the arrow keys, to read it.";

const isFixed = <Content extends object>(content: Content): content is Extract<Content, FixedContent> =>
  "margin" in content;

/** What of a problem, in which order, the axes were made of. */
interface Axes {
  readonly key: readonly unknown[];
  readonly axes: MapAxes;
}

/** The matrices of a problem, of its limits and of a run at one of its steps. */
export class Maps {
  readonly #hint = make("p", { class: "hint" });
  readonly #controls = make("div", { class: "map-controls" });
  readonly #steps = new StepChoice(() => this.#draw());
  readonly #isOrdered = make("input", { type: "checkbox", id: "map-order", checked: "" });
  readonly #note = make("p", { id: "maps-note" });
  readonly #fixed = new FixedMaps();
  readonly #trained = new TrainedMaps();
  #content: MapsContent | undefined;
  #axes: Axes | undefined;

  /** Fills the section, which becomes the figure `maps` of the page. */
  constructor(section: HTMLElement) {
    section.classList.add("maps");
    section.dataset.figure = "maps";
    section.setAttribute("aria-labelledby", "maps-title");
    this.#controls.append(
      this.#steps.element,
      make("label", { class: "check-label" }, this.#isOrdered, make("span", {}, "order contexts by their support")),
    );
    section.append(
      make("h2", { id: "maps-title" }, "Maps"),
      this.#hint,
      this.#controls,
      this.#note,
      this.#fixed.element,
      this.#trained.element,
    );
    this.#isOrdered.addEventListener("change", () => this.#draw());
  }

  /** Draws what is new of this; the step stays the one that the reader chose, where the problem is the same and has it. */
  show(content: MapsContent): void {
    if (content.problem !== this.#content?.problem) this.#steps.forget();
    this.#content = content;
    this.#steps.offer(content.points, content.shown);
    this.#draw();
  }

  #draw(): void {
    const content = this.#content;
    if (!content) return;
    const areFixed = isFixed(content);
    const isTooLarge = !areFixed && mostVectors(content) > MOST_VECTORS;
    this.#controls.hidden = isTooLarge;
    this.#fixed.element.hidden = !areFixed;
    this.#trained.element.hidden = areFixed || isTooLarge;
    setText(this.#hint, `${HINTS[areFixed ? "fixed" : "trained"]} ${READ_OUT}`);
    setText(this.#note, areFixed ? "" : notesOf(content));
    this.#note.hidden = this.#note.textContent === "";
    const { at } = this.#steps;
    if (areFixed) this.#fixed.show(content, content.points[at], this.#axesOf(content, drawnOf(content)));
    else if (!isTooLarge) this.#trained.show(content, content.points[at], this.#axesOf(content, wholeOf(content)));
  }

  /** Made anew only where they are others. */
  #axesOf({ problem }: MapsContent, { words, contexts }: { words: number; contexts: number }): MapAxes {
    const isOrdered = this.#isOrdered.checked;
    const key = [problem, words, contexts, isOrdered];
    if (!this.#axes || key.some((part, i) => part !== this.#axes!.key[i]))
      this.#axes = { key, axes: axesOf(problem, words, contexts, isOrdered) };
    return this.#axes.axes;
  }
}

const wholeOf = ({ problem }: TrainedContent): { words: number; contexts: number } => ({
  words: problem.vocabularySize,
  contexts: problem.contextCount,
});

const mostVectors = ({ problem }: TrainedContent): number => Math.max(problem.vocabularySize, problem.contextCount);

/** What is missing of the maps of trained embeddings. */
function notesOf(content: TrainedContent): string {
  if (mostVectors(content) > MOST_VECTORS)
    return `Maps are drawn of up to ${wholeNumber(MOST_VECTORS)} words and contexts.`;
  const missing: string[] = [];
  if (!content.limits)
    missing.push("What theory says is not known here: only supports and trained matrices are drawn.");
  if (content.points.length === 0) missing.push("No step of a run has been kept yet.");
  return missing.join(" ");
}
