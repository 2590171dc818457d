import * as Plot from "@observablehq/plot";
import { SVG } from "./svg.ts";

/** Okabe and Ito's colours, told apart by the colour-blind, with a mark each for those who see none. */
export const STYLES = [
  { color: "#0072b2", symbol: "circle" },
  { color: "#d55e00", symbol: "square" },
  { color: "#009e73", symbol: "triangle" },
  { color: "#cc79a7", symbol: "diamond" },
  { color: "#56b4e9", symbol: "cross" },
] as const;
const [WIDTH, HEIGHT, LEGEND] = [760, 360, 230];
export const GREY = "#666666";

/** Powers of ten on a logarithmic axis, nothing at the other ticks. */
export const powerOfTen = (value: number): string => {
  const power = Math.log10(value);
  return Math.abs(power - Math.round(power)) < 1e-9 ? `1e${Math.round(power)}` : "";
};

export const axisOf = (isLog: boolean): Plot.ScaleOptions =>
  isLog ? { type: "log", grid: true, tickFormat: powerOfTen } : { grid: true };

export const styleOf = (i: number): (typeof STYLES)[number] => STYLES[i % STYLES.length]!;

export function legendMarks(
  entries: readonly { readonly text: string; readonly color: string; readonly symbol?: string }[],
): Plot.Markish[] {
  return entries.flatMap(({ text, color, symbol }, i) => {
    const place = { frameAnchor: "top-right", dy: 8 + 18 * i } as const;
    return [
      ...(symbol ? [Plot.dot([0], { ...place, dx: 20, fill: color, symbol, r: 4 })] : []),
      Plot.text([text], {
        ...place,
        dx: symbol ? 32 : 12,
        fill: symbol ? "currentColor" : color,
        textAnchor: "start",
        lineAnchor: "middle",
      }),
    ];
  });
}

/**
 * A chart as a file that stands alone.
 * @param document makes its elements
 * @param texts the title, and the quantity on the vertical axis
 */
export function chartSvg(
  document: Document,
  [title, y]: readonly [title: string, y?: string],
  options: Plot.PlotOptions,
): string {
  const chart = Plot.plot({
    document,
    width: WIDTH,
    height: HEIGHT,
    marginTop: 56,
    marginRight: LEGEND,
    marginBottom: 40,
    marginLeft: 60,
    style: { fontSize: "12px", background: "white", color: "#1a1a1a" },
    ...options,
    marks: [
      Plot.text([title], { frameAnchor: "top-left", dx: -50, dy: -46, fontWeight: "bold", textAnchor: "start" }),
      ...(y ? [Plot.text([y], { frameAnchor: "top-left", dx: -50, dy: -22, textAnchor: "start" })] : []),
      ...(options.marks ?? []),
    ],
  });
  chart.setAttribute("xmlns", SVG);
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", title);
  return `${chart.outerHTML}\n`;
}
