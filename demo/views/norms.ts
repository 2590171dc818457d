import { DECODER_NORMS, type DecoderNorm, type Optimizer, type Problem, type WorkProgress } from "../../src/index.ts";
import {
  aboveBestNote,
  aheadSentences,
  bestNotes,
  marginsOverBest,
  NORM_NAMES,
  type BestInEach,
  type DecoderStep,
  type MarginsAtStep,
} from "../compare/norm-margins.ts";
import { CURRENT_PLACE } from "../compare/looks.ts";
import { announce } from "./announcer.ts";
import { make, setText } from "./dom.ts";
import { NormsLegend } from "./norms-legend.ts";
import { pointAt, RunLines, stepWords, type RunLine } from "./run-lines.ts";
import { pointText, StepTables } from "./step-tables.ts";

/** A run of a decoder. */
export interface NormRun {
  /** One of the places of lines, as where runs are compared. */
  readonly place: number;
  readonly label: string;
  readonly optimizer: Optimizer;
  readonly steps: readonly DecoderStep[];
}

/** What is shown: runs on one problem, the one under way at {@link CURRENT_PLACE}. */
export interface NormsPicture {
  readonly problem: Problem;
  readonly runs: readonly NormRun[];
}

export interface NormsListener {
  /** Finds the best margins on the problem that is shown; aborted, it comes back with what is known by then. */
  findBest(this: void, signal: AbortSignal, onProgress: (progress: WorkProgress) => void): Promise<BestInEach>;
}

/** The margins of decoders in three norms over the best that there are, against the steps of their runs. */
export class NormsView {
  readonly #listener: NormsListener;
  readonly #at = make("span", { class: "legend-at" });
  readonly #charts: Readonly<Record<DecoderNorm, RunLines>>;
  readonly #row = make("div", { class: "norm-row" });
  readonly #legend = new NormsLegend();
  readonly #sentence = make("p", { id: "norms-sentence" });
  readonly #note = make("p", { class: "hint", id: "norms-note" });
  readonly #find = make("button", { type: "button", id: "norms-find" }, "Find the best margins");
  readonly #cancel = make("button", { type: "button", id: "norms-cancel", hidden: "" }, "Cancel");
  readonly #progress = make("progress", { id: "norms-progress", max: "1", hidden: "" });
  readonly #alert = make("p", { class: "compare-alert", role: "alert" });
  readonly #tables: StepTables;
  readonly #best = new WeakMap<Problem, BestInEach>();
  #picture: NormsPicture | undefined;
  #lines: Readonly<Record<DecoderNorm, readonly RunLine[]>> = { frobenius: [], max: [], spectral: [] };
  #search: { readonly problem: Problem; readonly controller: AbortController } | undefined;
  #cursor: number | undefined;

