import { stepRangeOf, stepRanges } from "../../src/index.ts";
import type { RunView } from "../run-view.ts";
import { byId, make, setText } from "./dom.ts";
import { StepRuler } from "./step-ruler.ts";

/** The step sizes of gradient descent on the problem at hand, below the control for them: a ruler, and what holds in each range. */
export class StepSizesView {
  readonly #ruler: StepRuler;

  /** @param onChoice told a size that was chosen on the ruler */
  constructor(onChoice: (size: string) => void) {
    this.#ruler = new StepRuler(onChoice);
    byId("step-ranges", HTMLElement).prepend(this.#ruler.element);
  }

  /** Nothing is shown before the ranges are known, or of a method that they do not hold for. */
  show({ limits, stepSize, settings }: RunView): void {
    const { model, state } = settings;
    const sizes = limits?.stepSizes;
    const areTheirs = model.name === "fixed" && state.optimizer === "gradient-descent" && state.schedule === "constant";
    byId("step-ranges", HTMLElement).hidden = !(areTheirs && sizes);
    if (!areTheirs || !sizes) return;
    const chosen = typeof model.stepSize === "number" ? model.stepSize : (stepSize ?? 1 / sizes.smoothness);
    this.#ruler.show(sizes, chosen);
    const [range, ranges] = [stepRangeOf(sizes, chosen), stepRanges(sizes)];
    setText(byId("step-range", HTMLElement), ranges.find((row) => row.range === range)!.holds);
    const list = byId("step-marks", HTMLElement);
    const said = JSON.stringify([range, ranges]);
    if (list.dataset.said === said) return;
    list.dataset.said = said;
    list.replaceChildren(
      ...ranges.map(({ range: own, name, holds }) =>
        make("div", own === range ? { "aria-current": "true" } : {}, make("dt", {}, name), make("dd", {}, holds)),
      ),
    );
  }
}
