import { stepRangeOf, stepRanges } from "../../src/index.ts";
import type { RunView } from "../run.ts";
import { byId, make, setText } from "./dom.ts";

/** Ranges of step sizes on this problem below the control for them, and that of the run; nothing before they are known. */
export function renderStepSizes({ limits, stepSize, settings }: RunView): void {
  const sizes = limits?.stepSizes;
  const isFixed = settings.model.name === "fixed";
  byId("step-ranges", HTMLElement).hidden = !(isFixed && sizes);
  if (!isFixed || !sizes) return;
  const { stepSize: asked } = settings.model;
  const chosen = typeof asked === "number" ? asked : (stepSize ?? 1 / sizes.smoothness);
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
