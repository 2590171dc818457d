import { LOOKS } from "../compare/looks.ts";
import { MARKER_SHAPES } from "./log-chart.ts";

const SVG = "http://www.w3.org/2000/svg";

/** A piece of the line of the run at a place. */
export function swatch(place: number): SVGSVGElement {
  const { color, dash, marker, width } = LOOKS[place]!;
  const root = element("svg", { viewBox: "0 0 28 16", width: "28", height: "16", "aria-hidden": "true" });
  root.style.color = `var(${color})`;
  root.append(
    element("path", {
      ...{ d: "M0 8h28", stroke: "currentColor", "stroke-width": String(width) },
      ...(dash.length > 0 && { "stroke-dasharray": dash.join(" ") }),
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
