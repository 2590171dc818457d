import { explain, isAbort, isGpuFailure } from "./explain.ts";
import { wholeNumber } from "./format.ts";
import { initialState, PRESETS, presetSource, sourceOf } from "./presets.ts";
import {
  bestMargins,
  FORMAT_LABELS,
  FORMATS,
  StateError,
  packArrays,
  reportText,
  traceCsv,
  type Optimizer,
} from "../src/index.ts";
import { armStates } from "./compare/arm-states.ts";
import { KeptRuns } from "./compare/kept-runs.ts";
import { CURRENT_PLACE } from "./compare/looks.ts";
import { recordOf } from "./record.ts";
import { RunKeeper } from "./run-keeper.ts";
import { Runner, type RunView } from "./run.ts";
import { SAMPLE_TEXT } from "./sample-text.ts";
import { fileSource, readMoves, textSource, withMoves, withSmoothing, writeMoves, type Source } from "./sources.ts";
import { FieldError, readControls, showOptimizers, writeControls } from "./state/controls.ts";
import { CORPUS_KEYS, isKey, type KeyName, type State } from "./state/keys.ts";
import { linkOf, LONGEST_LINK, stateOf, type LinkedState } from "./state/link.ts";
import { corpusOf, settingsOf } from "./state/settings.ts";
import { clearAlert, showAlert } from "./views/alert.ts";
import { announce, announceRun } from "./views/announcer.ts";
import { byId, prefersReducedMotion, setText } from "./views/dom.ts";
import { download, fileStem } from "./views/downloads.ts";
import { onFileDrop } from "./views/drop-target.ts";
import { Charts } from "./views/charts.ts";
import { Lazy } from "./views/lazy.ts";
import { LessonMenu } from "./views/lesson-menu.ts";
import { LessonView } from "./views/lessons.ts";
import { renderGlossary } from "./views/gloss.ts";
import { showModel } from "./views/model.ts";
import { renderOffer } from "./views/offer.ts";
import { PlaneView } from "./views/plane.ts";
import { renderPointsTable } from "./views/points-table.ts";
import { renderMethods } from "./views/methods.ts";
import { renderPresets, renderPresetSentence } from "./views/presets.ts";
import { renderProblem } from "./views/problem.ts";
import { renderReadouts } from "./views/readouts.ts";
import { Scrubber } from "./views/scrubber.ts";
import { Tabs } from "./views/tabs.ts";
import { canStep, mainAction, renderRunBar } from "./views/run-bar.ts";
import { onShortcut } from "./views/shortcuts.ts";
import { renderStepSizes } from "./views/step-sizes.ts";
import { renderVerdict } from "./views/verdict.ts";

/** Pause between two drawings for readers who asked for less motion. */
const CALM_DRAWING_MS = 500;

const charts = new Charts(byId("charts", HTMLElement));

const plane = new PlaneView(byId("plane", HTMLElement), {
  onMove: (context, place) => attempt(() => moveContext(context, place)),
});
const scrubber = new Scrubber(() => {
  if (shown) renderAt(shown);
});

const tabs = new Tabs(document.querySelector<HTMLElement>(".tabs")!, (view) => {
  keepState({ ...state, view });
  showView();
});

/** Shows the figures that the state names. */
function showView(): void {
  tabs.show(state.view);
  if (shown) renderAt(shown);
}

const kept = new KeptRuns();
const maps = new Lazy(async () => {
  const { hasDecoder, isKept, Maps } = await import("./views/maps.ts");
  return { view: new Maps(byId("maps", HTMLElement)), hasDecoder, isKept };
});
const compare = new Lazy(async () => {
  const { CompareView } = await import("./views/compare.ts");
  return new CompareView(byId("compare", HTMLElement), kept, { onArms: (name) => attempt(() => runArms(name)) });
});
const norms = new Lazy(async () => {
  const { NormsView } = await import("./views/norms.ts");
  return new NormsView(byId("norms", HTMLElement), {
    findBest: (signal, onProgress) => {
      if (!runner.gpu) throw new StateError("The best margins are found on the GPU, which is not open.");
      return bestMargins(runner.gpu, runner.loaded!.problem, { signal, onProgress });
    },
  });
});

