import { figureText, wholeNumber } from "../format.ts";
import { make } from "./dom.ts";
import { thinOut } from "./points-table.ts";
import type { LinePoint } from "./run-lines.ts";

/** Figures by step. */
export interface StepTable {
  readonly caption: string;
  readonly steps: readonly number[];
  readonly columns: readonly { readonly label: string; readonly points: readonly LinePoint[] }[];
}

const MOST_ROWS = 25;

/** Tables of what charts draw, filled while they are unfolded. */
export class StepTables {
  readonly #details = make("details");
  readonly #root: HTMLElement;
  #tables: readonly StepTable[] = [];

  /** Appends itself to the figure. */
  constructor(figure: HTMLElement, title: string) {
    this.#root = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title });
    this.#details.append(make("summary", {}, title), this.#root);
    this.#details.addEventListener("toggle", () => this.#fillOpen());
    figure.append(this.#details);
  }

  show(tables: readonly StepTable[]): void {
    this.#tables = tables;
    this.#details.hidden = tables.length === 0;
    this.#fillOpen();
  }

  #fillOpen(): void {
    if (this.#details.open) this.#root.replaceChildren(...this.#tables.map(tableOf));
  }
}

function tableOf({ caption, steps, columns }: StepTable): HTMLElement {
  const shown = thinOut(steps, MOST_ROWS);
  const values = columns.map(({ points }) => new Map(points.map((point) => [point.step, point])));
  const some = shown.length < steps.length ? `, ${shown.length} of ${steps.length} recorded steps` : "";
  return make(
    "table",
    {},
    make("caption", {}, `${caption}${some}`),
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        ...["Step", ...columns.map(({ label }) => label)].map((head) => make("th", { scope: "col" }, head)),
      ),
    ),
    make(
      "tbody",
      {},
      ...shown.map((step) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, wholeNumber(step)),
          ...values.map((points) => make("td", {}, pointText(points.get(step)))),
        ),
      ),
    ),
  );
}

/** A figure, with how far it can be off where that is known. */
export const pointText = (point: LinePoint | undefined): string =>
  point?.error === undefined ? figureText(point?.value) : `${figureText(point.value)} ± ${point.error.toPrecision(1)}`;
