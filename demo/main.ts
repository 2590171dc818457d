import { explain, isAbort, isGpuFailure } from "./explain.ts";
import { wholeNumber } from "./format.ts";
import { PRESETS, presetSource, sourceOf } from "./presets.ts";
import { FORMAT_LABELS, FORMATS, StateError, packArrays, reportText, traceCsv } from "../src/index.ts";
import type { Model } from "./models/model.ts";
import { recordOf } from "./record.ts";
import { RunKeeper } from "./run-keeper.ts";
import { Runner, type RunView } from "./run.ts";
import { SAMPLE_TEXT } from "./sample-text.ts";
import { fileSource, textSource, withSmoothing, type Source } from "./sources.ts";
import { FieldError, isTrained, readCorpusOptions, readSettings, setControls } from "./state.ts";
import { clearAlert, showAlert } from "./views/alert.ts";
import { announce, announceRun } from "./views/announcer.ts";
import { byId, prefersReducedMotion, setText } from "./views/dom.ts";
import { download, fileStem } from "./views/downloads.ts";
import { onFileDrop } from "./views/drop-target.ts";
import { HeatMap } from "./views/heat-map.ts";
import { Charts } from "./views/charts.ts";
import { isKept, Maps } from "./views/maps.ts";
import { showModel } from "./views/model.ts";
import { renderOffer } from "./views/offer.ts";
import { renderPointsTable } from "./views/points-table.ts";
import { markPreset, renderPresets } from "./views/presets.ts";
import { renderProblem } from "./views/problem.ts";
import { renderReadouts } from "./views/readouts.ts";
import { canStep, mainAction, renderRunBar } from "./views/run-bar.ts";
import { onShortcut } from "./views/shortcuts.ts";
import { renderStepSizes } from "./views/step-sizes.ts";
import { renderVerdict } from "./views/verdict.ts";

/** Pause between two drawings for readers who asked for less motion. */
const CALM_DRAWING_MS = 500;

const charts = new Charts(byId("charts", HTMLElement));
const heatMap = new HeatMap(byId("heat-map", HTMLElement));
const maps = new Maps(byId("maps", HTMLElement));

const keeper = new RunKeeper((run) => renderOffer(run?.saved));
const runner = new Runner({
  onChange: (view) => {
    if (hasNothingToResume(view)) keeper.forget();
    scheduleRender(view);
  },
  onFailure: fail,
  onCheckpoint: (view, state) => keeper.keep(view, state),
});
let source: Source = presetSource(PRESETS[0]!);
let failure: string | undefined;
let reading = new AbortController();

// ── Drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

let shown: RunView | undefined;
let isScheduled = false;

/** Draws at once what a reader waits for, and the rest with the next frame. */
function scheduleRender(view: RunView): void {
  if (view.phase !== shown?.phase || view.loaded !== shown.loaded) return render(view);
  if (isScheduled) return;
  isScheduled = true;
  const draw = (): void => {
    isScheduled = false;
    if (runner.view) render(runner.view);
  };
  if (prefersReducedMotion()) setTimeout(draw, CALM_DRAWING_MS);
  else requestAnimationFrame(draw);
}

function render(view: RunView): void {
  const before = shown;
  shown = view;
  if (view.loaded !== before?.loaded) renderProblem(view.loaded, heatMap);
  showModel(document.querySelector("main")!, view.settings.model.name);
  renderRunBar(view);
  renderReadouts(view);
  if (DRAWN.some((name) => view[name] !== before?.[name])) {
    charts.draw(view);
    if (view.settings.model.name === "trained") showMaps(view);
    renderPointsTable(view);
    renderVerdict(view);
    renderStepSizes(view);
  }
  announceRun(view);
  if (view.phase !== before?.phase || view.loaded !== before.loaded) showOutcome(view);
}

function showMaps({ loaded: { problem, original = problem }, limits, trace }: RunView): void {
  maps.show({ problem: original, limits: limits?.embeddings, points: trace.filter(isKept) });
}

/** What charts, table and verdict are made from. */
const DRAWN = [
  "trace",
  "settings",
  "limits",
  "predictions",
  "search",
  "phase",
] as const satisfies readonly (keyof RunView)[];

/** The report, and then the word for whoever waits for the end. */
function showOutcome(view: RunView): void {
  if (view.phase !== "failed" && view.phase !== "diverged") failure = undefined;
  setText(byId("report", HTMLElement), reportText(recordOf(view)) + (failure ? `\nfailure  ${failure}` : ""));
  document.documentElement.dataset.run = OUTCOMES[view.phase];
}

