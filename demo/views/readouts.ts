import { describeCheck } from "../../src/index.ts";
import { shortFigure, wholeNumber } from "../format.ts";
import type { RunView } from "../run.ts";
import { byId, setText } from "./dom.ts";

/** The figures of the last recorded point, and who computed them. */
export function renderReadouts({ loaded, settings, trace, stepSize, adapter, check, phase }: RunView): void {
  const last = trace.at(-1);
  const show = (id: string, value: number | undefined): void =>
    setText(byId(id, HTMLElement), value === undefined ? "–" : shortFigure(value));
  show("out-gap", last?.lossGap);
  show("out-in", last?.inSupportGap);
  show("out-off", last?.offSupportGap);
  show("out-norm", last?.norm);
  show("out-loss", last?.loss);
  show("out-entropy", loaded.problem.entropy);
  setText(byId("out-step", HTMLElement), last ? wholeNumber(last.step) : "–");
  const rule = settings.stepSize === "safe" ? " = 1/L" : "";
  const size = stepSize ?? (settings.stepSize === "safe" ? undefined : settings.stepSize);
  setText(byId("out-step-size", HTMLElement), size === undefined ? "1/L" : `${shortFigure(size)}${rule}`);

  if (adapter)
    setText(byId("adapter", HTMLElement), `Computed on ${adapter.label.replace(" (software adapter)", "")}.`);
  else if (phase === "failed") setText(byId("adapter", HTMLElement), "No GPU is open.");
  byId("software-badge", HTMLElement).hidden = !adapter?.isSoftware;
  byId("software-note", HTMLElement).hidden = !adapter?.isSoftware;

  const line = byId("check", HTMLElement);
  line.dataset.status = check?.status ?? "none";
  setText(line, `Float64 check: ${check ? describeCheck(check) : "made on the CPU after the last step"}.`);
}
