import { textWidth, mathText, round } from "../../pictures/math-text.ts";
import { STYLES } from "../../pictures/panels.ts";
import { markerAt } from "../../pictures/legend.ts";
import { paperFile } from "../../pictures/paper.ts";
import { FONT, GREY, LINE, WIDTH } from "../../pictures/paper-look.ts";
import { crosses, overlap } from "../../pictures/placing.ts";
import { document, element } from "./chart.mjs";
import { inThePlane } from "./plane.mjs";

/**
 * @typedef {import("../../pictures/placing.ts").Box} Box
 * @typedef {import("../../pictures/placing.ts").Segment} Segment
 * @typedef {import("../../pictures/placing.ts").Spot} Spot
 */

/** Points of the picture's height, and of the unit of its axes. */
const HEIGHT = 160;
const UNIT = HEIGHT / 2.6;
/** Points of an arrow's head. */
const HEAD = 6;

const [CONTEXT, WORD] = [STYLES[0], STYLES[1]];

/**
 * Context embeddings with their supports, and the rows of a decoder, each set scaled to its longest, for a column of a paper.
 * @param {string} caption
 * @param {import("../../src/index.ts").PlanePicture} picture
 * @param {readonly number[]} decoder
 */
export function paperPlane(caption, picture, decoder) {
  const { contexts, words } = inThePlane(picture, decoder);
  const heads = words.filter(({ label }) => label).map(({ label, x, y }) => ({ label, at: spotOf(x, y) }));
  const dots = contexts.map(({ label, x, y }) => ({ label, at: spotOf(x, y) }));
  const origin = spotOf(0, 0);
  /** @type {Segment[]} */
  const axes = [
    [
      [0, origin[1]],
      [WIDTH, origin[1]],
    ],
    [
      [origin[0], 0],
      [origin[0], HEIGHT],
    ],
  ];
  /** @type {Segment[]} */
  const arrows = heads.map(({ at }) => [origin, at]);
  /** @type {Box[]} */
  const taken = [...heads.map(({ at }) => boxAround(at, HEAD, HEAD)), ...dots.map(({ at }) => boxAround(at, 5, 5))];
  /**
   * @param {{ readonly label: string, readonly at: Spot }} named
   * @param {string} color
   */
  const label = ({ label, at }, color) => {
    const [x, y] = placeBeside(at, origin, textWidth(label, FONT), [...axes, ...arrows], arrows, taken);
    taken.push(boxAround([x, y], textWidth(label, FONT), LINE));
    return mathText(document, label, FONT, {
      ...{ x: round(x), y: round(y + 0.35 * FONT), fill: color },
      "text-anchor": "middle",
    });
  };
  return paperFile(document, `${caption}.`, HEIGHT, [
    ...axes.map((axis) => line(axis, GREY, 0.4)),
    ...arrows.flatMap((arrow) => [line(arrow, WORD.color, 1), headOf(arrow)]),
    ...dots.map(({ at }) => markerAt(document, CONTEXT.marker, CONTEXT.color, at)),
    ...heads.map((head) => label(head, WORD.color)),
    ...dots.map((dot) => label(dot, CONTEXT.color)),
  ]);
}

/**
 * @param {number} x
 * @param {number} y
 * @returns {Spot}
 */
const spotOf = (x, y) => [WIDTH / 2 + UNIT * x, HEIGHT / 2 - UNIT * y];

/**
 * @param {Spot} at
 * @param {number} width
 * @param {number} height
 * @returns {Box}
 */
const boxAround = ([x, y], width, height) => ({ x: x - width / 2, y: y - height / 2, width, height });

/**
 * The middle of a label beside a point, outwards if it can be: the first place that meets nothing, or else no arrow and no label.
 * @param {Spot} at
 * @param {Spot} origin
 * @param {number} width
 * @param {readonly Segment[]} lines
 * @param {readonly Segment[]} arrows
 * @param {readonly Box[]} taken
 * @returns {Spot}
 */
function placeBeside(at, origin, width, lines, arrows, taken) {
  const outwards = Math.atan2(at[1] - origin[1], at[0] - origin[0]);
  const places = [1, 1.6, 2.4].flatMap((far) =>
    [0, 1, -1, 2, -2, 3, -3, 4].map((turn) => {
      const angle = outwards + (turn * Math.PI) / 4;
      const [right, down] = [Math.cos(angle), Math.sin(angle)];
      return /** @type {const} */ ([at[0] + right * (4 * far + width / 2 + 1), at[1] + down * (4 * far + LINE / 2)]);
    }),
  );
  /** @param {readonly Segment[]} avoided */
  const free = (avoided) =>
    places.find((place) => {
      const box = boxAround(place, width, LINE);
      const isInside = box.x >= 0 && box.x + width <= WIDTH && box.y >= 0 && box.y + LINE <= HEIGHT;
      return isInside && !taken.some((other) => overlap(box, other)) && !avoided.some((line) => crosses(line, box));
    });
  return free(lines) ?? free(arrows) ?? at;
}

/**
 * @param {Segment} segment
 * @param {string} stroke
 * @param {number} thick
 */
const line = ([from, to], stroke, thick) =>
  element("line", {
    ...{ x1: round(from[0]), y1: round(from[1]), x2: round(to[0]), y2: round(to[1]) },
    ...{ stroke, "stroke-width": thick },
  });

/** @param {Segment} arrow */
function headOf([from, to]) {
  const turn = (180 / Math.PI) * Math.atan2(to[1] - from[1], to[0] - from[0]);
  return element("path", {
    d: `M0,0L${-HEAD},${HEAD / 3}V${-HEAD / 3}Z`,
    ...{ fill: WORD.color, transform: `translate(${round(to[0])} ${round(to[1])}) rotate(${round(turn)})` },
  });
}