  /** Fills the figure. */
  constructor(figure: HTMLElement, listener: NormsListener) {
    this.#listener = listener;
    figure.classList.add("norms");
    figure.append(
      make("figcaption", {}, make("span", { class: "chart-title" }, "Margin over the best, in three norms"), this.#at),
      this.#row,
    );
    this.#charts = Object.fromEntries(
      DECODER_NORMS.map((norm) => {
        const panel = make("div", { class: "norm-panel" }, make("p", {}, NORM_NAMES[norm]));
        this.#row.append(panel);
        return [norm, new RunLines(panel, { scale: "unit", onCursor: (...at) => this.#read(...at) })];
      }),
    ) as Record<DecoderNorm, RunLines>;
    this.#progress.setAttribute("aria-label", "Search for the best margins");
    figure.append(
      this.#legend.root,
      this.#sentence,
      make("div", { class: "buttons" }, this.#find, this.#cancel),
      this.#progress,
      this.#note,
      this.#alert,
    );
    this.#tables = new StepTables(figure, "The margins as tables");
    this.#find.addEventListener("click", () => void this.#findBest());
    this.#cancel.addEventListener("click", () => this.#search?.controller.abort());
  }

  /** Shows these runs; a search on another problem is given up. */
  show(picture: NormsPicture): void {
    if (this.#search && this.#search.problem !== picture.problem) {
      this.#search.controller.abort();
      this.#search = undefined;
    }
    this.#picture = picture;
    this.#draw();
  }

  async #findBest(): Promise<void> {
    const { problem } = this.#picture!;
    const search = { problem, controller: new AbortController() };
    const { signal } = search.controller;
    this.#search = search;
    setText(this.#alert, "");
    this.#progress.value = 0;
    this.#draw();
    this.#cancel.focus();
    try {
      const best = await this.#listener.findBest(signal, ({ phase, fraction, message }) => {
        if (this.#search !== search) return;
        this.#progress.value = fraction;
        setText(this.#note, message ? `${phase}: ${message}` : phase);
      });
      if (!signal.aborted) this.#best.set(problem, best);
    } catch (error) {
      if (!signal.aborted) setText(this.#alert, error instanceof Error ? error.message : String(error));
    }
    if (this.#search !== search) return;
    const hasFocus = document.activeElement === this.#cancel;
    this.#search = undefined;
    this.#draw();
    if (hasFocus) (this.#find.hidden ? this.#legend.root : this.#find).focus();
    announce(signal.aborted ? "The search was cancelled." : this.#sentence.textContent);
  }

  #draw(): void {
    const { problem, runs } = this.#picture!;
    const best = this.#best.get(problem);
    const isSearching = this.#search !== undefined;
    const found = best
      ? runs
          .map((run) => ({ run, steps: marginsOverBest(problem, best, run.steps) }))
          .filter(({ steps }) => steps.length > 0)
      : [];
    for (const element of [this.#at, this.#row, this.#legend.root]) element.hidden = found.length === 0;
    this.#lines = Object.fromEntries(
      DECODER_NORMS.map((norm) => [norm, found.map(({ run, steps }) => lineOf(run, steps, norm))]),
    ) as Record<DecoderNorm, RunLine[]>;
    for (const norm of DECODER_NORMS)
      this.#charts[norm].draw(
        `Margin over the best in the ${NORM_NAMES[norm]}, from 0 to 1, against step, which is logarithmic`,
        this.#lines[norm],
      );
    const current = found.find(({ run }) => run.place === CURRENT_PLACE);
    const last = current?.steps.at(-1);
    setText(this.#sentence, current && last ? aheadSentences(problem, current.run.optimizer, last) : "");
    this.#find.hidden = best !== undefined || isSearching;
    this.#cancel.hidden = this.#progress.hidden = !isSearching;
    this.#find.disabled = !runs.some(({ steps }) => steps.some(({ decoder }) => decoder));
    const notes = best
      ? [...bestNotes(best), aboveBestNote(found.flatMap(({ steps }) => steps))]
      : [this.#invitation()];
    if (!isSearching) setText(this.#note, notes.filter((note) => note !== "").join(" "));
    this.#tables.show(found.map(({ run }) => this.#tableOf(run)));
    this.#renderLegend();
  }

  #invitation(): string {
    return this.#find.disabled
      ? "Margins in three norms are those of decoders on given embeddings, and none was kept here."
      : "How far a margin is along is told by the best that there is in its norm, which takes some seconds to find.";
  }

  #tableOf({ place, label }: NormRun): Parameters<StepTables["show"]>[0][number] {
    const columns = DECODER_NORMS.map((norm) => ({
      label: NORM_NAMES[norm],
      points: this.#lines[norm].find((line) => line.place === place)!.points,
    }));
    return { caption: label, steps: columns[0]!.points.map(({ step }) => step), columns };
  }

  #read(step: number | undefined, isByKeyboard: boolean): void {
    this.#cursor = step;
    this.#renderLegend();
    if (!isByKeyboard || step === undefined) return;
    const said = this.#lines.frobenius.map(({ label, place }) => {
      const values = DECODER_NORMS.map((norm) => `${this.#textAt(norm, place)} in the ${NORM_NAMES[norm]}`);
      return `${label}: ${values.join(", ")}`;
    });
    announce(`At ${stepWords(step)}: ${said.join("; ")}.`);
  }

  #textAt(norm: DecoderNorm, place: number): string {
    const line = this.#lines[norm].find((each) => each.place === place)!;
    return pointText(pointAt(line, this.#cursor));
  }

  #renderLegend(): void {
    setText(this.#at, this.#cursor === undefined ? "at the last step of each" : `at ${stepWords(this.#cursor)}`);
    this.#legend.show(
      this.#lines.frobenius.map(({ place, label }) => ({
        ...{ place, label },
        figures: DECODER_NORMS.map((norm) => this.#textAt(norm, place)),
      })),
    );
  }
}

/** Points whose best margin is not known are not drawn. */
const lineOf = ({ place, label }: NormRun, steps: readonly MarginsAtStep[], norm: DecoderNorm): RunLine => ({
  ...{ place, label },
  points: steps.map(({ step, margins }) => ({ step, ...margins[norm] })).filter(({ value }) => !Number.isNaN(value)),
});
