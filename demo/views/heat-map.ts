import type { Problem } from "../../src/index.ts";
import { plainFigure, wholeNumber } from "../format.ts";
import { announce } from "./announcer.ts";
import { make, onThemeChange, setText, themeColor } from "./dom.ts";

/** More cells than this cannot be told apart on a page. */
const MOST_CONTEXTS = 400;
const MOST_WORDS = 120;
const LARGEST_CELL = 26;
const WEIGHT_BAND = 18;
const BAND_GAP = 4;

interface Layout {
  readonly contexts: number;
  readonly words: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

/** The next-word probabilities as a picture: a column is a context, a row a word, and the bars above are the frequencies π. */
export class HeatMap {
  readonly #canvas = make("canvas", { "aria-hidden": "true" });
  readonly #marker = make("div", { class: "cell-marker", "aria-hidden": "true" });
  readonly #surface = make("div", { class: "heat-surface", role: "application", tabindex: "0" });
  readonly #readout = make("p", { class: "heat-readout" });
  readonly #cap = make("p", { class: "hint" });
  #problem: Problem | undefined;
  #layout: Layout = { contexts: 0, words: 0, cellWidth: 1, cellHeight: 1 };
  #cell: { context: number; word: number } | undefined;
  #width = 0;

  constructor(figure: HTMLElement) {
    this.#surface.setAttribute("aria-roledescription", "heat map");
    this.#surface.append(this.#canvas, this.#marker);
    figure.append(caption(), this.#surface, this.#readout, this.#cap);
    this.#surface.addEventListener("pointermove", (event) => this.#point(event));
    this.#surface.addEventListener("pointerdown", (event) => this.#point(event));
    this.#surface.addEventListener("pointerleave", () => this.#select(undefined));
    this.#surface.addEventListener("keydown", (event) => this.#move(event));
    this.#surface.addEventListener("blur", () => this.#select(undefined));
    new ResizeObserver(() => {
      // The drawing has a width of its own: only that of its surroundings counts.
      if (figure.clientWidth !== this.#width) this.#draw((this.#width = figure.clientWidth));
    }).observe(figure);
    onThemeChange(() => this.#draw(this.#width));
  }

  show(problem: Problem): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    const { contextCount: m, vocabularySize: v } = problem;
    this.#surface.setAttribute(
      "aria-label",
      `Next-word probabilities of ${wholeNumber(m)} contexts and ${wholeNumber(v)} words; the arrow keys read them out`,
    );
    const parts: string[] = [];
    if (m > MOST_CONTEXTS) parts.push(`${MOST_CONTEXTS} of ${wholeNumber(m)} contexts`);
    if (v > MOST_WORDS) parts.push(`${MOST_WORDS} of ${wholeNumber(v)} words`);
    setText(
      this.#cap,
      parts.length ? `Only the first ${parts.join(" and ")} are drawn; the run uses all of them.` : "",
    );
    this.#cap.hidden = parts.length === 0;
    this.#select(undefined);
    this.#draw(this.#width);
  }

  #draw(width: number): void {
    if (!this.#problem || width === 0) return;
    const problem = this.#problem;
    const contexts = Math.min(problem.contextCount, MOST_CONTEXTS);
    const words = Math.min(problem.vocabularySize, MOST_WORDS);
    const cellWidth = Math.min(LARGEST_CELL, (width - 2) / contexts);
    const cellHeight = Math.min(18, Math.max(3, cellWidth, 120 / words));
    this.#layout = { contexts, words, cellWidth, cellHeight };
    const height = WEIGHT_BAND + BAND_GAP + words * cellHeight;
    const ratio = devicePixelRatio;
    this.#canvas.width = Math.ceil(contexts * cellWidth * ratio);
    this.#canvas.height = Math.ceil(height * ratio);
    this.#canvas.style.width = `${contexts * cellWidth}px`;
    this.#canvas.style.height = `${height}px`;
    const context = this.#canvas.getContext("2d")!;
    context.scale(ratio, ratio);
    context.fillStyle = themeColor("--heat-off");
    context.fillRect(0, WEIGHT_BAND + BAND_GAP, contexts * cellWidth, words * cellHeight);
    this.#drawWeights(context);
    this.#drawProbabilities(context);
    this.#placeMarker();
  }

  #drawWeights(context: CanvasRenderingContext2D): void {
    const { contexts, cellWidth } = this.#layout;
    const { weights } = this.#problem!;
    const largest = weights.reduce((a, b) => Math.max(a, b));
    context.fillStyle = themeColor("--bar");
    for (let j = 0; j < contexts; j++) {
      const height = (WEIGHT_BAND * weights[j]!) / largest;
      context.fillRect(j * cellWidth, WEIGHT_BAND - height, Math.max(0.5, cellWidth - 1), height);
    }
  }

