import {
  distinctSupports,
  embeddingMaps,
  supportMask,
  type EmbeddingLimits,
  type EmbeddingMaps,
  type Factors,
  type Problem,
} from "../../src/index.ts";
import { contextLabel, wholeNumber, wordLabel } from "../format.ts";
import { make, setText } from "./dom.ts";
import { MatrixMap, type MatrixPicture } from "./matrix-map.ts";

/** A recorded step whose factors were kept. */
export interface KeptPoint {
  readonly step: number;
  readonly factors: Factors;
}

export const isKept = <Point extends { readonly factors?: Factors }>(
  point: Point,
): point is Point & Required<Pick<Point, "factors">> => point.factors !== undefined;

/** Words or contexts of which the cosines between all can be computed within a frame or two. */
const MOST_VECTORS = 1500;

/** What the maps are drawn from. */
export interface MapsContent {
  readonly problem: Problem;
  /** What theory says; undefined where it is not known. */
  readonly limits: EmbeddingLimits | undefined;
  /** Ascending by step. */
  readonly points: readonly KeptPoint[];
}

/** The problem, the theory, and the matrices of the step that is shown. */
interface Known extends Pick<MapsContent, "problem" | "limits"> {
  readonly trained?: EmbeddingMaps;
}

/** One map of the section. */
interface MapFrame extends Pick<MatrixPicture, "title" | "palette"> {
  /** Of the file it is saved as. */
  readonly key: string;
  readonly rows: Axis;
  readonly columns: Axis;
  readonly isTrained?: true;
  /** Column by column; undefined where it is not known. */
  readonly values: (known: Known) => Float64Array | undefined;
  /** The size of a value that has the last colour; that of the map's largest where it is left out. */
  readonly largest?: (known: Known) => number;
}

type Axis = "words" | "contexts";

const LOGITS = { rows: "words", columns: "contexts", palette: "diverging" } as const;
const WORDS = { rows: "words", columns: "words", palette: "diverging", largest: () => 1 } as const;
const CONTEXTS = { ...WORDS, rows: "contexts", columns: "contexts" } as const;
/** Of L_mm and S̃, which are to be compared. */
const largestInTheory = ({ limits }: Known): number =>
  Math.max(...[limits!.margin, limits!.proxy].map(({ logits }) => sizeOf(logits)));

const ROWS: readonly { readonly title: string; readonly maps: readonly MapFrame[] }[] = [
  {
    title: "Logits, the mean of each context taken off: a row is a word, a column a context",
    maps: [
      {
        ...LOGITS,
        title: "Supports S",
        key: "supports",
        palette: "sequential",
        values: ({ problem }) => Float64Array.from(supportMask(problem)),
        largest: () => 1,
      },
      {
        ...LOGITS,
        title: "Proxy S̃",
        key: "proxy",
        values: ({ limits }) => limits?.proxy.logits,
        largest: largestInTheory,
      },
      {
        ...LOGITS,
        title: "Theory L_mm",
        key: "margin",
        values: ({ limits }) => limits?.margin.logits,
        largest: largestInTheory,
      },
      {
        ...LOGITS,
        title: "Trained L",
        key: "logits",
        isTrained: true,
        values: ({ trained }) => trained?.logits,
      },
      {
        ...LOGITS,
        title: "Trained L − L_in",
        key: "low-rank",
        isTrained: true,
        values: ({ trained, limits }) => limits && trained?.logits.map((logit, at) => logit - limits.sparse[at]!),
      },
    ],
  },
  {
    title: "Cosines between words",
    maps: [
      {
        ...WORDS,
        title: "Words, trained",
        key: "words",
        isTrained: true,
        values: ({ trained }) => trained?.wordCosines,
      },
      {
        ...WORDS,
        title: "Words, theory",
        key: "words-theory",
        values: ({ limits }) => limits?.margin.wordCosines,
      },
      { ...WORDS, title: "Words, proxy", key: "words-proxy", values: ({ limits }) => limits?.proxy.wordCosines },
    ],
  },
  {
    title: "Cosines between contexts",
    maps: [
      {
        ...CONTEXTS,
        title: "Contexts, trained",
        key: "contexts",
        isTrained: true,
        values: ({ trained }) => trained?.contextCosines,
      },
      {
        ...CONTEXTS,
        title: "Contexts, theory",
        key: "contexts-theory",
        values: ({ limits }) => limits?.margin.contextCosines,
      },
      {
        ...CONTEXTS,
        title: "Contexts, proxy",
        key: "contexts-proxy",
        values: ({ limits }) => limits?.proxy.contextCosines,
      },
    ],
  },
];

/** Trained embeddings beside theory, as matrices. */
export class Maps {
  readonly #maps: readonly { readonly frame: MapFrame; readonly figure: HTMLElement; readonly map: MatrixMap }[];
  readonly #rows: readonly HTMLElement[];
  readonly #controls = make("div", { class: "map-controls" });
  readonly #slider = make("input", { type: "range", id: "map-step", min: "0", list: "map-steps" });
  readonly #steps = make("datalist", { id: "map-steps" });
  // what it says is the slider's own value to a screen reader
  readonly #output = make("output", { id: "map-at", for: "map-step", "aria-live": "off" });
  readonly #isOrdered = make("input", { type: "checkbox", id: "map-order", checked: "" });
  readonly #note = make("p", { id: "maps-note" });
  #content: MapsContent | undefined;
  /** The step that the reader chose; without one the last is shown. */
  #chosen: number | undefined;
  #drawn: KeptPoint | undefined;

