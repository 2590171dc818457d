import { LOOKS } from "../compare/looks.ts";
import { comparedRuns, type ComparedRun } from "../compare/compared-runs.ts";
import { COMPARED_FIGURES, type ComparedFigure } from "../compare/figures.ts";
import { MOST_KEPT, type KeptRuns } from "../compare/kept-runs.ts";
import { readRuns, runsFile } from "../compare/read-runs.ts";
import { NextTokenBiasError } from "../../src/index.ts";
import { runCount, figureText } from "../format.ts";
import type { RunView } from "../run-view.ts";
import { announce } from "./announcer.ts";
import { armsControl, type ArmsListener } from "./compare-arms.ts";
import { CompareTable } from "./compare-table.ts";
import { make, setText } from "./dom.ts";
import { download, fileStem } from "./downloads.ts";
import { pointAt, RunLines, stepWords, type RunLine } from "./run-lines.ts";
import { StepTables } from "./step-tables.ts";
import { swatch } from "./markers.ts";

/** Runs that the reader keeps, the one under way and the one before it: a figure of all of them, and how they ended. */
export class CompareView {
  readonly #kept: KeptRuns;
  readonly #select = make("select", { id: "compare-figure" });
  readonly #at = make("span", { class: "legend-at" });
  readonly #legend = make("ul", { class: "legend" });
  readonly #chart: RunLines;
  readonly #keep = make("button", { type: "button", id: "compare-keep" }, "Keep this run");
  readonly #clear = make("button", { type: "button", id: "compare-clear" }, "Clear");
  readonly #save = make("button", { type: "button", id: "compare-save" }, "Save kept runs (JSON)");
  readonly #saveSvg = make("button", { type: "button", id: "compare-svg" }, "Save the figure (SVG)");
  readonly #note = make("p", { class: "hint", id: "compare-note" });
  readonly #alert = make("p", { class: "compare-alert", role: "alert" });
  readonly #table: CompareTable;
  readonly #tables: StepTables;
  #view: RunView | undefined;
  #runs: readonly ComparedRun[] = [];
  #lines: readonly RunLine[] = [];
  #cursor: number | undefined;
  #legendRows = "";

