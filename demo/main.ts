import { explain, isAbort, isGpuFailure } from "./explain.ts";
import { initialState, PRESETS, presetSource, sourceOf } from "./presets.ts";
import { FORMAT_LABELS, FORMATS, reportText } from "../src/index.ts";
import { armStates } from "./compare/arm-states.ts";
import { KeptRuns } from "./compare/kept-runs.ts";
import { offerExports } from "./exports/exports.ts";
import { filesOfProblem } from "./files-of-problem.ts";
import { recordOf } from "./record.ts";
import { pictureOfRun } from "./plane/picture.ts";
import { RunKeeper } from "./run-keeper.ts";
import { Runner } from "./run.ts";
import { seenOf, type RunView } from "./run-view.ts";
import { SAMPLE_TEXT } from "./sample-text.ts";
import { fileSource, readMoves, textSource, withMoves, withSmoothing, writeMoves, type Source } from "./sources.ts";
import { FieldError, readControls, showOptimizers, writeControls } from "./state/controls.ts";
import { CORPUS_KEYS, isKey, KEYS, type KeyName, type State } from "./state/keys.ts";
import { linkOf, LONGEST_LINK, stateOf, type LinkedState } from "./state/link.ts";
import { corpusOf, settingsOf } from "./state/settings.ts";
import { clearAlert, showAlert } from "./views/alert.ts";
import { announceRun } from "./views/announcer.ts";
import { byId, prefersReducedMotion, setPlainText, setText } from "./views/dom.ts";
import { onFileDrop } from "./views/drop-target.ts";
import { Charts } from "./views/charts.ts";
import { FiguresOnDemand } from "./views/figures-on-demand.ts";
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
import { StepSizesView } from "./views/step-sizes.ts";
import { renderUnderstood } from "./views/understood.ts";
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
const figures = new FiguresOnDemand({
  kept,
  gpu: () => runner.gpu,
  onArms: (name) => attempt(() => runArms(name)),
});

/** Runs what an experiment has of runs, one after the other, and keeps them; until the reader starts something else. */
async function runArms(name: string): Promise<void> {
  for (const arm of armStates(name)) {
    const wanted = { ...state, ...arm.state, text: "", moved: "", lesson: "" };
    await open(sourceFor(wanted), wanted);
    const { view } = runner;
    if (running.state !== wanted || view?.phase !== "done") return;
    kept.keep(view);
    await figures.show("compare", view, undefined);
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
    attempt(() => changeSteps(whole));
    writeControls(state, ["steps"]);
  },
  onClose: () => {
    keepState({ ...state, lesson: "" });
    if (shown) lessons.show("", shown);
  },
});
const stepSizes = new StepSizesView((size) =>
  attempt(() => {
    const wanted = { ...state, "step-size": size };
    writeControls(wanted, ["step-size"]);
    return startWith(wanted);
  }),
);
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
const opened = addressed();
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
  renderUnderstood(view);
  showModel(document.querySelector("main")!, view.settings.model.name);
  renderRunBar(view);
  if (DRAWN.some((name) => view[name] !== before?.[name])) {
    const seen = seenOf(view);
    scrubber.update(seen.trace.map(({ step }) => step));
    charts.draw(seen);
    renderPointsTable(seen);
    stepSizes.show(view);
    renderAt(view);
  }
  lessons.show(state.lesson, view);
  lessonMenu.mark(state.lesson);
  kept.follow(view);
  announceRun(view);
  if (view.phase !== before?.phase || view.loaded !== before.loaded) showOutcome(view);
}

/** Draws what is of one point, the one that the time slider is at. */
function renderAt(whole: RunView): void {
  const view = seenOf(whole);
  const at = scrubber.count === view.trace.length ? view : { ...view, trace: view.trace.slice(0, scrubber.count) };
  renderReadouts(at);
  renderVerdict(at);
  charts.pointAt(at === view ? undefined : at.trace.at(-1)?.step);
  const last = at.trace.at(-1);
  const picture = pictureOfRun(view, last);
  byId("plane", HTMLElement).hidden = !picture;
  if (state.view === "run" && picture) plane.show(picture);
  attempt(() => figures.show(state.view, view, last?.step));
}

/** The plane of the point that the time slider is at, as a file, whichever figures are seen. */
function planeSvg(): string | undefined {
  const view = shown && seenOf(shown);
  const picture = view && pictureOfRun(view, view.trace[scrubber.count - 1]);
  if (!picture) return undefined;
  plane.show(picture);
  return plane.toSvg();
}

