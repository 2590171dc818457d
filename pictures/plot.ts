import { DOTS, markerAt } from "./legend.ts";
import { mathText, round } from "./math-text.ts";
import type { Panel } from "./panels.ts";
import { FONT, GREY, INK, LINE, THICK, type Size } from "./paper-look.ts";
import { segmentsOf, type Segment, type Spot } from "./placing.ts";
import { isOnAxis, type Scale } from "./scales.ts";
import { element } from "./svg.ts";

export interface Scales {
  readonly x: Scale;
  readonly y: Scale;
}

/** All values that the vertical axis of a panel must have room for. */
export const valuesOf = ({ series, levels = [] }: Panel, isLog: boolean): number[] =>
  [
    ...series.flatMap(({ points, predicted = [], levels = [] }) => [
      ...points.flatMap(({ y, low, high }) => [y, low, high]),
      ...predicted.map(({ y }) => y),
      ...levels,
    ]),
    ...levels.map(({ value }) => value),
  ].filter((value) => isOnAxis(value, isLog));

/** Pieces of lines that a legend must not lie on. */
export function obstaclesOf({ series, levels = [] }: Panel, { x, y }: Scales, { width, height }: Size): Segment[] {
  const across = (value: number): Segment => [
    [0, y.at(value)],
    [width, y.at(value)],
  ];
  return [
    ...series.flatMap(({ points, predicted = [], marks = [], levels = [] }) => [
      ...[points, predicted].flatMap((line) => segmentsOf(line.map((point): Spot => [x.at(point.x), y.at(point.y)]))),
      ...points.flatMap(({ x: at, low, high }): Segment[] =>
        low === undefined || high === undefined
          ? []
          : [
              [
                [x.at(at), y.at(low)],
                [x.at(at), y.at(high)],
              ],
            ],
      ),
      ...marks.map((mark): Segment => [
        [x.at(mark.x), 0],
        [x.at(mark.x), height],
      ]),
      ...levels.map(across),
    ]),
    ...levels.map(({ value }) => across(value)),
  ];
}

/** What is drawn of a panel's lines: levels and marks below, then intervals, what is predicted, lines and markers. */
export function plotOf(document: Document, panel: Panel, { x, y }: Scales, { width, height }: Size): Element[] {
  const line = (from: Spot, to: Spot, attributes: Readonly<Record<string, string | number>>): Element =>
    element(document, "line", {
      ...{ x1: round(from[0]), y1: round(from[1]), x2: round(to[0]), y2: round(to[1]) },
      ...attributes,
    });
  const curve = (points: readonly { readonly x: number; readonly y: number }[], attributes: object): Element =>
    element(document, "path", {
      d: points.map((point, i) => `${i === 0 ? "M" : "L"}${round(x.at(point.x))},${round(y.at(point.y))}`).join(""),
      ...{ fill: "none", "stroke-width": THICK, "stroke-linejoin": "round", ...attributes },
    });
  const { series, levels = [] } = panel;
  const thin = { "stroke-width": THICK / 2 };
  return [
    ...levels.map(({ value }) => line([0, y.at(value)], [width, y.at(value)], { stroke: GREY, ...thin })),
    ...series.flatMap(({ levels = [], marks = [], style: { color } }) => [
      ...levels.map((value) => line([0, y.at(value)], [width, y.at(value)], { stroke: color, ...thin })),
      ...marks.map(({ x: at, isDashed }) =>
        line([x.at(at), 0], [x.at(at), height], {
          stroke: color,
          ...thin,
          ...(isDashed && { "stroke-dasharray": "3 2" }),
        }),
      ),
    ]),
    ...series.flatMap(({ points, predicted = [], isScattered, isMarked = () => true, style }) => {
      const { color, dash, marker } = style;
      return [
        ...points.flatMap(({ x: at, low, high }) =>
          low === undefined || high === undefined
            ? []
            : [line([x.at(at), y.at(low)], [x.at(at), y.at(high)], { stroke: color, ...thin })],
        ),
        ...(predicted.length > 0
          ? [
              curve(predicted, {
                stroke: color,
                "stroke-dasharray": DOTS,
                "stroke-linecap": "round",
                "stroke-width": 1.4 * THICK,
              }),
            ]
          : []),
        ...(isScattered ? [] : [curve(points, { stroke: color, ...(dash && { "stroke-dasharray": dash }) })]),
        ...points
          .filter((point) => isMarked(point.x))
          .map((point) => markerAt(document, marker, color, [x.at(point.x), y.at(point.y)])),
      ];
    }),
  ];
}

const TICK = 3;

/** The left and lower sides of a plot with ticks, numbers below only where they are asked for. */
export function axesOf(
  document: Document,
  { x, y }: Scales,
  { width, height }: Size,
  hasNumbersBelow: boolean,
): Element[] {
  const text = (content: string, attributes: Readonly<Record<string, string | number>>): Element =>
    mathText(document, content, FONT, attributes);
  const ticks = [
    ...x.ticks.map(({ value }) => `M${round(x.at(value))},${round(height)}v${-TICK}`),
    ...y.ticks.map(({ value }) => `M0,${round(y.at(value))}h${TICK}`),
  ];
  return [
    element(document, "path", {
      d: `M0,0V${round(height)}H${round(width)}${ticks.join("")}`,
      ...{ fill: "none", stroke: INK, "stroke-width": THICK / 2 },
    }),
    ...y.ticks.map((tick) =>
      text(tick.text, { x: -TICK, y: round(y.at(tick.value) + 0.35 * FONT), "text-anchor": "end", class: "y-tick" }),
    ),
    ...(hasNumbersBelow
      ? x.ticks.map((tick) =>
          text(tick.text, {
            x: round(x.at(tick.value)),
            y: round(height + 1.15 * LINE),
            "text-anchor": "middle",
            class: "x-tick",
          }),
        )
      : []),
  ];
}