/** Runs what an experiment has of runs, one after the other, and keeps them; until the reader starts something else. */
async function runArms(name: string): Promise<void> {
  for (const arm of armStates(name)) {
    const wanted = { ...state, ...arm.state, text: "", moved: "", lesson: "" };
    await open(sourceFor(wanted), wanted);
    const { view } = runner;
    if (running.state !== wanted || view?.phase !== "done") return;
    kept.keep(view);
    await compare.with((figure) => figure.show(view));
  }
}

/** Opens a state that has a preset, whatever the page was at. */
function openPreset(wanted: Partial<State>): void {
  attempt(() => {
    const whole = { ...initialState(wanted.preset!), ...wanted };
    return open(sourceFor(whole), whole);
  });
}

const lessons = new LessonView(byId("lesson", HTMLElement), {
  onOpen: openPreset,
  onReveal: (wanted) => {
    const whole = { ...initialState(wanted.preset!), ...wanted };
    if (linkOf({ ...state, steps: whole.steps }) !== linkOf(whole)) return openPreset(wanted);
    attempt(async () => {
      await changeSteps(whole);
    });
    writeControls(state, ["steps"]);
  },
  onClose: () => {
    keepState({ ...state, lesson: "" });
    if (shown) lessons.show("", shown);
  },
});
const lessonMenu = new LessonMenu(byId("lesson-menu", HTMLDetailsElement), { onOpen: openPreset });
renderGlossary(byId("glossary", HTMLElement));

const keeper = new RunKeeper((run) => renderOffer(run?.saved));
const runner = new Runner({
  onChange: (view) => {
    if (hasNothingToResume(view)) keeper.forget();
    scheduleRender(view);
  },
  onFailure: fail,
  onCheckpoint: (view, state) => keeper.keep(view, state),
});
const opened = stateOf(location.hash);
let { state } = opened;
let source: Source = sourceFor(state);
/** What runs, or did last. */
let running = { source, state };
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
  if (view.loaded !== before?.loaded) renderProblem(view.loaded);
  showModel(document.querySelector("main")!, view.settings.model.name);
  renderRunBar(view);
  if (DRAWN.some((name) => view[name] !== before?.[name])) {
    scrubber.update(view.trace.map(({ step }) => step));
    charts.draw(view);
    renderPointsTable(view);
    renderStepSizes(view);
    renderAt(view);
  }
  lessons.show(state.lesson, view);
  lessonMenu.mark(state.lesson);
  kept.follow(view);
  announceRun(view);
  if (view.phase !== before?.phase || view.loaded !== before.loaded) showOutcome(view);
}

/** Draws what is of one point, the one that the time slider is at. */
function renderAt(view: RunView): void {
  const at = scrubber.count === view.trace.length ? view : { ...view, trace: view.trace.slice(0, scrubber.count) };
  renderReadouts(at);
  renderVerdict(at);
  charts.pointAt(at === view ? undefined : at.trace.at(-1)?.step);
  const { problem } = view.loaded;
  const last = at.trace.at(-1);
  const { decoder, factors } = last ?? {};
  const isTrained = view.settings.model.name === "trained";
  byId("plane", HTMLElement).hidden = isTrained;
  if (state.view === "run" && !factors)
    plane.show({
      ...{ problem, decoder, step: last?.step },
      ...{ finite: view.limits?.finite?.decoder, margin: view.limits?.margin?.decoder },
    });
  if (state.view === "maps") showMaps(view, last?.step);
  if (state.view === "compare") attempt(() => compare.with((figure) => figure.show(view)));
  if (state.view === "norms") showNorms(view);
}

function showNorms({ loaded: { problem }, settings, trace }: RunView): void {
  const { optimizer } = settings.state;
  const steps = settings.model.name === "fixed" ? trace : [];
  const label = optimizer as Optimizer;
  const run = { place: CURRENT_PLACE, label, optimizer: label, steps };
  attempt(() => norms.with((figure) => figure.show({ problem, runs: [run] })));
}