const OUTCOMES: Record<RunView["phase"], string> = {
  starting: "running",
  running: "running",
  checking: "running",
  paused: "paused",
  ready: "ready",
  done: "done",
  diverged: "failed",
  failed: "failed",
};

function fail(error: unknown): void {
  if (isAbort(error)) return;
  const kept = isGpuFailure(error) ? keeper.offer() : undefined;
  const message = explain(error, kept?.saved.state.step);
  showAlert(message, error instanceof FieldError ? error.field : undefined);
  const { view } = runner;
  if (view) renderRunBar(view);
  else setText(byId("status", HTMLElement), "");
  if (view?.phase !== "failed" && view?.phase !== "diverged") return;
  failure = message;
  showOutcome(view);
}

/** Does something that the reader asked for; what goes wrong is said in words. */
function attempt(action: () => void | Promise<void>): void {
  void (async () => {
    try {
      await action();
    } catch (error) {
      fail(error);
    }
  })();
}

// ── Problems ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Reads a problem and runs it; until it is read, and if it cannot be, what ran before runs on. */
async function open(wanted: Source): Promise<void> {
  reading.abort();
  const { signal } = (reading = new AbortController());
  const status = byId("status", HTMLElement);
  const before = source;
  try {
    const settings = readSettings();
    const loaded = await wanted.load({
      seed: settings.seed,
      signal,
      onProgress: ({ fraction }) => setText(status, `Reading ${wanted.name}: ${Math.floor(100 * fraction)} %`),
    });
    if (signal.aborted) return;
    const problem = withSmoothing(loaded, settings.smoothing);
    clearAlert();
    source = wanted;
    markPreset(wanted.key);
    await runner.start(problem, settings);
  } catch (error) {
    if (signal.aborted) return;
    source = before;
    markPreset(source.key);
    throw error;
  }
}

/** Its run has ended, or is at its start. */
function hasNothingToResume({ phase, step }: RunView): boolean {
  return phase === "done" || phase === "diverged" || phase === "ready" || (phase === "starting" && step === 0);
}

/** Goes on with the run on offer. */
async function resumeOffered(): Promise<void> {
  const { saved, loaded } = keeper.answer("resume");
  reading.abort();
  clearAlert();
  chooseModel(saved.model);
  setControls({ ...saved.controls, steps: wholeNumber(saved.steps) });
  showStepRules();
  if (saved.source.kind === "text") text.value = saved.source.text;
  source = sourceOf(saved.source);
  markPreset(source.key);
  await runner.start(loaded, readSettings(), saved);
}

function openFiles(files: readonly File[]): void {
  attempt(async () => {
    const [first] = files;
    if (!first) return;
    const notes = files.length > 1 ? [`Only the first of ${files.length} files was read.`] : [];
    await open(fileSource(first, readCorpusOptions(), notes));
  });
}

// ── Controls ─────────────────────────────────────────────────────────────────────────────────────────────────────────

async function pressMain(): Promise<void> {
  const { view } = runner;
  if (!view) return open(source);
  switch (mainAction(view)) {
    case "pause":
      return runner.pause();
    case "run":
    case "resume":
      return runner.resume();
    case "again":
    case "retry":
      clearAlert();
      return runner.start(runner.loaded!, readSettings());
  }
}

async function pressStep(): Promise<void> {
  if (runner.view && canStep(runner.view)) await runner.step();
}

async function pressReset(): Promise<void> {
  if (!runner.view) return;
  clearAlert();
  await runner.reset();
}

/** Another number of steps goes on with the run where it can. */
async function changeSteps(): Promise<void> {
  const settings = readSettings();
  clearAlert();
  const { view, loaded } = runner;
  if (!view || !loaded) return;
  const canGoOn = view.phase !== "failed" && view.phase !== "diverged" && settings.steps > view.step;
  await (canGoOn ? runner.retarget(settings.steps) : runner.start(loaded, settings));
}

async function changeStart(): Promise<void> {
  const settings = readSettings();
  clearAlert();
  if (runner.loaded) await runner.start(runner.loaded, settings);
}

function onClick(id: string, action: () => void | Promise<void>): void {
  byId(id, HTMLButtonElement).addEventListener("click", () => attempt(action));
}