  /** Fills the section. */
  constructor(section: HTMLElement) {
    section.classList.add("maps");
    section.setAttribute("aria-labelledby", "maps-title");
    section.append(
      make("h2", { id: "maps-title" }, "Maps"),
      make(
        "p",
        { class: "hint" },
        "The matrices that training tends to, beside those at one of its steps. Point at a cell, or use the arrow keys, to read it.",
      ),
      this.#controls,
      this.#note,
    );
    this.#controls.append(
      make("div", { class: "map-step" }, make("label", { for: "map-step" }, "Step"), this.#slider, this.#output),
      make("label", { class: "check-label" }, this.#isOrdered, make("span", {}, "order contexts by their support")),
      this.#steps,
    );
    const rows = ROWS.map(({ title, maps }) => {
      const figures = maps.map(({ key }) => make("figure", { id: `map-${key}`, class: "matrix-map" }));
      const row = make("div", {}, make("h3", {}, title), make("div", { class: "map-row" }, ...figures));
      section.append(row);
      return { row, maps: maps.map((frame, i) => ({ frame, figure: figures[i]!, map: new MatrixMap(figures[i]!) })) };
    });
    this.#rows = rows.map(({ row }) => row);
    this.#maps = rows.flatMap(({ maps }) => maps);
    this.#slider.addEventListener("input", () => {
      this.#chosen = this.#content?.points[this.#slider.valueAsNumber]?.step;
      this.#showStep();
    });
    this.#isOrdered.addEventListener("change", () => this.#drawAll());
  }

  /** Draws what is new of this; the step stays the one that the reader chose, where the problem is the same and has it. */
  show(content: MapsContent): void {
    const before = this.#content;
    this.#content = content;
    const { problem, limits, points } = content;
    const { vocabularySize, contextCount } = problem;
    const isTooLarge = Math.max(vocabularySize, contextCount) > MOST_VECTORS;
    this.#controls.hidden = isTooLarge;
    if (isTooLarge) {
      for (const row of this.#rows) row.hidden = true;
      setText(this.#note, `Maps are drawn of up to ${wholeNumber(MOST_VECTORS)} words and contexts.`);
      this.#note.hidden = false;
      return;
    }
    if (problem !== before?.problem) this.#chosen = undefined;
    const missing: string[] = [];
    if (!limits) missing.push("What theory says is not known here: only supports and trained matrices are drawn.");
    if (points.length === 0) missing.push("No step of a run has been kept yet.");
    setText(this.#note, missing.join(" "));
    this.#note.hidden = missing.length === 0;
    this.#slider.max = String(Math.max(points.length - 1, 0));
    this.#slider.disabled = points.length < 2;
    if (points.some((point, i) => point !== before?.points[i]))
      this.#steps.replaceChildren(
        ...points.map(({ step }, i) => make("option", { value: String(i), label: wholeNumber(step) })),
      );
    if (problem !== before?.problem || limits !== before.limits) this.#drawAll();
    else this.#showStep();
  }

  #drawAll(): void {
    if (!this.#content) return;
    this.#draw(this.#content, false);
    this.#drawn = undefined;
    this.#showStep();
  }

  #showStep(): void {
    const { points } = this.#content!;
    const found = points.findIndex(({ step }) => step === this.#chosen);
    const at = found < 0 ? points.length - 1 : found;
    const point = points[at];
    this.#slider.value = String(at);
    const text = point ? `step ${wholeNumber(point.step)} of ${wholeNumber(points.at(-1)!.step)}` : "–";
    this.#slider.setAttribute("aria-valuetext", text);
    setText(this.#output, text);
    if (point && point === this.#drawn) return;
    this.#drawn = point;
    this.#draw(this.#content!, true, point);
  }

  /** Draws either the trained maps or the others. */
  #draw({ problem, limits }: MapsContent, areTrained: boolean, point?: KeptPoint): void {
    const known = {
      problem,
      limits,
      ...(point && { trained: embeddingMaps(point.factors, point.factors.decoder.length / problem.vocabularySize) }),
    };
    const indices = { words: upTo(problem.vocabularySize), contexts: this.#contextOrder(problem) };
    for (const { frame, figure, map } of this.#maps) {
      if ((frame.isTrained ?? false) !== areTrained) continue;
      const values = frame.values(known);
      figure.hidden = !values;
      if (values) map.show(pictureOf(frame, values, known, indices, point?.step));
    }
    for (const row of this.#rows) row.hidden = !row.querySelector("figure:not([hidden])");
  }

  #contextOrder(problem: Problem): readonly number[] {
    const order = upTo(problem.contextCount);
    if (!this.#isOrdered.checked) return order;
    const { ofContext } = distinctSupports(problem);
    return order.sort((a, b) => ofContext[a]! - ofContext[b]!);
  }
}

function pictureOf(
  { title, key, rows, columns, palette, largest }: MapFrame,
  values: Float64Array,
  known: Known,
  indices: Readonly<Record<Axis, readonly number[]>>,
  step: number | undefined,
): MatrixPicture {
  const [down, across] = [indices[rows], indices[columns]];
  const high = largest?.(known) ?? (sizeOf(values) || 1);
  const labels = {
    words: (word: number) => wordLabel(known.problem, word),
    contexts: (context: number) => contextLabel(known.problem, context),
  };
  return {
    ...{ title, palette, rows: down.length, columns: across.length, rowNoun: rows, columnNoun: columns },
    fileStem: step === undefined ? key : `${key}-step-${step}`,
    values: Float64Array.from(down.flatMap((i) => across.map((k) => values[k * down.length + i]!))),
    rowLabels: down.map(labels[rows]),
    columnLabels: across.map(labels[columns]),
    range: [palette === "diverging" ? -high : 0, high],
  };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const sizeOf = (values: Float64Array): number => values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
