import { describeVerdict, type Condition, type Verdict } from "../../src/index.ts";
import { wholeNumber } from "../format.ts";
import { verdictOf } from "../record.ts";
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
  const verdict = verdictOf(view);
  const conditions = conditionsOf(verdict);
  const lines = describeVerdict(verdict);
  const isMeasured = ([name]: readonly [string, string]): boolean => !(name in conditions) && name !== "theory";
  renderLines(
    "verdict-theory",
    lines.filter((line) => !isMeasured(line)),
    conditions,
  );
  renderLines("verdict-measured", lines.filter(isMeasured), {});
  const { measured } = verdict;
  byId("verdict-at", HTMLElement).hidden = !measured;
  setText(byId("verdict-at", HTMLElement), measured ? `Measured at step ${wholeNumber(measured.step)}` : "");
}

/** The conditions under the names of their lines. */
function conditionsOf({ compatible, separable, finiteMinimiser }: Verdict): Readonly<Record<string, Condition>> {
  return { compatible, separable, ...(finiteMinimiser && { "finite minimiser": finiteMinimiser }) };
}

/** Puts the lines into a list; one that says what it said before is left alone, with what a reader has selected in it. */
function renderLines(
  id: string,
  lines: readonly (readonly [string, string])[],
  conditions: Readonly<Record<string, Condition>>,
): void {
  const list = byId(id, HTMLElement);
  const said = JSON.stringify(lines);
  if (list.dataset.said === said) return;
  list.dataset.said = said;
  list.replaceChildren(
    ...lines.map(([name, text]) =>
      make("div", {}, make("dt", {}, name), make("dd", {}, ...contentOf(text, conditions[name]))),
    ),
  );
}

function contentOf(text: string, condition: Condition | undefined): (Node | string)[] {
  if (!condition) return [text];
  const { holds, because } = condition;
  const mark = make("span", { "aria-hidden": "true" }, MARKS[holds]);
  return [make("strong", { class: "answer", "data-holds": holds }, mark, ` ${holds}`), `: ${because}`];
}
