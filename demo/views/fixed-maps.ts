import { decoderMaps } from "../../src/index.ts";
import { FIXED_MAPS, type FixedContent, type KeptDecoder } from "../maps/fixed.ts";
import { pictureOf, type MapAxes } from "../maps/frame.ts";
import { wholeNumber } from "../format.ts";
import { make, setText } from "./dom.ts";
import { MatrixMap } from "./matrix-map.ts";

interface Shown {
  readonly content: FixedContent;
  readonly point: KeptDecoder | undefined;
  readonly axes: MapAxes;
}

/** The data, the decoder at a step and W_mm in one place: a map of words and contexts, of which a switch shows one. */
export class FixedMaps {
  readonly element = make("div");
  readonly #figure = make("figure", { id: "map-fixed", class: "matrix-map labelled-map" });
  readonly #map = new MatrixMap(this.#figure);
  readonly #hint = make("p", { class: "hint", id: "map-hint" });
  readonly #note = make("p", { id: "map-note" });
  #frame = FIXED_MAPS.find(({ key }) => key === "probabilities")!;
  #shown: Shown | undefined;

  constructor() {
    const buttons = FIXED_MAPS.map((frame) => {
      const { key, name } = frame;
      const input = make("input", { type: "radio", name: "map", id: `map-of-${key}`, value: key });
      input.checked = frame === this.#frame;
      input.addEventListener("change", () => {
        this.#frame = frame;
        if (this.#shown) this.#draw(this.#shown);
      });
      return make("span", {}, input, make("label", { for: input.id }, name));
    });
    this.element.append(
      make(
        "fieldset",
        { class: "switch map-switch" },
        make("legend", { class: "visually-hidden" }, "Map"),
        make("div", {}, ...buttons),
        this.#hint,
      ),
      this.#note,
      this.#figure,
    );
  }

  show(content: FixedContent, point: KeptDecoder | undefined, axes: MapAxes): void {
    const before = this.#shown;
    this.#shown = { content, point, axes };
    const { problem, margin } = content;
    const isSame = problem === before?.content.problem && margin === before.content.margin && axes === before.axes;
    if (!isSame || point !== before.point) this.#draw(this.#shown);
  }

  #draw({ content: { problem, margin }, point, axes }: Shown): void {
    const frame = this.#frame;
    const contexts = axes.contexts.indices.length;
    const known = {
      ...{ problem, margin, contexts },
      ...(frame.isOfStep && point && { maps: decoderMaps(problem, point.decoder, contexts) }),
    };
    const cells = frame.cells(known);
    setText(this.#hint, frame.hint);
    setText(this.#note, cells ? leftOut(this.#shown!) : frame.missing!);
    this.#note.hidden = this.#note.textContent === "";
    this.#figure.hidden = !cells;
    if (!cells) return;
    const step = frame.isOfStep && point?.step;
    const picture = pictureOf(frame, cells, known, axes, step);
    this.#map.show({
      ...picture,
      ...(step !== undefined && { title: `${frame.title} after step ${wholeNumber(step)}` }),
      bars: axes.contexts.indices.map((context) => problem.weights[context]!),
    });
  }
}

function leftOut({ content: { problem }, axes: { words, contexts } }: Shown): string {
  const parts = [
    { drawn: contexts.indices.length, all: problem.contextCount, noun: "contexts" },
    { drawn: words.indices.length, all: problem.vocabularySize, noun: "words" },
  ]
    .filter(({ drawn, all }) => drawn < all)
    .map(({ drawn, all, noun }) => `${wholeNumber(drawn)} of ${wholeNumber(all)} ${noun}`);
  return parts.length === 0 ? "" : `Only the first ${parts.join(" and ")} are drawn; the run uses all of them.`;
}
