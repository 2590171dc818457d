import { embeddingMaps } from "../../src/index.ts";
import { pictureOf, type MapAxes } from "../maps/frame.ts";
import { TRAINED_ROWS, type KeptPoint, type TrainedContent } from "../maps/trained.ts";
import { make } from "./dom.ts";
import { MatrixMap } from "./matrix-map.ts";

interface Drawn {
  readonly content: TrainedContent;
  readonly axes: MapAxes;
  readonly point: KeptPoint | undefined;
}

/** Trained embeddings beside theory, as rows of matrices. */
export class TrainedMaps {
  readonly element = make("div");
  readonly #rows: readonly HTMLElement[];
  readonly #maps;
  #drawn: Drawn | undefined;

  constructor() {
    const rows = TRAINED_ROWS.map(({ title, maps }) => {
      const figures = maps.map(({ key }) => make("figure", { id: `map-${key}`, class: "matrix-map" }));
      const row = make("div", {}, make("h3", {}, title), make("div", { class: "map-row" }, ...figures));
      return { row, maps: maps.map((frame, i) => ({ frame, figure: figures[i]!, map: new MatrixMap(figures[i]!) })) };
    });
    this.#rows = rows.map(({ row }) => row);
    this.#maps = rows.flatMap(({ maps }) => maps);
    this.element.append(...this.#rows);
  }

  /** Draws what is new of this. */
  show(content: TrainedContent, point: KeptPoint | undefined, axes: MapAxes): void {
    const before = this.#drawn;
    const isSame =
      content.problem === before?.content.problem && content.limits === before.content.limits && axes === before.axes;
    this.#drawn = { content, axes, point };
    if (!isSame) this.#draw(this.#drawn, false);
    if (!isSame || point !== before.point) this.#draw(this.#drawn, true);
    for (const row of this.#rows) row.hidden = !row.querySelector("figure:not([hidden])");
  }

  /** Draws either the trained maps or the others. */
  #draw({ content: { problem, limits }, axes, point }: Drawn, areTrained: boolean): void {
    const trained =
      areTrained && point
        ? embeddingMaps(point.factors, point.factors.decoder.length / problem.vocabularySize)
        : undefined;
    const known = { problem, limits, ...(trained && { trained }) };
    for (const { frame, figure, map } of this.#maps) {
      if ((frame.isTrained ?? false) !== areTrained) continue;
      const cells = frame.cells(known);
      figure.hidden = !cells;
      if (cells) map.show(pictureOf(frame, cells, known, axes, areTrained ? point?.step : undefined));
    }
  }
}
