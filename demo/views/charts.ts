import type { Chart } from "../charts.ts";
import type { RunView } from "../run-view.ts";
import { make } from "./dom.ts";
import { LogChart } from "./log-chart.ts";

interface Drawn {
  readonly figures: readonly HTMLElement[];
  readonly charts: readonly LogChart[];
}

/** The charts of the model that runs; those of another are kept for when it runs again. */
export class Charts {
  readonly #root: HTMLElement;
  readonly #group: string;
  readonly #drawn = new Map<readonly Chart[], Drawn>();
  #shown: readonly Chart[] | undefined;

  /** @param group the cursors of all charts of a group move together */
  constructor(root: HTMLElement, group = "steps") {
    this.#root = root;
    this.#group = group;
  }

  draw(view: RunView): void {
    const { charts: contents } = view.settings.model;
    const drawn = this.#drawn.get(contents) ?? draft(contents, this.#group);
    this.#drawn.set(contents, drawn);
    if (contents !== this.#shown) this.#root.replaceChildren(...drawn.figures);
    this.#shown = contents;
    for (const chart of drawn.charts) chart.draw(view);
  }

  /** Moves the cursor of all charts to a step, or away. */
  pointAt(step: number | undefined): void {
    if (this.#shown) for (const chart of this.#drawn.get(this.#shown)!.charts) chart.pointAt(step);
  }

  /** Lets go of all that the page would keep of them. */
  destroy(): void {
    for (const { charts } of this.#drawn.values()) for (const chart of charts) chart.destroy();
    this.#drawn.clear();
  }
}

function draft(contents: readonly Chart[], group: string): Drawn {
  const figures = contents.map(({ id }) => make("figure", { id }));
  return { figures, charts: contents.map((content, i) => new LogChart(figures[i]!, content, group)) };
}