  #drawProbabilities(context: CanvasRenderingContext2D): void {
    const { contexts, words, cellWidth, cellHeight } = this.#layout;
    const { offsets, tokens, probabilities } = this.#problem!;
    const ramp = ["--heat-low", "--heat-middle", "--heat-high"].map((name) => parseColor(themeColor(name)));
    const gap = cellWidth >= 5 && cellHeight >= 5 ? 1 : 0;
    for (let j = 0; j < contexts; j++)
      for (let k = offsets[j]!; k < offsets[j + 1]!; k++) {
        if (tokens[k]! >= words) continue;
        context.fillStyle = rampColor(ramp, Math.sqrt(probabilities[k]!));
        const top = WEIGHT_BAND + BAND_GAP + tokens[k]! * cellHeight;
        context.fillRect(j * cellWidth, top, cellWidth - gap, cellHeight - gap);
      }
  }

  #point(event: PointerEvent): void {
    const box = this.#canvas.getBoundingClientRect();
    const { contexts, words, cellWidth, cellHeight } = this.#layout;
    const context = Math.floor((event.clientX - box.left) / cellWidth);
    const word = Math.floor((event.clientY - box.top - WEIGHT_BAND - BAND_GAP) / cellHeight);
    const isInside = context >= 0 && context < contexts && word >= 0 && word < words;
    this.#select(isInside ? { context, word } : undefined);
  }

  #move(event: KeyboardEvent): void {
    const shifts: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
      Home: [-Infinity, 0],
      End: [Infinity, 0],
    };
    const shift = shifts[event.key];
    if (!shift) return;
    event.preventDefault();
    const { contexts, words } = this.#layout;
    const from = this.#cell;
    const within = (value: number, count: number): number => Math.min(Math.max(value, 0), count - 1);
    this.#select(
      from
        ? { context: within(from.context + shift[0], contexts), word: within(from.word + shift[1], words) }
        : { context: 0, word: 0 },
    );
    announce(this.#readout.textContent);
  }

  #select(cell: { context: number; word: number } | undefined): void {
    this.#cell = cell;
    setText(this.#readout, cell ? this.#describe(cell) : "Point at a cell, or use the arrow keys, to read it.");
    this.#placeMarker();
  }

  #placeMarker(): void {
    const { cellWidth, cellHeight } = this.#layout;
    this.#marker.hidden = !this.#cell;
    if (!this.#cell) return;
    this.#marker.style.width = `${cellWidth}px`;
    this.#marker.style.height = `${cellHeight}px`;
    this.#marker.style.left = `${this.#cell.context * cellWidth}px`;
    this.#marker.style.top = `${WEIGHT_BAND + BAND_GAP + this.#cell.word * cellHeight}px`;
  }

  #describe({ context, word }: { context: number; word: number }): string {
    const { contextLabels, words, weights, offsets, tokens, probabilities } = this.#problem!;
    const from = contextLabels?.[context] ?? `context ${context}`;
    const to = words ? `“${words[word]!}”` : `word ${word}`;
    const weight = `frequency π = ${plainFigure(weights[context]!)}`;
    const entry = tokens.subarray(offsets[context], offsets[context + 1]).indexOf(word);
    if (entry < 0) return `${from} → ${to}: never follows (off support); ${weight}`;
    return `${from} → ${to}: p = ${plainFigure(probabilities[offsets[context]! + entry]!)}; ${weight}`;
  }
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
