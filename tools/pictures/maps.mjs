import { encode } from "fast-png";
import { colorsOf, PALETTES } from "../../demo/palettes.ts";
import { GREY } from "../../pictures/chart.ts";
import { element, svgFile } from "./chart.mjs";

/** @typedef {import("../../demo/palettes.ts").Coloring & { readonly title: string, readonly data: ArrayLike<number>, readonly shape: readonly number[] }} MapPicture a matrix row by row */

/** Pixels of a PNG's longer side, about, and of a cell at most. */
const [LONGER_SIDE, LARGEST_CELL] = [800, 16];

/**
 * A PNG with square cells of whole pixels.
 * @param {MapPicture} map
 * @returns {Uint8Array}
 */
export function png({ data, shape, ...coloring }) {
  const [rows = 0, columns = 0] = shape;
  const cell = Math.min(LARGEST_CELL, Math.max(1, Math.floor(LONGER_SIDE / Math.max(rows, columns))));
  const [width, height] = [columns * cell, rows * cell];
  const colors = colorsOf(data, coloring);
  const pixels = Uint32Array.from({ length: width * height }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    return colors[Math.floor(y / cell) * columns + Math.floor(x / cell)] ?? 0;
  });
  return encode({ width, height, data: new Uint8Array(pixels.buffer), channels: 4 });
}

/** @param {MapPicture} map */
const dataUrl = (map) => `data:image/png;base64,${Buffer.from(png(map)).toString("base64")}`;

const TILE = 190;
const GAP = 16;
const TITLE = 34;
const BAR = 64;

/**
 * Maps side by side, the rows of them with the colours that they share.
 * @param {string} title
 * @param {readonly { name: string, maps: readonly MapPicture[] }[]} rows
 * @returns {string}
 */
export function panel(title, rows) {
  const columns = Math.max(...rows.map(({ maps }) => maps.length));
  const rowHeight = TILE + TITLE + GAP;
  const tiles = rows.flatMap(({ name, maps }, r) => {
    const top = 40 + r * rowHeight;
    return [
      text(name, { x: GAP, y: top + 10, "font-weight": "bold" }),
      ...maps.flatMap((map, c) => {
        const [x, y] = [GAP + c * (TILE + BAR + GAP), top + TITLE];
        return [
          text(map.title, { x, y: y - 6 }),
          image(map, x, y, TILE, TILE),
          ...colorBar(map, x + TILE + 6, y, TILE),
        ];
      }),
    ];
  });
  const width = 2 * GAP + columns * (TILE + BAR + GAP);
  return svgFile(title, width, 48 + rows.length * rowHeight, [
    text(title, { x: GAP, y: 22, "font-size": 15, "font-weight": "bold" }),
    ...tiles,
  ]);
}

/** Pixels of a cell of a map with labels, and of its labels. */
const LABELLED_CELL = 9;
const LABEL_LENGTH = 4.6;

/**
 * Square maps side by side with every row and column labelled.
 * @param {string} title
 * @param {readonly MapPicture[]} maps
 * @param {readonly string[]} labels
 * @returns {string}
 */
export function labelledMaps(title, maps, labels) {
  const side = labels.length * LABELLED_CELL;
  const margin = 12 + LABEL_LENGTH * Math.max(...labels.map(({ length }) => length));
  const step = margin + side + BAR + GAP;
  const small = { "font-size": LABELLED_CELL - 1 };
  const drawn = maps.flatMap((map, c) => {
    const [x, y] = [GAP + c * step + margin, 60 + margin];
    return [
      text(map.title, { x, y: 50, "font-weight": "bold" }),
      image(map, x, y, side, side),
      ...labels.flatMap((label, i) => {
        const at = (i + 0.75) * LABELLED_CELL;
        return [
          text(label, { ...small, x: x - 4, y: y + at, "text-anchor": "end" }),
          text(label, { ...small, transform: `translate(${x + at} ${y - 4}) rotate(-90)` }),
        ];
      }),
      ...colorBar(map, x + side + 6, y, Math.min(side, TILE)),
    ];
  });
  return svgFile(title, GAP + maps.length * step, 80 + margin + side, [
    text(title, { x: GAP, y: 22, "font-size": 15, "font-weight": "bold" }),
    ...drawn,
  ]);
}

/**
 * @param {MapPicture} map
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
function image(map, x, y, width, height) {
  const [low, high] = map.range.map(shortNumber);
  return element(
    "image",
    { x, y, width, height, href: dataUrl(map), preserveAspectRatio: "none", style: "image-rendering:pixelated" },
    element("title", {}, `${map.title}: ${map.shape.join(" × ")}, colours from ${low} to ${high}`),
  );
}

/**
 * @param {MapPicture} map
 * @param {number} x
 * @param {number} y
 * @param {number} height
 */
function colorBar({ palette, range: [low, high] }, x, y, height) {
  const count = PALETTES[palette].length;
  const bar = {
    title: "colours",
    data: Float64Array.from({ length: count }, (_, i) => high - ((high - low) * i) / (count - 1)),
    shape: [count, 1],
    palette,
    range: /** @type {const} */ ([low, high]),
  };
  return [
    image(bar, x, y, 10, height),
    ...[high, (low + high) / 2, low].map((value, i) =>
      text(shortNumber(value), { x: x + 14, y: y + 9 + (i * (height - 10)) / 2, fill: GREY }),
    ),
  ];
}

/** @param {number} value */
const shortNumber = (value) => String(Number(value.toPrecision(3)));

/**
 * @param {string} content
 * @param {Record<string, string | number>} attributes
 */
const text = (content, attributes) => element("text", attributes, content);
