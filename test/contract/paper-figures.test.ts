import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { STYLES } from "../../pictures/panels.ts";
import { freePlace, spread } from "../../pictures/placing.ts";
import { piecesOf } from "../../pictures/math-text.ts";
import { paperCurvesSvg } from "../../pictures/paper-curves.ts";
import { scaleOf } from "../../pictures/scales.ts";
import type { CurveRow, CurveRun } from "../../pictures/curves.ts";
import { FACTOR_FIGURES, PATH_FIGURES } from "../../src/figures/embedding-figures.ts";
import { FIGURES, USUAL_FIGURES } from "../../src/figures/figures.ts";
import { paperPlane } from "../../tools/pictures/paper-plane.mjs";
import { paperStudy } from "../../tools/pictures/study.mjs";
import { collisions, crossedLegends, textBoxes } from "../support/svg-boxes.ts";

const { document } = parseHTML("<!doctype html><html></html>") as unknown as { document: Document };
const parse = (text: string): Element => parseHTML(text).document.querySelector("svg")!;
const textsOf = (svg: Element, role: string): string[] =>
  textBoxes(svg)
    .filter((box) => box.role === role)
    .map(({ text }) => text);

const STEPS = [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000];

/** A run whose figures fall or rise towards limits at a pace of its own, with every figure of a table. */
function run(
  label: string,
  pace: number,
  table: readonly { readonly key: string; readonly axis: string }[] = FIGURES,
): CurveRun {
  const trace = STEPS.map((step) => ({
    ...{ step, lambda: 1 / (1 + step) },
    ...Object.fromEntries(
      table.map(({ key, axis }, i) => [
        key,
        axis === "log" ? (i + 1) / (1 + step) ** pace : 1 - 1 / (2 + step) ** pace,
      ]),
    ),
  }));
  return { label, entropy: 0.8, trace, margin: { margin: 0.4 } };
}
const runs = (count: number, label: (i: number) => string): CurveRun[] =>
  Array.from({ length: count }, (_, i) => run(label(i), 0.3 + 0.15 * i));

/** Figures of a decoder on all kinds of axes, alone and together. */
const SOME = USUAL_FIGURES.filter(({ curve }) => ["loss", "gap", "alignment"].includes(curve ?? ""));
const PATHS: readonly CurveRow[] = [...FACTOR_FIGURES, ...PATH_FIGURES];
const LONG = ["gradient descent, η = 0.5", "normalised, η = 0.01", "Adam, η = 0.01", "normalised, η = 0.1/√k"];
const draw = (shown: readonly CurveRun[], figures: readonly CurveRow[] = SOME) =>
  paperCurvesSvg({ title: "The title", runs: shown, figures, document });

const CASES: Readonly<Record<string, Record<string, string>>> = {
  "four runs with short names": draw(runs(4, (i) => `d = ${25 * (i + 1)}`)),
  "four runs with long names": draw(
    runs(4, (i) => LONG[i]!),
    USUAL_FIGURES,
  ),
  "runs that end at the same place": draw(Array.from({ length: 4 }, (_, i) => run(`run ${i + 1}`, 0.4))),
  "one run": draw(runs(1, () => LONG[0]!)),
  "five runs": draw(runs(5, (i) => `d = ${i}`)),
  "eight runs": draw(runs(8, (i) => `run ${i + 1}`)),
  "twelve runs in every norm": draw(
    runs(12, (i) => `|S| = ${i}, steepest, spectral norm`),
    FIGURES.filter(({ curve }) => curve === "relative-margins"),
  ),
  "runs of both factors": draw(
    LONG.map((label, i) => run(label, 0.3 + 0.1 * i, FACTOR_FIGURES)),
    FACTOR_FIGURES.filter(({ curve }) => curve === "structure" || curve === "norms"),
  ),
  "ridge paths": paperCurvesSvg({
    runs: ["all pairs of five words", "Paper 2’s synthetic setting"].map((label, i) =>
      run(label, 0.5 + 0.2 * i, PATHS),
    ),
    figures: PATHS.filter(({ curve }) => curve !== "structure" && curve !== "collapse"),
    ...{ axis: "lambda", document },
  }),
};
const FILES = Object.entries(CASES).flatMap(([name, files]) =>
  Object.entries(files).map(([file, text]) => [`${file} of ${name}`, text] as const),
);

