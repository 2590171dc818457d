import type { CurveRun } from "../../pictures/curves.ts";
import { paperCurvesSvg } from "../../pictures/paper-curves.ts";
import { USUAL_FIGURES } from "../../src/figures/figures.ts";

/** What the browser makes of a figure. */
export interface Shown {
  readonly name: string;
  /** Inches. */
  readonly width: number;
  /** Texts with the boxes that they take in the page's own font, CSS pixels. */
  readonly texts: readonly { readonly text: string; readonly box: readonly [number, number, number, number] }[];
}

/** Draws runs for a paper with the page's own document, reads the files as XML, and shows them. */
export function shown(runs: readonly CurveRun[]): Shown[] {
  return Object.entries(paperCurvesSvg({ title: "η < 1 & more", runs, figures: USUAL_FIGURES, document })).map(
    ([name, text]) => {
      const file = new DOMParser().parseFromString(text, "image/svg+xml");
      const svg = document.importNode(file.documentElement, true);
      document.body.append(svg);
      const texts = [...svg.querySelectorAll("text")].map((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return { text: element.textContent, box: [x, y, width, height] as const };
      });
      const width = svg.getBoundingClientRect().width / 96;
      svg.remove();
      return { name, width, texts };
    },
  );
}
