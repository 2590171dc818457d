import { LOOKS } from "../compare/looks.ts";
import type { ComparedRun } from "../compare/compared-runs.ts";
import type { RunSummary, SummaryPoint } from "../compare/run-summary.ts";
import { figureText, wholeNumber } from "../format.ts";
import { make, setText } from "./dom.ts";
import { swatch } from "./markers.ts";

const COLUMNS: readonly {
  readonly head: string;
  readonly value: (point: SummaryPoint, run: RunSummary) => number | undefined;
}[] = [
  { head: "Loss gap", value: ({ lossGap }) => lossGap },
  { head: "Gap over its law", value: (_, { predictions }) => lawRatio(predictions) },
  { head: "Norm ‖W‖", value: ({ norm, decoderNorm }) => norm ?? decoderNorm },
  { head: "Alignment", value: ({ alignment }) => alignment },
  { head: "Subspace error", value: ({ subspaceError }) => subspaceError },
  { head: "Margin · ‖W_mm‖", value: ({ margin = NaN }, { marginNorm = NaN }) => margin * marginNorm },
];

/** How runs ended, a row each, with a button that removes the run. */
export class CompareTable {
  readonly #body = make("tbody");
  readonly #note = make(
    "p",
    { class: "hint" },
    "Alignment is cos(W, W_mm), and the subspace that of W; of trained embeddings both are those of the logits.",
  );
  readonly #root: HTMLElement;
  readonly #onRemove: (id: string) => void;
  readonly #rows = new Map<number, Row>();

  /** Appends itself to the figure. */
  constructor(figure: HTMLElement, onRemove: (id: string) => void) {
    this.#onRemove = onRemove;
    const heads = ["Run", "Steps", ...COLUMNS.map(({ head }) => head)];
    this.#root = make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "End states of the runs" },
      make(
        "table",
        {},
        make("caption", {}, "Where each run stands"),
        make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)), make("td"))),
        this.#body,
      ),
    );
    figure.append(this.#root, this.#note);
  }

  show(runs: readonly ComparedRun[]): void {
    this.#root.hidden = this.#note.hidden = runs.length === 0;
    for (const [place, { root }] of this.#rows)
      if (!runs.some((run) => run.place === place)) {
        root.remove();
        this.#rows.delete(place);
      }
    runs.forEach((run, i) => {
      const row = this.#rows.get(run.place) ?? new Row(run.place, this.#onRemove);
      this.#rows.set(run.place, row);
      row.show(run);
      if (this.#body.children[i] !== row.root) this.#body.insertBefore(row.root, this.#body.children[i] ?? null);
    });
  }

  /** The buttons that there are now, by row; each has the id of its run. */
  get buttons(): HTMLButtonElement[] {
    return [...this.#body.querySelectorAll("button")].filter(({ hidden }) => !hidden);
  }
}

class Row {
  readonly root: HTMLElement;
  readonly #name = make("span");
  readonly #note = make("span", { class: "legend-note" });
  readonly #steps = make("td");
  readonly #cells = COLUMNS.map(() => make("td"));
  readonly #remove = make("button", { type: "button" }, "Remove");

  constructor(place: number, onRemove: (id: string) => void) {
    this.#remove.addEventListener("click", () => onRemove(this.#remove.value));
    this.root = make(
      "tr",
      {},
      make("th", { scope: "row" }, swatch(LOOKS[place]!), this.#name, " ", this.#note),
      this.#steps,
      ...this.#cells,
      make("td", {}, this.#remove),
    );
  }

  show({ name, run, note, id }: ComparedRun): void {
    setText(this.#name, name);
    setText(this.#note, note && `(${note})`);
    setText(this.#steps, `${wholeNumber(run.steps)}${run.status === "done" ? "" : `, ${run.status}`}`);
    const last = run.trace.at(-1);
    COLUMNS.forEach(({ value }, i) => setText(this.#cells[i]!, figureText(last && value(last, run))));
    this.#remove.hidden = id === undefined;
    this.#remove.value = id ?? "";
    this.#remove.setAttribute("aria-label", `Remove ${name}`);
  }
}

const lawRatio = (predictions: RunSummary["predictions"]): number | undefined =>
  predictions.find(({ figure }) => figure === "lossGap" || figure === "factorLossGap")?.ratio;