  /** Fills the figure. */
  constructor(figure: HTMLElement, kept: KeptRuns, listener: ArmsListener) {
    this.#kept = kept;
    figure.classList.add("compare");
    figure.append(
      make(
        "figcaption",
        {},
        make("label", { for: "compare-figure", class: "chart-title" }, "Compare by ", this.#select),
        this.#at,
      ),
    );
    this.#chart = new RunLines(figure, { scale: "log", onCursor: (...at) => this.#read(...at) });
    const open = make("input", { type: "file", id: "compare-open", accept: ".json", multiple: "" });
    figure.append(
      this.#legend,
      make("div", { class: "buttons" }, this.#keep, this.#clear, this.#save, this.#saveSvg),
      this.#note,
      this.#alert,
    );
    this.#table = new CompareTable(figure, (id) => this.#remove(id));
    this.#tables = new StepTables(figure, "The figure as a table");
    figure.append(
      make(
        "div",
        { class: "compare-more" },
        make("div", {}, make("label", { for: "compare-open" }, "Add saved runs"), open),
        armsControl(listener),
      ),
    );
    this.#select.addEventListener("change", () => this.#draw());
    this.#keep.addEventListener("click", () => this.#keepCurrent());
    this.#clear.addEventListener("click", () => this.#clearAll());
    this.#save.addEventListener("click", () =>
      download("kept-runs.json", "application/json", runsFile(this.#kept.runs)),
    );
    this.#saveSvg.addEventListener("click", () => void this.#saveFigure());
    open.addEventListener("change", () => void this.open([...open.files!]).then(() => (open.value = "")));
    this.show(undefined);
  }

  /** Shows what is kept now, beside the run under way. */
  show(view: RunView | undefined): void {
    this.#view = view;
    if (view) this.#kept.follow(view);
    this.#draw();
  }

  /** Keeps the runs of files, records of runs or runs that were saved together; says what cannot be read, and what has no room. */
  async open(files: readonly File[]): Promise<void> {
    const complaints: string[] = [];
    let taken = 0;
    for (const file of files)
      try {
        const runs = readRuns(file.name, await file.text());
        const added = runs.filter((run) => this.#kept.add(run)).length;
        taken += added;
        if (added < runs.length) complaints.push(`${file.name}: ${added} of ${runs.length} kept, as ${FULL}`);
      } catch (error) {
        if (!(error instanceof NextTokenBiasError)) throw error;
        complaints.push(error.message);
      }
    setText(this.#alert, complaints.join(" "));
    if (taken > 0) announce(`${runCount(taken)} added.`);
    this.#draw();
  }

  #keepCurrent(): void {
    if (!this.#view || this.#view.trace.length === 0) return;
    const isKept = this.#kept.keep(this.#view);
    setText(this.#alert, isKept ? "" : `This run is not kept, as ${FULL}`);
    this.#draw();
    if (isKept) announce(`Kept. ${runCount(this.#kept.runs.length)} to compare with.`);
  }

  /** The button of the next row has the keyboard then, or that of the last, or the one that keeps. */
  #remove(id: string): void {
    const index = this.#table.buttons.findIndex(({ value }) => value === id);
    this.#kept.remove(id);
    this.#draw();
    const { buttons } = this.#table;
    (buttons[Math.min(index, buttons.length - 1)] ?? this.#keep).focus();
    announce(`Removed. ${runCount(this.#kept.runs.length)} left.`);
  }

  #clearAll(): void {
    this.#kept.clear();
    setText(this.#alert, "");
    this.#draw();
    this.#keep.focus();
    announce("No run is kept.");
  }

  #draw(): void {
    this.#runs = comparedRuns(this.#kept, this.#view);
    const figure = this.#offerFigures();
    this.#lines = this.#runs
      .filter(({ run }) => figure.models.includes(run.model))
      .map(({ place, name, run }) => ({ place, label: name, points: figure.values(run) }));
    this.#chart.draw(
      `${figure.label} of ${runCount(this.#lines.length)} against step, both axes logarithmic`,
      this.#lines,
    );
    this.#table.show(this.#runs);
    this.#tables.show(
      this.#lines.length === 0 ? [] : [{ caption: figure.label, steps: stepsOf(this.#lines), columns: this.#lines }],
    );
    this.#renderLegend();
    const [count, hasPoints] = [this.#kept.runs.length, (this.#view?.trace.length ?? 0) > 0];
    this.#keep.disabled = !hasPoints;
    this.#saveSvg.disabled = !this.#lines.some(({ points }) => points.some(({ step, value }) => step > 0 && value > 0));
    this.#clear.disabled = this.#save.disabled = count === 0;
    setText(
      this.#note,
      count === 0
        ? "Keep a run, change a setting, and run again: both are drawn here."
        : `${runCount(count)} kept, of ${MOST_KEPT} at most.`,
    );
  }

  async #saveFigure(): Promise<void> {
    const { comparedSvg } = await import("../exports/figure-files.ts");
    const { figure, models } = this.#figure;
    const runs = this.#runs.filter(({ run }) => models.includes(run.model));
    download(`compare-${fileStem(figure.label)}.svg`, "image/svg+xml", comparedSvg(runs, figure));
  }

  get #figure(): ComparedFigure {
    return COMPARED_FIGURES.find(({ key }) => key === this.#select.value)!;
  }

  /** Offers the figures of the models that are compared. @returns the one that is chosen */
  #offerFigures(): ComparedFigure {
    const models = new Set(this.#runs.map(({ run }) => run.model));
    const offered = COMPARED_FIGURES.filter(
      (figure) => models.size === 0 || figure.models.some((model) => models.has(model)),
    );
    const keys = offered.map(({ key }) => key);
    if (keys.join() !== [...this.#select.options].map(({ value }) => value).join()) {
      const before = this.#select.value;
      this.#select.replaceChildren(...offered.map(({ key, label }) => make("option", { value: key }, label)));
      this.#select.value = keys.includes(before) ? before : "lossGap";
    }
    return this.#figure;
  }

  #read(step: number | undefined, isByKeyboard: boolean): void {
    this.#cursor = step;
    this.#renderLegend();
    if (!isByKeyboard || step === undefined) return;
    const figures = this.#lines.map((line) => `${line.label} ${figureText(pointAt(line, step)?.value)}`);
    announce(`At ${stepWords(step)}: ${figures.join("; ")}.`);
  }

  #renderLegend(): void {
    const rows = this.#runs.map(({ place, name, note }) => `${place} ${name} ${note}`).join("\n");
    if (rows !== this.#legendRows) this.#legend.replaceChildren(...this.#runs.map(legendRow));
    this.#legendRows = rows;
    setText(this.#at, this.#cursor === undefined ? "at the last step of each" : `at ${stepWords(this.#cursor)}`);
    this.#runs.forEach(({ place }, i) => {
      const line = this.#lines.find((each) => each.place === place);
      const value = this.#legend.children[i]?.querySelector(".legend-value");
      if (value) setText(value, line ? figureText(pointAt(line, this.#cursor)?.value) : "not measured");
    });
  }
}

const FULL = `there is room for ${MOST_KEPT} runs: remove one first.`;

const stepsOf = (lines: readonly RunLine[]): number[] =>
  [...new Set(lines.flatMap(({ points }) => points.map(({ step }) => step)))].sort((a, b) => a - b);

const legendRow = ({ place, name, note }: ComparedRun): HTMLElement =>
  make(
    "li",
    {},
    swatch(LOOKS[place]!),
    make("span", {}, note ? `${name} (${note})` : name),
    make("span", { class: "legend-value" }),
  );
