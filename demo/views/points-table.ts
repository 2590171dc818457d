import type { TracePoint } from "../../src/index.ts";
import { shortFigure, wholeNumber } from "../format.ts";
import { byId, make, setText } from "./dom.ts";

const MOST_ROWS = 25;

/** Evenly chosen points, first and last among them. */
export function thinOut<T>(points: readonly T[], most: number): T[] {
  if (points.length <= most) return [...points];
  return Array.from({ length: most }, (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))]!);
}

/** The run's points as a table; does nothing while it is folded away. */
export function renderPointsTable(trace: readonly TracePoint[]): void {
  if (!byId("points", HTMLDetailsElement).open) return;
  const shown = thinOut(trace, MOST_ROWS);
  setText(
    byId("points-caption", HTMLElement),
    shown.length < trace.length
      ? `${shown.length} of the ${trace.length} recorded points; the CSV file has all of them.`
      : `${trace.length} recorded points.`,
  );
  byId("points-rows", HTMLElement).replaceChildren(
    ...shown.map(({ step, loss, lossGap, inSupportGap, offSupportGap, norm }) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, wholeNumber(step)),
        ...[loss, lossGap, inSupportGap, offSupportGap, norm].map((value) => make("td", {}, shortFigure(value))),
      ),
    ),
  );
}
