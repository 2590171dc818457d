import { describeCheck } from "../../src/index.ts";
import { explain } from "../explain.ts";
import { fourDigits, mebibytes, plainFigure, wholeNumber } from "../format.ts";
import type { Model } from "../models/model.ts";
import type { RunView } from "../run-view.ts";
import { byId, setText } from "./dom.ts";

/** The figures of the last recorded point, and who computed them. */
export function renderReadouts(view: RunView): void {
  const { loaded, trace, stepSize, adapter, check, phase } = view;
  const { model } = view.settings;
  const last = trace.at(-1);
  const show = (element: HTMLElement, value: number | undefined): void =>
    setText(element, value === undefined ? "–" : fourDigits(value));
  for (const element of document.querySelectorAll<HTMLElement>("[data-value]")) {
    const figure = model.figures.find(({ key }) => key === element.dataset.value);
    element.parentElement!.hidden = !figure;
    if (figure) show(element, last?.[figure.key]);
  }
  show(byId("out-entropy", HTMLElement), loaded.problem.entropy);
  setText(byId("out-step", HTMLElement), last ? wholeNumber(last.step) : "–");
  setText(byId("out-step-size", HTMLElement), stepSizeText(model, stepSize));

  if (adapter)
    setText(byId("adapter", HTMLElement), `Computed on ${adapter.label.replace(" (software adapter)", "")}.`);
  else if (view.withoutGpu)
    setText(
      byId("adapter", HTMLElement),
      `Computed in float64 on the processor: there is no GPU here. ${explain(view.withoutGpu)}`,
    );
  else if (phase === "failed") setText(byId("adapter", HTMLElement), "No GPU is open.");
  byId("software-badge", HTMLElement).hidden = !adapter?.isSoftware;
  byId("software-note", HTMLElement).hidden = !adapter?.isSoftware;

  setText(byId("cost", HTMLElement), costText(view));

  const line = byId("check", HTMLElement);
  line.dataset.status = check?.status ?? "none";
  setText(line, `Float64 check: ${check ? describeCheck(check) : "made on the CPU after the last step"}.`);
}

function stepSizeText({ stepSize: asked }: Model, found: number | undefined): string {
  if (typeof asked === "number") return fourDigits(found ?? asked);
  return found === undefined ? asked.rule : `${fourDigits(found)} = ${asked.rule}`;
}

/** What the run cost, in a sentence; nothing while it is under way. */
function costText({ end, trainingMs, step }: RunView): string {
  if (!end?.execution) return "";
  const taken =
    end.execution === "one-workgroup"
      ? "One workgroup takes hundreds of steps at a time"
      : "Every step is given to the whole device";
  const seconds = plainFigure(Number((trainingMs / 1000).toPrecision(2)));
  return `${taken}: ${seconds} s for ${wholeNumber(step)} steps, and ${mebibytes(end.memoryBytes)} on the GPU.`;
}
