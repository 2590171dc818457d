import { KeptRuns } from "../../demo/compare/kept-runs.ts";
import { initialState, PRESETS, presetSource } from "../../demo/presets.ts";
import { recordOf } from "../../demo/record.ts";
import { Runner } from "../../demo/run.ts";
import type { LoadedProblem } from "../../demo/sources.ts";
import type { State } from "../../demo/state/keys.ts";
import { settingsOf } from "../../demo/state/settings.ts";
import { CompareView } from "../../demo/views/compare.ts";
import { make } from "../../demo/views/dom.ts";
import { drawn } from "./maps.page.ts";

const figure = make("figure", { "data-figure": "compare" });
const kept = new KeptRuns();
const asked: string[] = [];
const failures: unknown[] = [];
let view: CompareView;
const runner = new Runner({
  onChange: (run) => view.show(run),
  onFailure: (error) => failures.push(error),
  onCheckpoint: () => {},
});

/** The view with the laboratory's style, and the parts of its page that it needs. */
export async function open(): Promise<void> {
  const styles = [make("link", { rel: "stylesheet", href: "/demo/style.css" })];
  const done = styles.map((style) => new Promise((resolve) => style.addEventListener("load", resolve)));
  document.head.append(...styles);
  await Promise.all(done);
  document.body.append(
    make("div", { id: "live", class: "visually-hidden", "aria-live": "polite" }),
    make("main", {}, make("h1", {}, "Compare"), make("section", { class: "run" }, figure)),
  );
  view = new CompareView(figure, kept, { onArms: (name) => asked.push(name) });
  await drawn();
}

/** Runs to its end as the page would with this state. */
export async function run(preset: string, changes: Partial<State>): Promise<void> {
  const settings = await settingsOf({ ...initialState(preset), ...changes });
  await runner.start(await load(preset), settings);
  if (failures.length > 0) throw failures[0];
  await drawn();
}

const loaded = new Map<string, Promise<LoadedProblem>>();

/** Once, so that its limits are known to the runs after the first. */
function load(preset: string): Promise<LoadedProblem> {
  const source = presetSource(PRESETS.find(({ key }) => key === preset)!);
  const { signal } = new AbortController();
  const problem = loaded.get(preset) ?? source.load({ seed: 1, signal, onProgress: () => {} });
  loaded.set(preset, problem);
  return problem;
}

/** The record of the run, as the page saves it. */
export const record = (): string => JSON.stringify(recordOf(runner.view!), null, 2);

/** Opens files by their names and contents. */
export async function openFiles(files: readonly (readonly [string, string])[]): Promise<void> {
  await view.open(files.map(([name, text]) => new File([text], name)));
  await drawn();
}

export const askedFor = (): string[] => asked;

export { savedText } from "./maps.page.ts";