describe.each(FILES)("%s", (_, text) => {
  const svg = parse(text);

  test("fits a column of 3.3 inches with text of 8 points, and has no title in it", () => {
    const [, , width, height] = svg.getAttribute("viewBox")!.split(" ").map(Number);
    expect([svg.getAttribute("width"), width, svg.getAttribute("font-size")]).toEqual(["3.3in", 3.3 * 72, "8"]);
    expect(parseFloat(svg.getAttribute("height")!) * 72).toBeCloseTo(height!, 0);
    for (const box of textBoxes(svg)) expect(box.text).not.toMatch(/title/i);
    expect(svg.querySelector("title")).toBeNull();
  });

  test("has no texts on each other, on a curve or outside", () => {
    expect(collisions(svg)).toEqual([]);
    expect(crossedLegends(svg)).toEqual([]);
  });

  test("has at most four lines in a panel and four panels, told apart by colour and dash, named at their ends or in a legend", () => {
    const panels = [...svg.querySelectorAll(".panel")];
    expect(panels.length).toBeLessThanOrEqual(4);
    expect(panels).toHaveLength(Math.max(1, textsOf(svg, "head").length));
    for (const panel of panels) {
      const curves = [...panel.querySelectorAll("path[stroke-linejoin]")];
      const looks = curves.map((curve) => `${curve.getAttribute("stroke")} ${curve.getAttribute("stroke-dasharray")}`);
      expect(looks.length).toBeGreaterThan(0);
      expect(looks.length).toBeLessThanOrEqual(4);
      expect(new Set(looks).size).toBe(looks.length);
    }
    expect(svg.querySelectorAll(".labels").length || Math.sign(svg.querySelectorAll(".legend").length)).toBe(
      svg.querySelector(".labels") ? panels.length : 1,
    );
  });

  test("has ticks of logarithmic axes at powers of ten, and no signs for sub- and superscripts", () => {
    const ticks = textsOf(svg, "x-tick");
    expect(ticks.length).toBeGreaterThan(1);
    for (const tick of ticks) expect(tick).toMatch(/^(1|10(−?\d+)?)$/);
    for (const { text } of textBoxes(svg)) expect(text).not.toMatch(/[_^²³¹⁰-ₜᵀ]/);
  });
});

test("eight runs are two panels of four, five are three and two, and twelve in three norms are three files", () => {
  const sizes = (text: string | undefined): number[] =>
    [...parse(text!).querySelectorAll(".panel")].map((panel) => panel.querySelectorAll("path[stroke-linejoin]").length);
  expect(sizes(CASES["eight runs"]!.gap)).toEqual([4, 4]);
  expect(sizes(CASES["five runs"]!.gap)).toEqual([3, 2]);
  expect(sizes(CASES["four runs with long names"]!.alignment)).toEqual([4, 4, 4]);
  expect(sizes(CASES["one run"]!.alignment)).toEqual([3]);
  const files = Object.keys(CASES["twelve runs in every norm"]!).filter((name) => name.startsWith("relative-margins"));
  expect(files).toEqual(["relative-margins-1", "relative-margins-2", "relative-margins-3"]);
});

test("a legend of all panels stands above the first one's head", () => {
  const zigzag = LONG.map((label, i) => ({
    ...run(label, 1),
    trace: STEPS.map((step, k) => ({
      step,
      alignment: k % 2,
      secantAlignment: k % 2,
      alignmentCorrected: (k + i) % 2,
    })),
  }));
  const svg = parse(draw(zigzag).alignment!);
  expect(collisions(svg)).toEqual([]);
  const boxes = textBoxes(svg);
  const [head] = boxes.filter(({ role }) => role === "head");
  const named = boxes.filter(({ text }) => LONG.includes(text));
  expect(named).toHaveLength(LONG.length);
  for (const { y } of named) expect(y).toBeLessThan(head!.y);
});

test("an axis of λ runs from the largest to the least", () => {
  const ticks = textBoxes(parse(CASES["ridge paths"]!.gap!)).filter(({ role }) => role === "x-tick");
  const sorted = [...ticks].sort((a, b) => a.x - b.x).map(({ text }) => text);
  expect(sorted).toEqual(["1", "10−1", "10−2", "10−3", "10−4"]);
});

test("sub- and superscripts are shifted spans, and what follows is on the line again", () => {
  const shifted = (text: string): string =>
    piecesOf(text)
      .map((piece) => ({ line: piece.text, sub: `<${piece.text}>`, super: `[${piece.text}]` })[piece.level])
      .join("");
  expect(
    [
      "cos(W − W*, W_mm)",
      "‖P_F(W) − W*‖",
      "W⊥",
      "10^−12",
      "λ‖L_mm‖_*",
      "‖W‖²",
      "WWᵀ",
      "u_iᵀ",
      "margin of W/‖W‖_2",
      "d = 3",
    ].map(shifted),
  ).toEqual([
    "cos(W − W[*], W<mm>)",
    "‖P<F>(W) − W[*]‖",
    "W[⊥]",
    "10[−12]",
    "λ‖L<mm>‖<*>",
    "‖W‖[2]",
    "WW[T]",
    "u<i>[T]",
    "margin of W/‖W‖<2>",
    "d = 3",
  ]);
  const svg = parse(CASES["four runs with long names"]!.subspace!);
  const label = [...svg.querySelectorAll("text")].find((text) => text.getAttribute("class") === "y-label")!;
  expect(label.textContent).toBe("‖PF(W) − W*‖");
  const moves = [...label.querySelectorAll("tspan")].map((span) => Number(span.getAttribute("dy") ?? 0));
  expect(moves.map(Math.sign)).toEqual([0, 1, -1, -1, 1]);
  expect(moves.reduce((sum, dy) => sum + dy, 0)).toBeCloseTo(0, 9);
});

