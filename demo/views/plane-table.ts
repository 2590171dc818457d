import type { PlaneGround } from "../plane/content.ts";
import { nextText, supportText, vectorText } from "../plane/descriptions.ts";
import type { Shown } from "../plane/frame.ts";
import { make, setText } from "./dom.ts";

/** The vectors that are drawn as two tables, filled while they are unfolded. */
export class PlaneTable {
  readonly #details = make("details");
  readonly #contexts = make("tbody");
  readonly #words = make("tbody");
  #fill = (): void => {};

  /** Appends itself to the figure. */
  constructor(figure: HTMLElement) {
    this.#details.append(
      make("summary", {}, "The vectors as tables"),
      make(
        "div",
        { class: "scroll", tabindex: "0", role: "region", "aria-label": "The vectors that are drawn" },
        tableOf("Contexts", ["Context", "h", "Support", "Next words"], this.#contexts),
        tableOf("Words", ["Word", "w", "w of theory"], this.#words),
      ),
    );
    this.#details.addEventListener("toggle", () => this.#fillOpen());
    figure.append(this.#details);
  }

  show(ground: PlaneGround, { decoder, margin }: Shown): void {
    this.#fill = () => {
      fill(
        this.#contexts,
        ground.contexts.map(({ name }, at) => [
          name,
          vectorText(ground, ground.places, at),
          supportText(ground, at),
          nextText(ground, at),
        ]),
      );
      fill(
        this.#words,
        ground.words.map(({ name }, at) => [
          name,
          ...[decoder, margin].map((vectors) => (vectors ? vectorText(ground, vectors.pairs, at) : "–")),
        ]),
      );
    };
    this.#fillOpen();
  }

  #fillOpen(): void {
    if (this.#details.open) this.#fill();
  }
}

function tableOf(caption: string, heads: readonly string[], body: HTMLElement): HTMLElement {
  const row = make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)));
  return make("table", {}, make("caption", {}, caption), make("thead", {}, row), body);
}

/** Rows with these texts; those that are there already are changed where they differ. */
function fill(body: HTMLElement, rows: readonly (readonly string[])[]): void {
  while (body.children.length > rows.length) body.lastElementChild!.remove();
  rows.forEach(([name, ...cells], i) => {
    const row = body.children[i] ?? make("tr", {}, make("th", { scope: "row" }), ...cells.map(() => make("td")));
    if (!row.parentElement) body.append(row);
    [name!, ...cells].forEach((text, k) => setText(row.children[k]!, text));
  });
}
