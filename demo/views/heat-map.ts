import type { Problem } from "../../src/index.ts";
import { contextLabel, plainFigure, wholeNumber, wordLabel } from "../format.ts";
import { CellSurface, type Cell, type CellGrid } from "./cell-surface.ts";
import { make, setText, themeColor } from "./dom.ts";

/** More cells than this cannot be told apart on a page. */
const MOST_CONTEXTS = 400;
const MOST_WORDS = 120;
const LARGEST_CELL = 26;
const WEIGHT_BAND = 18;
const BAND_GAP = 4;

interface Layout extends CellGrid {
  readonly problem: Problem;
}

/** The next-word probabilities as a picture: a column is a context, a row a word, and the bars above are the frequencies π. */
export class HeatMap {
  readonly #surface: CellSurface;
  readonly #cap = make("p", { class: "hint" });
  #problem: Problem | undefined;

  constructor(figure: HTMLElement) {
    figure.append(caption());
    this.#surface = new CellSurface(figure, {
      idle: "Point at a cell, or use the arrow keys, to read it.",
      draw: (canvas, width) => this.#problem && draw(canvas, layoutOf(this.#problem, width)),
      describe: (cell) => describe(this.#problem!, cell),
    });
    figure.append(this.#cap);
  }

  show(problem: Problem): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    const { contextCount: m, vocabularySize: v } = problem;
    const parts: string[] = [];
    if (m > MOST_CONTEXTS) parts.push(`${MOST_CONTEXTS} of ${wholeNumber(m)} contexts`);
    if (v > MOST_WORDS) parts.push(`${MOST_WORDS} of ${wholeNumber(v)} words`);
    setText(
      this.#cap,
      parts.length ? `Only the first ${parts.join(" and ")} are drawn; the run uses all of them.` : "",
    );
    this.#cap.hidden = parts.length === 0;
    this.#surface.update(`Next-word probabilities of ${wholeNumber(m)} contexts and ${wholeNumber(v)} words`);
  }
}

function layoutOf(problem: Problem, width: number): Layout {
  const columns = Math.min(problem.contextCount, MOST_CONTEXTS);
  const rows = Math.min(problem.vocabularySize, MOST_WORDS);
  const cellWidth = Math.min(LARGEST_CELL, (width - 2) / columns);
  const cellHeight = Math.min(18, Math.max(3, cellWidth, 120 / rows));
  return { problem, rows, columns, cellWidth, cellHeight, top: WEIGHT_BAND + BAND_GAP };
}

function draw(canvas: HTMLCanvasElement, layout: Layout): Layout {
  const { rows, columns, cellWidth, cellHeight, top } = layout;
  const [width, height] = [columns * cellWidth, top + rows * cellHeight];
  const ratio = devicePixelRatio;
  canvas.width = Math.ceil(width * ratio);
  canvas.height = Math.ceil(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d")!;
  context.scale(ratio, ratio);
  context.fillStyle = themeColor("--heat-off");
  context.fillRect(0, top, width, height - top);
  drawWeights(context, layout);
  drawProbabilities(context, layout);
  return layout;
}

function drawWeights(context: CanvasRenderingContext2D, { problem: { weights }, columns, cellWidth }: Layout): void {
  const largest = weights.reduce((a, b) => Math.max(a, b));
  context.fillStyle = themeColor("--bar");
  for (let j = 0; j < columns; j++) {
    const height = (WEIGHT_BAND * weights[j]!) / largest;
    context.fillRect(j * cellWidth, WEIGHT_BAND - height, Math.max(0.5, cellWidth - 1), height);
  }
}

function drawProbabilities(context: CanvasRenderingContext2D, layout: Layout): void {
  const { rows, columns, cellWidth, cellHeight, top } = layout;
  const { offsets, tokens, probabilities } = layout.problem;
  const ramp = ["--heat-low", "--heat-middle", "--heat-high"].map((name) => parseColor(themeColor(name)));
  const gap = cellWidth >= 5 && cellHeight >= 5 ? 1 : 0;
  for (let j = 0; j < columns; j++)
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) {
      if (tokens[k]! >= rows) continue;
      context.fillStyle = rampColor(ramp, Math.sqrt(probabilities[k]!));
      context.fillRect(j * cellWidth, top + tokens[k]! * cellHeight, cellWidth - gap, cellHeight - gap);
    }
}

function describe(problem: Problem, { row: word, column: context }: Cell): string {
  const { weights, offsets, tokens, probabilities } = problem;
  const cell = `${contextLabel(problem, context)} → ${wordLabel(problem, word)}`;
  const weight = `frequency π = ${plainFigure(weights[context]!)}`;
  const entry = tokens.subarray(offsets[context], offsets[context + 1]).indexOf(word);
  if (entry < 0) return `${cell}: never follows (off support); ${weight}`;
  return `${cell}: p = ${plainFigure(probabilities[offsets[context]! + entry]!)}; ${weight}`;
}

function caption(): HTMLElement {
  return make(
    "figcaption",
    { class: "heat-caption" },
    make("span", {}, "Each column is a context, with its frequency π above; each row is a word."),
    make(
      "span",
      { class: "heat-key" },
      make("span", { class: "key-off" }),
      "never follows",
      make("span", { class: "key-ramp" }),
      "p from 0 to 1",
    ),
  );
}

type Color = readonly [number, number, number];

function parseColor(hex: string): Color {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** The colour at 0 … 1 of a ramp of three. */
function rampColor(ramp: readonly Color[], at: number): string {
  const place = Math.min(Math.max(at, 0), 1) * (ramp.length - 1);
  const index = Math.min(Math.floor(place), ramp.length - 2);
  const share = place - index;
  const mixed = ramp[index]!.map((from, i) => Math.round(from + share * (ramp[index + 1]![i]! - from)));
  return `rgb(${mixed.join(" ")})`;
}