test("what theory predicts is dotted from a tenth of where it holds, and named", () => {
  const line = [1, 10, 100, 1000].map((step) => [step, 2 / step] as const);
  const predicted = { ...run("run", 0.5), predictions: [{ figure: "lossGap", holdsFrom: 100, line }] } as const;
  const svg = parse(draw([predicted]).gap!);
  const dotted = [...svg.querySelectorAll('path[stroke-dasharray="0.01 2.5"]')];
  expect(dotted.map((path) => path.getAttribute("d")!.match(/[ML]/g)!.length)).toEqual([3]);
  expect(textBoxes(svg).map(({ text }) => text)).toContain("predicted");
});

test("colours of lines and of their names are dark enough to be read on white, and no two markers or dashes are the same", () => {
  const luminance = (color: string): number => {
    const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  for (const { color } of STYLES) expect(1.05 / (luminance(color) + 0.05)).toBeGreaterThan(4.5);
  expect(new Set(STYLES.map(({ marker }) => marker)).size).toBe(STYLES.length);
  expect(new Set(STYLES.map((style) => ("dash" in style ? style.dash : ""))).size).toBe(STYLES.length);
});

test("the curves of a study have the same form, with intervals and marks, its notes in the description", () => {
  const points = [1, 2, 3, 4].map((x) => ({ x, y: x / 5, low: x / 5 - 0.1, high: x / 5 + 0.1 }));
  const series = Array.from({ length: 5 }, (_, i) => ({
    label: `V = ${i}, |S| = 1`,
    points,
    marks: [{ x: 2, isDashed: true }],
  }));
  const svg = parse(paperStudy({ title: "The title", x: "d/m", y: "share", series, notes: ["a note"] }));
  expect(svg.querySelectorAll(".panel")).toHaveLength(2);
  expect(collisions(svg)).toEqual([]);
  expect(svg.querySelector("desc")!.textContent).toBe("The title. a note.");
  expect(textsOf(svg, "x-tick")).toEqual(["1.0", "1.5", "2.0", "2.5", "3.0", "3.5", "4.0"]);
  expect(svg.querySelectorAll('.panel line[stroke-dasharray="3 2"]')).toHaveLength(5);
});

test("names of words and contexts in the plane lie on nothing, words at one place under one name", () => {
  const turn = (degrees: number, length: number): number[] =>
    [Math.cos, Math.sin].map((part) => length * part((degrees * Math.PI) / 180));
  const embeddings = [10, 130, 250].flatMap((degrees) => turn(degrees, 1));
  const decoder = [0, 15, 130, 131, 250].flatMap((degrees) => turn(degrees, 1));
  const svg = parse(
    paperPlane("caption", { embeddings, supports: [[0, 1], [2], [3, 4]], probabilities: [], decoder }, decoder),
  );
  expect(collisions(svg)).toEqual([]);
  expect(textBoxes(svg).map(({ text }) => text)).toEqual(["1", "2", "3, 4", "5", "{1, 2}", "{3}", "{4, 5}"]);
});

describe("the figures' parts", () => {
  test("labels stay in order, clear of each other and as near to their wishes as they can be", () => {
    expect(spread([50, 51, 20], 10, [0, 100])).toEqual([45.5, 55.5, 20]);
    expect(spread([99, 98, 97], 10, [0, 100])).toEqual([95, 85, 75]);
    expect(spread([0, 0], 10, [0, 100])).toEqual([5, 15]);
  });

  test("a legend has no place where every one is crossed", () => {
    const inside = { x: 0, y: 0, width: 100, height: 50 };
    const box = { width: 40, height: 20 };
    expect(
      freePlace(box, inside, [
        [
          [0, 50],
          [100, 25],
        ],
      ]),
    ).toMatchObject({ x: 60, y: 0 });
    expect(
      freePlace(
        box,
        inside,
        [10, 20, 30, 40].map(
          (y) =>
            [
              [0, y],
              [100, y],
            ] as const,
        ),
      ),
    ).toBeUndefined();
    expect(freePlace({ width: 101, height: 1 }, inside, [])).toBeUndefined();
  });

  test("axes end at round numbers, and hold a value alone", () => {
    const of = (values: number[], isLog: boolean): string[] =>
      scaleOf(values, { isLog, range: [0, 100], mostTicks: 6, isTight: false }).ticks.map(({ text }) => text);
    expect(of([0.82, 1.58], false)).toEqual(["0.8", "1.0", "1.2", "1.4", "1.6"]);
    expect(of([-0.26, 0.3], false)).toEqual(["−0.4", "−0.2", "0.0", "0.2", "0.4"]);
    expect(of([1, 1], false)).toContain("1.0");
    expect(of([0, 0], false)).toContain("0.0");
    expect(of([2e-7, 3], true)).toEqual(["10^−7", "10^−5", "10^−3", "10^−1", "10"]);
    expect(of([0.02, 0.03], true)).toEqual(["10^−2", "10^−1"]);
  });
});
