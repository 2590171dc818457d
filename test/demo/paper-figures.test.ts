import { afterAll, beforeAll, expect, test } from "vitest";
import { textWidth } from "../../pictures/math-text.ts";
import type { CurveRun } from "../../pictures/curves.ts";
import { USUAL_FIGURES } from "../../src/figures/figures.ts";
import { Lab } from "../support/lab.ts";
import type { Shown } from "./paper-figures.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab?.close());

const run = (label: string, pace: number): CurveRun => ({
  ...{ label, entropy: 0.8, margin: { margin: 0.4 } },
  trace: [1, 10, 100, 1000, 10_000].map((step) => ({
    step,
    ...Object.fromEntries(USUAL_FIGURES.map(({ key }) => [key, 0.9 / step ** pace])),
  })),
});

test("the page draws figures for a paper with its own document, and no text takes more room than was counted with", async () => {
  const labels = ["gradient descent, η = 0.5", "Adam & ridge, η < 0.01", "normalised, η = 0.1/√k"];
  const figures = await lab.call<Shown[]>(
    "/test/demo/paper-figures.page.ts",
    "shown",
    labels.map((label, i) => run(label, 0.3 + 0.2 * i)),
  );
  expect(figures.map(({ name }) => name)).toEqual([...new Set(USUAL_FIGURES.flatMap(({ curve }) => curve ?? []))]);
  const symbols = [...labels, ...USUAL_FIGURES.map(({ symbol }) => symbol)];
  for (const { width, texts } of figures) {
    expect(width).toBeCloseTo(3.3, 3);
    const written = texts.map(({ text }) => text);
    for (const label of labels) expect(written).toContain(label);
    for (const { text, box } of texts) {
      const source = symbols.find((symbol) => symbol.replace(/_/g, "") === text) ?? text;
      // points of 1/72 inch; a turned text is as high as it is long
      const length = (Math.max(box[2], box[3]) * 72) / 96;
      expect(length, text).toBeGreaterThan(0);
      expect(length, text).toBeLessThanOrEqual(Math.max(textWidth(source, 8), 10));
    }
  }
});
