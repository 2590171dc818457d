import { MEASURED_AS } from "../../src/index.ts";
import { shortFigure, wholeNumber } from "../format.ts";
import type { RunView } from "../run-view.ts";
import { byId, make, setText } from "./dom.ts";

const MOST_ROWS = 25;

const cell = (value: number = NaN): string => (Number.isNaN(value) ? "" : shortFigure(value));

/** Evenly chosen points, first and last among them. */
export function thinOut<T>(points: readonly T[], most: number): T[] {
  if (points.length <= most) return [...points];
  return Array.from({ length: most }, (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))]!);
}

/** The run's points as a table; does nothing while it is folded away. */
export function renderPointsTable({ trace, settings, predictions }: RunView): void {
  if (!byId("points", HTMLDetailsElement).open) return;
  const { figures } = settings.model;
  const laws = figures.flatMap(({ key, label }) => {
    const at = predictions.find(({ figure }) => MEASURED_AS[figure] === key)?.at;
    return at ? [{ label: `${label}, predicted`, at }] : [];
  });
  const shown = thinOut(trace, MOST_ROWS);
  setText(
    byId("points-caption", HTMLElement),
    shown.length < trace.length
      ? `${shown.length} of the ${trace.length} recorded points; the CSV file has all of them.`
      : `${trace.length} recorded points.`,
  );
  byId("points-head", HTMLElement).replaceChildren(
    ...["Step", ...[...figures, ...laws].map(({ label }) => label)].map((label) => make("th", { scope: "col" }, label)),
  );
  byId("points-rows", HTMLElement).replaceChildren(
    ...shown.map((point) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, wholeNumber(point.step)),
        ...figures.map(({ key }) => make("td", {}, cell(point[key]))),
        ...laws.map(({ at }) => make("td", {}, cell(point.step > 0 ? at(point.step) : NaN))),
      ),
    ),
  );
}
