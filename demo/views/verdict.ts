import { LAW_SYMBOLS, predictionRows, type Condition, type PredictionRow, type VerdictLine } from "../../src/index.ts";
import { fourDigits, wholeNumber } from "../format.ts";
import type { RunView } from "../run-view.ts";
import { byId, make, setText } from "./dom.ts";
import { glossed } from "./gloss.ts";

/** A shape for each answer, beside the word for it. */
const MARKS: Readonly<Record<Condition["holds"], string>> = { yes: "✓", no: "✕", undecided: "?" };

/** What the theory says of the problem, and what the run measured up to its last point. */
export function renderVerdict(view: RunView): void {
  renderHeadline(view);
  const note = view.search ? `They are being sought: ${view.search}.` : (view.limits?.missing ?? "");
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
  renderLaws(predictionRows(view.predictions, view.trace));
  const measured = view.trace.at(-1);
  byId("verdict-at", HTMLElement).hidden = !measured;
  setText(byId("verdict-at", HTMLElement), measured ? `Measured at step ${wholeNumber(measured.step)}` : "");
}

function renderHeadline(view: RunView): void {
  const found = view.settings.model.headline(view);
  const element = byId("headline", HTMLElement);
  setText(element, found?.text ?? "");
  element.dataset.tone = found?.tone ?? "open";
}

/** The laws as a table: predicted, measured, and how sure. */
function renderLaws(rows: readonly PredictionRow[]): void {
  const table = byId("laws", HTMLTableElement);
  const known = rows.filter(({ predicted }) => predicted !== undefined);
  table.hidden = known.length === 0;
  const body = known.map(({ figure, predicted, measured, ratio, at, holdsFrom }) => {
    const isEarly = holdsFrom !== undefined && at !== undefined && at < holdsFrom;
    return {
      name: LAW_SYMBOLS[figure],
      note: isEarly ? `expected from step ${wholeNumber(Math.ceil(holdsFrom))} on` : "",
      cells: [shown(predicted), shown(measured), ratio === undefined ? "–" : ratio.toFixed(3)],
    };
  });
  const said = JSON.stringify(body);
  if (table.dataset.said !== said) {
    table.dataset.said = said;
    table.tBodies[0]!.replaceChildren(
      ...body.map(({ name, note, cells }) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, ...glossed(name), make("span", { class: "legend-note" }, note)),
          ...cells.map((text) => make("td", {}, text)),
        ),
      ),
    );
  }
  const reasons = [...new Set(rows.flatMap(({ reason }) => reason ?? []))];
  setText(byId("no-laws", HTMLElement), reasons.join(" "));
}

const shown = (value: number | undefined): string => (value === undefined ? "–" : fourDigits(value));

/** Puts the lines into a list; one that says what it said before is left alone, with what a reader has selected in it. */
function renderLines(id: string, lines: readonly VerdictLine[]): void {
  const list = byId(id, HTMLElement);
  const said = JSON.stringify(lines);
  if (list.dataset.said === said) return;
  list.dataset.said = said;
  list.replaceChildren(
    ...lines.map((line) => make("div", {}, make("dt", {}, ...glossed(line.name)), make("dd", {}, ...contentOf(line)))),
  );
}

function contentOf({ text, condition }: VerdictLine): (Node | string)[] {
  if (!condition) return [text];
  const { holds, because } = condition;
  const mark = make("span", { "aria-hidden": "true" }, MARKS[holds]);
  return [make("strong", { class: "answer", "data-holds": holds }, mark, ` ${holds}`), `: ${because}`];
}
