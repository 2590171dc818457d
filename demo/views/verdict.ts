import type { Condition, VerdictLine } from "../../src/index.ts";
import { wholeNumber } from "../format.ts";
import type { RunView } from "../run.ts";
import { byId, make, setText } from "./dom.ts";

/** A shape for each answer, beside the word for it. */
const MARKS: Readonly<Record<Condition["holds"], string>> = { yes: "✓", no: "✕", undecided: "?" };

/** What the theory says of the problem, and what the run measured up to its last point. */
export function renderVerdict(view: RunView): void {
  const note = view.search ? "They are being sought." : (view.limits?.missing ?? "");
  byId("limits-note", HTMLElement).hidden = note === "";
  setText(byId("limits-note", HTMLElement), note);
  byId("verdict", HTMLElement).hidden = !view.limits;
  if (!view.limits) return;
  const lines = view.settings.model.verdict(view);
  const isMeasured = ({ kind }: VerdictLine): boolean => kind !== "condition" && kind !== "theory";
  renderLines(
    "verdict-theory",
    lines.filter((line) => !isMeasured(line)),
  );
  renderLines("verdict-measured", lines.filter(isMeasured));
  const measured = view.trace.at(-1);
  byId("verdict-at", HTMLElement).hidden = !measured;
  setText(byId("verdict-at", HTMLElement), measured ? `Measured at step ${wholeNumber(measured.step)}` : "");
}

/** Puts the lines into a list; one that says what it said before is left alone, with what a reader has selected in it. */
function renderLines(id: string, lines: readonly VerdictLine[]): void {
  const list = byId(id, HTMLElement);
  const said = JSON.stringify(lines);
  if (list.dataset.said === said) return;
  list.dataset.said = said;
  list.replaceChildren(
    ...lines.map((line) => make("div", {}, make("dt", {}, line.name), make("dd", {}, ...contentOf(line)))),
  );
}

function contentOf({ text, condition }: VerdictLine): (Node | string)[] {
  if (!condition) return [text];
  const { holds, because } = condition;
  const mark = make("span", { "aria-hidden": "true" }, MARKS[holds]);
  return [make("strong", { class: "answer", "data-holds": holds }, mark, ` ${holds}`), `: ${because}`];
}
