import { LESSONS, lessonState } from "../../demo/lessons/lessons.ts";
import type { Answer, LessonName } from "../../demo/lessons/lesson.ts";
import { PRESETS, presetSource } from "../../demo/presets.ts";
import type { RunView } from "../../demo/run-view.ts";
import type { State } from "../../demo/state/keys.ts";
import { settingsOf } from "../../demo/state/settings.ts";
import { make } from "../../demo/views/dom.ts";
import { glossed, renderGlossary } from "../../demo/views/gloss.ts";
import { LessonMenu } from "../../demo/views/lesson-menu.ts";
import { LessonView } from "../../demo/views/lessons.ts";
import {
  createProblem,
  logSpacedSteps,
  maxMargin,
  paper1Plane,
  train,
  type MaxMargin,
  type TracePoint,
} from "../../src/index.ts";
import type { KnownLimits } from "../../demo/limits.ts";
import { linkOf } from "../../demo/state/link.ts";
import { open } from "../support/page-problem.ts";

/** What a lesson's run comes to, with all that the page has of it. */
async function runOf(name: LessonName): Promise<RunView> {
  const [gpu, { steps }] = [await open(), LESSONS[name]];
  const settings = await settingsOf(lessonState(name, steps));
  const { model, seed } = settings;
  const signal = new AbortController().signal;
  const ignore = (): void => undefined;
  const preset = PRESETS.find(({ key }) => key === settings.state.preset)!;
  const loaded = await presetSource(preset).load({ seed, signal, onProgress: ignore });
  const limits = await model.findLimits(gpu, loaded, signal, ignore);
  const predictions = await model.predict(loaded.problem, limits, signal);
  const run = model.train(gpu, loaded.problem, {
    ...{ steps, seed, signal, from: undefined, towards: limits, record: [0, ...logSpacedSteps(steps)] },
    ...{ onStep: ignore, onCheckpoint: ignore },
  });
  const end = await run.result();
  return {
    ...{ loaded, settings, limits, predictions, end, trace: end.trace, phase: "done", step: steps },
    needs: await model.needs(loaded.problem),
    ...{ stepSize: end.stepSize, check: undefined, adapter: gpu.adapter },
    ...{
      preview: [],
      search: undefined,
      isMeasured: true,
      isLost: false,
      pace: undefined,
      trainingMs: 0,
      withoutGpu: undefined,
    },
  };
}

const runs = new Map<string, Promise<RunView>>();

/** The lesson's run, made once for all lessons that have the same. */
function known(name: LessonName): Promise<RunView> {
  const link = linkOf({ ...lessonState(name, LESSONS[name].steps), lesson: "" });
  if (!runs.has(link)) runs.set(link, runOf(name));
  return runs.get(link)!;
}

export const answer = async (name: LessonName): Promise<Answer> => LESSONS[name].answer(await known(name));

/** The points of a lesson's run, and what was found before it. */
export async function measured(name: LessonName): Promise<Pick<RunView, "trace" | "limits"> & { readonly H: number }> {
  const { trace, limits, loaded } = await known(name);
  return { trace: trace.map((point) => ({ ...point })), limits: plainLimits(limits), H: loaded.problem.entropy };
}

/** What survives the way to the test. */
const plainLimits = ({ finite, margin }: KnownLimits = {}): KnownLimits => ({
  ...(finite && { finite }),
  ...(margin && { margin }),
});

/** W_mm of the lesson's problem with equally likely words and frequencies of its own, and with one context elsewhere. */
export async function otherMargins(): Promise<readonly MaxMargin[]> {
  const [gpu, problem] = [await open(), paper1Plane()];
  const probabilities = problem.probabilities.map((_, i) => [0.5, 0.3, 0.2][i % 3]!);
  const embeddings = Float64Array.from(problem.embeddings, (x, i) => (i === 0 ? x + 0.2 : x));
  const others = [
    { ...problem, probabilities, weights: [1, 2, 3] },
    { ...problem, embeddings },
  ];
  return Promise.all(others.map((other) => maxMargin(gpu, createProblem(other))));
}

/** The parts of the loss gap that a preset's run leaves after so many steps. */
export async function partsAfter(preset: string, ...steps: readonly number[]): Promise<readonly TracePoint[]> {
  const problem = PRESETS.find(({ key }) => key === preset)!.make(1);
  return (await train(await open(), problem, { steps: Math.max(...steps), record: steps }).result()).trace;
}

const asked: { readonly kind: string; readonly state?: Partial<State>; readonly lesson?: string }[] = [];
const section = make("section");
let shown = "";
let built: Promise<LessonView> | undefined;

/** The card below a menu, with the laboratory's style. */
const page = (): Promise<LessonView> => (built ??= build());

async function build(): Promise<LessonView> {
  const styles = [make("link", { rel: "stylesheet", href: "/demo/style.css" })];
  const loaded = styles.map((style) => new Promise((resolve) => style.addEventListener("load", resolve)));
  document.head.append(...styles);
  await Promise.all(loaded);
  const menu = make("details");
  const words = make("section", { id: "words" });
  renderGlossary(words);
  const main = make("main", {}, make("h1", {}, "Lessons"), menu, section, make("p", { id: "after" }), words);
  document.body.append(main);
  const onOpen = (state: Partial<State>, lesson: string): void => {
    asked.push({ kind: "open", state, lesson });
    shown = lesson;
    view.show(lesson, undefined);
    list.mark(lesson);
  };
  const view = new LessonView(section, {
    onOpen,
    onReveal: (state) => void asked.push({ kind: "reveal", state }),
    onClose: () => {
      asked.push({ kind: "close" });
      shown = "";
    },
  });
  const list = new LessonMenu(menu, { onOpen });
  return view;
}

/** Shows a lesson in so many CSS pixels, before its guess. */
export async function showLesson(name: string, width: number): Promise<void> {
  const view = await page();
  section.style.width = `${width}px`;
  view.show((shown = name), undefined);
}

/** Shows the lesson with the run of this one, the whole of it, or with what was it in another state of the page. */
export async function showRun(name: LessonName, changes: Partial<State> = {}): Promise<void> {
  const run = await known(name);
  const { settings } = run;
  const state = { ...settings.state, ...changes };
  (await page()).show(shown, { ...run, settings: { ...settings, state } });
}

/** Shows a text with its terms explained. */
export async function showText(text: string): Promise<void> {
  await page();
  document.getElementById("after")!.replaceChildren(...glossed(text));
}

export const askedFor = (): typeof asked => asked;
