import type { Marker } from "../charts.ts";

/** Pixels between markers on a line, and half of the size of one. */
export const MARKER_SPACING = 56;
export const MARKER_SIZE = 3.5;

const SVG = "http://www.w3.org/2000/svg";

/** How a line is drawn. */
export interface LineLook {
  /** A colour of the style sheet. */
  readonly color: string;
  readonly dash: readonly number[];
  readonly marker?: Marker | undefined;
  readonly width: number;
  /** Whether its dashes are round dots. */
  readonly isDotted?: boolean;
}

export function drawMarker(
  context: CanvasRenderingContext2D,
  marker: Marker,
  x: number,
  y: number,
  size: number,
): void {
  context.beginPath();
  if (marker === "circle") context.arc(x, y, size, 0, 2 * Math.PI);
  else if (marker === "square") context.rect(x - size, y - size, 2 * size, 2 * size);
  else {
    const corners = marker === "diamond" ? [-90, 0, 90, 180] : [-90, 30, 150];
    for (const degrees of corners) {
      const angle = (degrees * Math.PI) / 180;
      context.lineTo(x + 1.35 * size * Math.cos(angle), y + 1.35 * size * Math.sin(angle));
    }
    context.closePath();
  }
  context.fill();
}

/** In the middle of a swatch of 28 × 16. */
const MARKER_SHAPES: Record<Marker, string> = {
  circle: "M14 4.5a3.5 3.5 0 1 0 .01 0z",
  square: "M10.5 4.5h7v7h-7z",
  triangle: "M14 3.5l4.2 7.5h-8.4z",
  diamond: "M14 3l5 5-5 5-5-5z",
};

/** A piece of a line, for a legend. */
export function swatch({ color, dash, marker, width, isDotted = false }: LineLook): SVGSVGElement {
  const root = element("svg", { viewBox: "0 0 28 16", width: "28", height: "16", "aria-hidden": "true" });
  root.style.color = `var(${color})`;
  root.append(
    element("path", {
      ...{ d: "M0 8h28", stroke: "currentColor", "stroke-width": String(width) },
      ...(dash.length > 0 && { "stroke-dasharray": dash.join(" ") }),
      ...(isDotted && { "stroke-linecap": "round" }),
    }),
  );
  if (marker) root.append(element("path", { d: MARKER_SHAPES[marker], fill: "currentColor" }));
  return root;
}

function element<K extends "svg" | "path">(
  tag: K,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