function onChange(id: string, action: () => void | Promise<void>): void {
  byId(id, HTMLElement).addEventListener("change", () => attempt(action));
}

onClick("run-button", pressMain);
onClick("step-button", pressStep);
onClick("reset-button", pressReset);
onClick("resume-run", resumeOffered);
onClick("discard-run", () => void keeper.answer("discard"));
onShortcut({ " ": () => attempt(pressMain), ".": () => attempt(pressStep), r: () => attempt(pressReset) });

renderPresets(PRESETS, (preset) =>
  attempt(() => {
    if (preset.isTrained) {
      chooseModel("trained");
      setControls(preset.controls?.() ?? {});
      showStepRules();
    }
    return open(presetSource(preset));
  }),
);
markPreset(source.key);

const text = byId("text", HTMLTextAreaElement);
text.value = SAMPLE_TEXT;
onClick("use-text", () => open(textSource(text.value, readCorpusOptions())));
const chooser = byId("file", HTMLInputElement);
chooser.accept = FORMATS.flatMap(({ extensions, mimeTypes }) => [...extensions, ...mimeTypes]).join();
setText(byId("file-label", HTMLElement), `Open a file: ${FORMAT_LABELS}`);
setText(byId("drop-label", HTMLElement), `Drop a problem: ${FORMAT_LABELS}`);
onChange("file", () => {
  openFiles([...(chooser.files ?? [])]);
  // The same file can be chosen again after a change.
  chooser.value = "";
});
onFileDrop(openFiles);

const form = byId("controls", HTMLFormElement);
function showSwitch(): void {
  showModel(form, isTrained() ? "trained" : "fixed");
}

function chooseModel(name: Model["name"]): void {
  byId(`model-${name}`, HTMLInputElement).checked = true;
  showSwitch();
}

showSwitch();
for (const id of ["model-fixed", "model-trained"])
  onChange(id, () => {
    showSwitch();
    return changeStart();
  });
const STEP_RULES = { "step-rule": "step-size", "trained-step-rule": "trained-step-size" } as const;
function showStepRules(): void {
  for (const [rule, size] of Object.entries(STEP_RULES))
    byId(size, HTMLInputElement).disabled = byId(rule, HTMLSelectElement).value !== "own";
}

showStepRules();
for (const rule of Object.keys(STEP_RULES))
  onChange(rule, () => {
    showStepRules();
    return changeStart();
  });
onChange("steps", changeSteps);
for (const id of ["seed", "smoothing"]) onChange(id, () => open(source));
for (const id of ["step-size", "initial", "dimension", "ridge", "optimizer", "decay", "trained-step-size", "scale"])
  onChange(id, changeStart);
form.addEventListener("submit", (event) => event.preventDefault());

onClick("download-csv", () => {
  if (runner.view)
    download(
      `${fileStem(runner.view.loaded.name)}-trace.csv`,
      "text/csv",
      traceCsv(runner.view.trace, runner.view.settings.model.figures, recordOf(runner.view).predictions),
    );
});
onClick("download-json", () => {
  if (!runner.view) return;
  const record = JSON.stringify(recordOf(runner.view), null, 2);
  download(`${fileStem(runner.view.loaded.name)}-run.json`, "application/json", `${record}\n`);
});
onClick("download-npz", () => {
  const { view } = runner;
  if (!view?.end) throw new StateError("The arrays are there when the run stands still: pause it or let it end.");
  const { loaded, settings, end } = view;
  const arrays = packArrays(loaded.problem, settings.model.arrays(view, end));
  download(`${fileStem(loaded.name)}-arrays.npz`, "application/zip", arrays);
});
onClick("copy-report", async () => {
  const report = byId("report", HTMLElement);
  await navigator.clipboard.writeText(report.textContent).then(
    () => announceCopied("Copied"),
    () => {
      byId("report-details", HTMLDetailsElement).open = true;
      getSelection()?.selectAllChildren(report);
      announceCopied("Selected: copy it with the keyboard");
    },
  );
});
byId("points", HTMLDetailsElement).addEventListener("toggle", () => {
  if (runner.view) renderPointsTable(runner.view);
});

function announceCopied(message: string): void {
  const button = byId("copy-report", HTMLButtonElement);
  setText(button, message);
  announce(`${message}.`);
  setTimeout(() => setText(button, "Copy the report"), 2000);
}

attempt(() => open(source));
attempt(() => keeper.open());