function showMaps({ loaded, settings, limits, trace }: RunView, shown: number | undefined): void {
  const { problem, original = problem } = loaded;
  attempt(() =>
    maps.with(({ view, hasDecoder, isKept }) => {
      if (settings.model.name === "trained")
        view.show({ problem: original, limits: limits?.embeddings, points: trace.filter(isKept), shown });
      else view.show({ problem, margin: limits?.margin, points: trace.filter(hasDecoder), shown });
    }),
  );
}

/** Solves the problem again with a context elsewhere. */
async function moveContext(context: number, place: readonly [number, number]): Promise<void> {
  const moved = writeMoves(new Map([...readMoves(state.moved), [context, place]]));
  await open(source, { ...state, moved });
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

// ── State ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a state's problem comes out of; a file is not in it, so that the first preset stands for one. */
function sourceFor(wanted: State): Source {
  if (wanted.preset === "text") return textSource(wanted.text || SAMPLE_TEXT, corpusOf(wanted));
  return presetSource(PRESETS.find(({ key }) => key === wanted.preset) ?? PRESETS[0]!);
}

/** Takes a state as the page's own, and puts it into the address. */
function keepState(wanted: State, { isNew = true } = {}): void {
  const before = linkOf(state);
  state = wanted;
  const link = linkOf(state);
  const place = link.length <= LONGEST_LINK ? `#${link}` : location.pathname + location.search;
  if (isNew && link !== before) history.pushState(undefined, "", place);
}

/** A link was opened, or one goes back or forward. */
async function openLink(): Promise<void> {
  const linked = stateOf(location.hash);
  keepState(linked.state, { isNew: false });
  await open(sourceFor(state), linked.state);
  sayOfLink(linked);
}

function sayOfLink({ notes }: LinkedState): void {
  if (notes.length > 0) showAlert(`Of this link, not all could be taken. ${notes.join(" ")}`);
}

// ── Problems ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Reads a problem and runs it; until it is read, and if it cannot be, what ran before runs on. */
async function open(wanted: Source, wantedState: State): Promise<void> {
  reading.abort();
  const { signal } = (reading = new AbortController());
  const status = byId("status", HTMLElement);
  const before = running;
  // what the reader changes next is a change of this
  source = wanted;
  keepState(wantedState);
  writeControls(state);
  showControls();
  try {
    const settings = await settingsOf(wantedState);
    if (signal.aborted) return;
    const loaded = await wanted.load({
      seed: settings.seed,
      signal,
      onProgress: ({ fraction }) => setText(status, `Reading ${wanted.name}: ${Math.floor(100 * fraction)} %`),
    });
    if (signal.aborted) return;
    const problem = withSmoothing(withMoves(loaded, readMoves(wantedState.moved)), settings.smoothing);
    clearAlert();
    renderPresetSentence(loaded.sentence);
    running = { source: wanted, state: wantedState };
    await runner.start(problem, settings);
  } catch (error) {
    if (signal.aborted) return;
    // the run before goes on, or stands
    running = before;
    source = before.source;
    keepState(before.state);
    writeControls(state, ["preset", "model"]);
    showControls();
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
  keepState(saved.page);
  writeControls(state);
  showControls();
  if (saved.source.kind === "text") text.value = saved.source.text;
  source = sourceOf(saved.source);
  running = { source, state };
  renderPresetSentence(loaded.sentence);
  await runner.start(loaded, await settingsOf(state), saved);
}

/** Whether a file is a record of a run, or of several, and no problem. */
async function areRuns(file: File): Promise<boolean> {
  return (
    file.name.endsWith(".json") &&
    /^\s*\{\s*"(program|format)":\s*"next-token-bias/.test(await file.slice(0, 400).text())
  );
}

function openFiles(files: readonly File[]): void {
  attempt(async () => {
    const [first] = files;
    if (!first) return;
    if (await areRuns(first)) {
      keepState({ ...state, view: "compare" });
      showView();
      return compare.with((figure) => void figure.open(files));
    }
    const notes = files.length > 1 ? [`Only the first of ${files.length} files was read.`] : [];
    const wanted = { ...readControls(state, CORPUS_KEYS), preset: "file", text: "", moved: "", lesson: "" };
    await open(fileSource(first, corpusOf(wanted), notes), wanted);
  });
}

// ── Controls ─────────────────────────────────────────────────────────────────────────────────────────────────────────

async function pressMain(): Promise<void> {
  const { view } = runner;
  if (!view) return open(source, state);
  switch (mainAction(view)) {
    case "pause":
      return runner.pause();
    case "run":
    case "resume":
      return runner.resume();
    case "again":
    case "retry":
      return startWith(state);
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
async function changeSteps(wanted: State): Promise<void> {
  const { view, loaded } = runner;
  const steps = Number(wanted.steps);
  const canGoOn = view && view.phase !== "failed" && view.phase !== "diverged" && steps > view.step;
  if (!canGoOn || source !== running.source) return startWith(wanted);
  clearAlert();
  keepState(wanted);
  running = { source, state };
  if (loaded) await runner.retarget(await settingsOf(wanted));
}

async function startWith(wanted: State): Promise<void> {
  if (source !== running.source) return open(source, wanted);
  clearAlert();
  keepState(wanted);
  running = { source, state };
  if (runner.loaded) await runner.start(runner.loaded, await settingsOf(wanted));
}

/** A preset that has settings of its own comes with them; steps and seed stay, and with the others everything else. */
async function choosePreset({ preset: key, ...rest }: State): Promise<void> {
  const { steps, seed } = rest;
  const isOwn = PRESETS.find((preset) => preset.key === key)?.state !== undefined;
  const wanted = {
    ...rest,
    ...(isOwn && initialState(key)),
    ...{ preset: key, text: "", moved: "", lesson: "", steps, seed },
  };
  await open(sourceFor(wanted), wanted);
}

/** What of the page depends on the state. */
function showControls(): void {
  const { model } = readControls(state, ["model"]);
  showModel(form, model === "trained" ? "trained" : "fixed");
  showOptimizers(model);
  renderMethods(model);
  showView();
}

async function useText(): Promise<void> {
  const wanted = { ...readControls(state, ["text", ...CORPUS_KEYS]), preset: "text", moved: "", lesson: "" };
  await open(textSource(wanted.text, corpusOf(wanted)), wanted);
}

function onClick(id: string, action: () => void | Promise<void>): void {
  byId(id, HTMLButtonElement).addEventListener("click", () => attempt(action));
}

onClick("run-button", pressMain);
onClick("step-button", pressStep);
onClick("reset-button", pressReset);
onClick("resume-run", resumeOffered);
onClick("discard-run", () => void keeper.answer("discard"));
onShortcut({ " ": () => attempt(pressMain), ".": () => attempt(pressStep), r: () => attempt(pressReset) });

const form = byId("controls", HTMLFormElement);
const text = byId("text", HTMLTextAreaElement);
text.value = SAMPLE_TEXT;
renderPresets(PRESETS);
onClick("use-text", useText);
const chooser = byId("file", HTMLInputElement);
chooser.accept = FORMATS.flatMap(({ extensions, mimeTypes }) => [...extensions, ...mimeTypes]).join();
setText(byId("file-label", HTMLElement), `Open a file: ${FORMAT_LABELS}`);
setText(byId("drop-label", HTMLElement), `Drop a problem: ${FORMAT_LABELS}`);
chooser.addEventListener("change", () => {
  openFiles([...(chooser.files ?? [])]);
  // The same file can be chosen again after a change.
  chooser.value = "";
});
onFileDrop(openFiles);

const openAgain = (wanted: State): Promise<void> => open(source, wanted);

/** What is done when a control has changed, with the state that this makes; those of a text wait for its button. */
const CHANGES: Readonly<Partial<Record<KeyName, (wanted: State) => Promise<void>>>> = {
  preset: choosePreset,
  steps: changeSteps,
  ...{ seed: openAgain, smoothing: openAgain },
  ...{ model: startWith, optimizer: startWith, schedule: startWith, "step-size": startWith, initial: startWith },
  ...{ dimension: startWith, ridge: startWith, decay: startWith, scale: startWith },
};
form.addEventListener("change", ({ target }) => {
  if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement) || !isKey(target.name)) return;
  const [{ name }, action] = [target, CHANGES[target.name]];
  if (!action) return;
  attempt(() => {
    showControls();
    // another model may have taken its optimiser along
    return action(readControls(state, [name as KeyName, ...(name === "model" ? (["optimizer"] as const) : [])]));
  });
});
form.addEventListener("submit", (event) => event.preventDefault());
for (const link of document.querySelectorAll<HTMLAnchorElement>("a[href^='#']"))
  link.addEventListener("click", (event) => {
    // the part of the address after # is the state's
    event.preventDefault();
    const target = byId(link.hash.slice(1), HTMLElement);
    target.scrollIntoView();
    target.focus();
  });
addEventListener("popstate", () => attempt(openLink));

onClick("copy-link", async () => {
  const link = linkOf(state);
  const isWhole = state.preset !== "file" && link.length <= LONGEST_LINK;
  await copy("copy-link", `${location.href.split("#")[0]!}#${link}`);
  if (!isWhole)
    showAlert(
      state.preset === "file"
        ? "The link has the settings, but not the file: send that along."
        : `The link has ${wholeNumber(link.length)} characters, with the text in it: some programs cut it off.`,
    );
});
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
onClick("download-figures", async () => {
  const { view } = runner;
  if (!view) return;
  const { figureFiles } = await import("./exports/figure-files.ts");
  const isPlaneShown = view.settings.model.name === "fixed";
  const files = await figureFiles(view, isPlaneShown ? plane.toSvg() : undefined);
  download(`${fileStem(view.loaded.name)}-figures.zip`, "application/zip", files);
});
onClick("copy-python", async () => {
  const { view } = runner;
  if (!view?.end) throw new StateError("The script is there when the run stands still: pause it or let it end.");
  const { pythonOf } = await import("./exports/python.ts");
  const script = pythonOf(view);
  if (!(await copy("copy-python", script))) download(`${fileStem(view.loaded.name)}.py`, "text/x-python", script);
});
onClick("copy-citation", async () => {
  const { CITATION } = await import("./exports/citation.ts");
  if (!(await copy("copy-citation", CITATION))) download("next-token-bias.bib", "application/x-bibtex", CITATION);
});
onClick("copy-report", async () => {
  const report = byId("report", HTMLElement);
  if (await copy("copy-report", report.textContent)) return;
  byId("report-details", HTMLDetailsElement).open = true;
  getSelection()?.selectAllChildren(report);
});
byId("points", HTMLDetailsElement).addEventListener("toggle", () => {
  if (runner.view) renderPointsTable(runner.view);
});

/** What is done where the browser copies nothing. */
const UNCOPIED: Readonly<Record<string, string>> = {
  "copy-report": "Selected: copy it with the keyboard",
  "copy-link": "Not copied: it is in the address bar",
};

/** Copies a text, and says on the button whether that went well. */
async function copy(id: string, content: string): Promise<boolean> {
  const isCopied = await navigator.clipboard.writeText(content).then(
    () => true,
    () => false,
  );
  const message = isCopied ? "Copied" : (UNCOPIED[id] ?? "Saved as a file");
  const button = byId(id, HTMLButtonElement);
  const label = (button.dataset.label ??= button.textContent.trim());
  setText(button, message);
  announce(`${message}.`);
  setTimeout(() => setText(button, label), 2000);
  return isCopied;
}

renderMethods(state.model);
attempt(async () => {
  writeControls(state);
  showControls();
  await open(source, state);
  sayOfLink(opened);
});
attempt(() => keeper.open());
