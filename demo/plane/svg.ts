import { TEXT_SIZE, type Shape } from "./shapes.ts";

interface SvgOptions {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly description: string;
  /** The value of a custom property of the style sheet. */
  readonly colorOf: (name: string) => string;
}

/** Inches across: a column of most papers. */
const COLUMN = 3.3;
const FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif";

/** A drawing as an SVG file by itself. */
export function svgOf(shapes: readonly Shape[], { width, height, title, description, colorOf }: SvgOptions): string {
  const lines = shapes.map((shape) => {
    const attributes: Record<string, string | number | undefined> =
      "text" in shape
        ? {
            ...{ x: number(shape.x), y: number(shape.y), "text-anchor": shape.anchor, fill: colorOf(shape.fill) },
            ...(shape.isBold && { "font-weight": 600 }),
            ...{ stroke: colorOf("--paper"), "stroke-width": 3, "stroke-linejoin": "round", "paint-order": "stroke" },
            "dominant-baseline": "central",
          }
        : {
            d: shape.path,
            fill: shape.fill ? colorOf(shape.fill) : "none",
            stroke: shape.stroke && colorOf(shape.stroke),
            "stroke-width": shape.width,
            "stroke-dasharray": shape.dash?.join(" "),
            opacity: shape.opacity,
          };
    const written = Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}="${escaped(String(value))}"`],
    );
    return "text" in shape
      ? `<text ${written.join(" ")}>${escaped(shape.text)}</text>`
      : `<path ${written.join(" ")}/>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${COLUMN}in" height="${number((COLUMN * height) / width)}in" viewBox="0 0 ${width} ${height}" font-family="${FONT}" font-size="${TEXT_SIZE}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(description)}</desc>`,
    ...lines,
    "</svg>",
    "",
  ].join("\n");
}

const number = (value: number): number => Math.round(value * 1000) / 1000;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => ENTITIES[sign]!);
