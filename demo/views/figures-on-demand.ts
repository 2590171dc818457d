import { bestMargins, StateError, type Gpu, type Optimizer } from "../../src/index.ts";
import type { KeptRuns } from "../compare/kept-runs.ts";
import { CURRENT_PLACE } from "../compare/looks.ts";
import type { RunView } from "../run-view.ts";
import { byId } from "./dom.ts";
import { Lazy } from "./lazy.ts";

/** What the figures need of the page. */
export interface FiguresListener {
  readonly kept: KeptRuns;
  /** The device that runs are on, where there is one. */
  readonly gpu: () => Gpu | undefined;
  /** The runs of an experiment are to be made and kept. */
  readonly onArms: (name: string) => void;
}

/** The figures whose code is loaded when they are shown first: maps, compared runs, three norms. */
export class FiguresOnDemand {
  readonly #maps = new Lazy(async () => {
    const { hasDecoder, isKept, Maps } = await import("./maps.ts");
    return { maps: new Maps(byId("maps", HTMLElement)), hasDecoder, isKept };
  });
  readonly #compare;
  readonly #norms;
  #shown: RunView | undefined;

  constructor(listener: FiguresListener) {
    const { kept, onArms } = listener;
    this.#compare = new Lazy(async () => {
      const { CompareView } = await import("./compare.ts");
      return new CompareView(byId("compare", HTMLElement), kept, { onArms });
    });
    this.#norms = new Lazy(async () => {
      const { NormsView } = await import("./norms.ts");
      return new NormsView(byId("norms", HTMLElement), {
        findBest: async (signal, onProgress) => {
          const gpu = listener.gpu();
          if (!gpu) throw new StateError("The best margins are found on the GPU, and none is open.");
          return bestMargins(gpu, this.#shown!.loaded.problem, { signal, onProgress });
        },
      });
    });
  }

  /**
   * Shows a figure, one of the page's views; those that are no figures of this kind are shown by others.
   * @param step that the time slider is at
   */
  async show(name: string, view: RunView, step: number | undefined): Promise<void> {
    this.#shown = view;
    if (name === "maps") await this.#showMaps(view, step);
    if (name === "compare") await this.#compare.with((figure) => figure.show(view));
    if (name === "norms") await this.#showNorms(view);
  }

  /** Adds runs that were saved to those that are compared. */
  async openRuns(files: readonly File[]): Promise<void> {
    await this.#compare.with((figure) => void figure.open(files));
  }

  #showMaps({ loaded, settings, limits, trace }: RunView, shown: number | undefined): Promise<void> {
    const { problem, original = problem } = loaded;
    return this.#maps.with(({ maps, hasDecoder, isKept }) => {
      if (settings.model.name === "trained")
        maps.show({ problem: original, limits: limits?.embeddings, points: trace.filter(isKept), shown });
      else maps.show({ problem, margin: limits?.margin, points: trace.filter(hasDecoder), shown });
    });
  }

  #showNorms({ loaded: { problem }, settings, trace }: RunView): Promise<void> {
    const optimizer = settings.state.optimizer as Optimizer;
    const steps = settings.model.name === "fixed" ? trace : [];
    const run = { place: CURRENT_PLACE, label: optimizer, optimizer, steps };
    return this.#norms.with((figure) => figure.show({ problem, runs: [run] }));
  }
}
