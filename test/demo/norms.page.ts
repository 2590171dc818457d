import { CURRENT_PLACE, placeOfSlot } from "../../demo/compare/looks.ts";
import type { BestInEach } from "../../demo/compare/norm-margins.ts";
import { make } from "../../demo/views/dom.ts";
import { NormsView, type NormRun } from "../../demo/views/norms.ts";
import {
  bestMargins,
  createProblem,
  logSpacedSteps,
  marginOf,
  train,
  type DecoderNorm,
  type Optimizer,
  type Problem,
  type ProblemInput,
} from "../../src/index.ts";
import { open as openGpu } from "../support/page-problem.ts";
import { drawn } from "./maps.page.ts";

const figure = make("figure", { "data-figure": "norms" });
let view: NormsView;
let problem: Problem;
let searches = 0;
/** What the next search comes back with, in place of a real one. */
let given: BestInEach | "late" | undefined;

/** The view with the laboratory's style, and the parts of its page that it needs. */
export async function open(): Promise<void> {
  const styles = [make("link", { rel: "stylesheet", href: "/demo/style.css" })];
  const done = styles.map((style) => new Promise((resolve) => style.addEventListener("load", resolve)));
  document.head.append(...styles);
  await Promise.all(done);
  document.body.append(
    make("div", { id: "live", class: "visually-hidden", "aria-live": "polite" }),
    make("main", {}, make("h1", {}, "Three norms"), make("section", { class: "run" }, figure)),
  );
  view = new NormsView(figure, {
    findBest: async (signal, onProgress) => {
      searches++;
      if (given === "late") {
        onProgress({ phase: "margin in a norm", fraction: 0.5, message: "half of it" });
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        throw signal.reason;
      }
      return given ?? (await bestMargins(await openGpu(), problem, { signal, onProgress }));
    },
  });
}

export const searched = (): number => searches;

export function nextSearch(as: typeof given): void {
  given = as;
}

/** Trains on a problem by each optimiser, the first of them the run under way, and shows the runs; returns their last margins. */
export async function showRuns(
  input: ProblemInput,
  methods: readonly (readonly [Optimizer, number | "safe"])[],
  steps: number,
): Promise<Record<DecoderNorm, number>[]> {
  const gpu = await openGpu();
  problem = createProblem(input);
  const runs: NormRun[] = [];
  for (const [i, [optimizer, stepSize]] of methods.entries()) {
    const keep = logSpacedSteps(steps);
    const { trace } = await train(gpu, problem, { optimizer, stepSize, steps, keep }).result();
    runs.push({ place: i === 0 ? CURRENT_PLACE : placeOfSlot(i - 1), label: optimizer, optimizer, steps: trace });
  }
  view.show({ problem, runs });
  await drawn();
  return runs.map(({ steps: points }) => {
    const { decoder } = points.at(-1)!;
    const margin = (norm: DecoderNorm): number => marginOf(problem, decoder!, norm);
    return { frobenius: margin("frobenius"), max: margin("max"), spectral: margin("spectral") };
  });
}

/** Shows a run of which no decoder was kept. */
export async function showWithout(): Promise<void> {
  const runs = [{ place: CURRENT_PLACE, label: "adam", optimizer: "adam", steps: [{ step: 1 }] }] as const;
  view.show({ problem: createProblem(structuredClone(problem)), runs });
  await drawn();
}