/** Solves the problem again with a context elsewhere. */
async function moveContext(context: number, place: readonly [number, number]): Promise<void> {
  const moved = writeMoves(new Map([...readMoves(state.moved), [context, place]]));
  await open(source, { ...state, moved });
}

/** What charts, table and verdict are made from. */
const DRAWN = [
  "trace",
  "preview",
  "settings",
  "limits",
  "predictions",
  "search",
  "phase",
] as const satisfies readonly (keyof RunView)[];

/** The report, and then the word for whoever waits for the end. */
function showOutcome(view: RunView): void {
  if (view.phase !== "failed" && view.phase !== "diverged") failure = undefined;
  setPlainText(byId("report", HTMLElement), reportText(recordOf(view)) + (failure ? `\nfailure  ${failure}` : ""));
  document.documentElement.dataset.run = OUTCOMES[view.phase];
}

const OUTCOMES: Record<RunView["phase"], string> = {
  waiting: "waiting",
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

/** The last file that was read. */
let file: Source | undefined;

/** What a state's problem comes out of; a file is not in a link, and is the last one that was read. */
function sourceFor(wanted: State): Source {
  if (wanted.preset === "text") return textSource(wanted.text || SAMPLE_TEXT, corpusOf(wanted));
  if (wanted.preset === "file" && file) return file;
  return presetSource(PRESETS.find(({ key }) => key === wanted.preset) ?? PRESETS[0]!);
}

/**
 * Takes a state as the page's own, and puts it into the address; one that is too long for that is kept beside it, for a reload.
 * @param place whether it is another place in the history, or stands for the one that there is
 */
function keepState(wanted: State, place: "new" | "same" = "new"): void {
  const before = linkOf(state);
  state = wanted;
  const link = linkOf(state);
  if (link === before) return;
  const address = link.length <= LONGEST_LINK ? `#${link}` : location.pathname + location.search;
  if (place === "new") history.pushState(link, "", address);
  else history.replaceState(link, "", address);
}

/** What the address says, or what is kept beside it where that was too long. */
function addressed(): LinkedState {
  const linked = stateOf(location.hash === "" && typeof history.state === "string" ? history.state : location.hash);
  if (linked.state.preset !== "file" || file) return linked;
  const preset = KEYS.preset.initial;
  return { state: { ...linked.state, preset }, notes: [...linked.notes, "The file is not in it: open that again."] };
}

/** A link was opened, or one goes back or forward. */
async function openLink(): Promise<void> {
  const linked = addressed();
  state = linked.state;
  await open(sourceFor(state), state);
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
    if (wanted.key === "file") file = wanted;
    await runner.start(problem, settings, { isAskedFor: wanted.key !== "file" });
  } catch (error) {
    if (signal.aborted) return;
    // the run before goes on, or stands
    running = before;
    source = before.source;
    keepState(before.state, "same");
    writeControls(state, ["preset", "model"]);
    showControls();
    throw error;
  }
}

/** Its run has ended, or is at its start. */
function hasNothingToResume({ phase, step }: RunView): boolean {
  if (phase === "starting") return step === 0;
  return phase === "waiting" || phase === "ready" || phase === "done" || phase === "diverged";
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
  await runner.start(loaded, await settingsOf(state), { from: saved });
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
      return figures.openRuns(files);
    }
    const opened = await filesOfProblem(files);
    const wanted = { ...readControls(state, CORPUS_KEYS), preset: "file", text: "", moved: "", lesson: "" };
    await open(fileSource({ ...opened, corpus: corpusOf(wanted) }), wanted);
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
  if (!runner.view || runner.view.phase === "waiting") return;
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
  const { loaded, view } = runner;
  if (loaded) await runner.start(loaded, await settingsOf(wanted), { isAskedFor: view?.phase !== "waiting" });
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
// .vec is what fastText calls its word vectors
chooser.accept = [...FORMATS.flatMap(({ extensions, mimeTypes }) => [...extensions, ...mimeTypes]), ".vec"].join();
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

byId("points", HTMLDetailsElement).addEventListener("toggle", () => {
  if (runner.view) renderPointsTable(runner.view);
});

offerExports({
  ...{ view: () => runner.view, whole: () => runner.whole(), state: () => state },
  ...{ planeSvg, attempt },
});

renderMethods(state.model);
attempt(async () => {
  writeControls(state);
  showControls();
  await open(source, state);
  sayOfLink(opened);
});
attempt(() => keeper.open());
