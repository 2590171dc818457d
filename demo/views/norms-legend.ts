import { LOOKS } from "../compare/looks.ts";
import { DECODER_NORMS } from "../../src/index.ts";
import { NORM_NAMES } from "../compare/norm-margins.ts";
import { make, setText } from "./dom.ts";
import { swatch } from "./markers.ts";

interface LegendRow {
  readonly place: number;
  readonly label: string;
  /** A text for each norm. */
  readonly figures: readonly string[];
}

/** Which line is whose in all three charts, with the margins where the cursor is. */
export class NormsLegend {
  readonly root: HTMLElement;
  readonly #rows = make("tbody");
  #places = "";

  constructor() {
    const heads = ["Run", ...DECODER_NORMS.map((norm) => NORM_NAMES[norm])].map((head) =>
      make("th", { scope: "col" }, head),
    );
    this.root = make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Margins of the runs" },
      make("table", {}, make("thead", {}, make("tr", {}, ...heads)), this.#rows),
    );
  }

  show(rows: readonly LegendRow[]): void {
    const places = rows.map(({ place }) => place).join();
    if (places !== this.#places) this.#rows.replaceChildren(...rows.map(({ place }) => emptyRow(place)));
    this.#places = places;
    rows.forEach(({ label, figures }, i) => {
      const row = this.#rows.children[i]!;
      setText(row.querySelector("span")!, label);
      figures.forEach((figure, k) => setText(row.children[k + 1]!, figure));
    });
  }
}

const emptyRow = (place: number): HTMLElement =>
  make(
    "tr",
    {},
    make("th", { scope: "row" }, swatch(LOOKS[place]!), make("span")),
    ...DECODER_NORMS.map(() => make("td")),
  );
