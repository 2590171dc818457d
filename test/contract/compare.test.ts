import { describe, expect, test } from "vitest";
import { ARM_EXPERIMENTS, armStates } from "../../demo/compare/arm-states.ts";
import { COMPARED_FIGURES } from "../../demo/compare/figures.ts";
import { KeptRuns, MOST_KEPT } from "../../demo/compare/kept-runs.ts";
import { LOOKS } from "../../demo/compare/looks.ts";
import { namesOf } from "../../demo/compare/names.ts";
import { readRuns, runsFile } from "../../demo/compare/read-runs.ts";
import { summaryOf } from "../../demo/compare/run-summary.ts";
import { initialState, PRESETS } from "../../demo/presets.ts";
import { recordOf } from "../../demo/record.ts";
import type { RunView } from "../../demo/run-view.ts";
import type { State } from "../../demo/state/keys.ts";
import { fixedEmbeddings } from "../../demo/models/fixed-embeddings.ts";
import { trainedEmbeddings } from "../../demo/models/trained-embeddings.ts";
import { settingsOf } from "../../demo/state/settings.ts";
import {
  chooseMethod,
  defaultStepSize,
  EXPERIMENTS,
  paper1Plane,
  type Arm,
  type DecoderPoint,
  type Method,
  type Optimizer,
  type Problem,
  type Schedule,
} from "../../src/index.ts";

const PROBLEM = paper1Plane();
const LOADED = {
  problem: PROBLEM,
  source: { kind: "preset", key: "paper1-plane" },
  name: "The paper’s plane setting",
  kind: "preset",
  sentence: "",
  notes: [],
} as const;

const point = (step: number, lossGap = 1 / step): DecoderPoint => ({
  ...{ step, loss: PROBLEM.entropy + lossGap, lossGap, inSupportGap: lossGap / 2, offSupportGap: lossGap / 2 },
  ...{ norm: 2, margin: 0.25, alignment: NaN, decoder: new Float64Array(10) },
});

/** A run of the page as it would stand. */
function viewOf(changes: Partial<State> = {}, given: Partial<RunView> = {}): RunView {
  const state = { ...initialState("paper1-plane"), ...changes };
  const [optimizer, schedule] = [state.optimizer as Optimizer, state.schedule as Schedule];
  const stepSize = state["step-size"] === "" ? undefined : Number(state["step-size"]);
  const [ridge, scale] = [Number(state.ridge), Number(state.scale)];
  const model =
    state.model === "trained"
      ? trainedEmbeddings({ optimizer, schedule, stepSize, ridge, scale, dimension: undefined, decay: "coupled" })
      : fixedEmbeddings({ optimizer, schedule, stepSize, initial: state.initial as "zero" | "lecun" });
  const [steps, seed, smoothing] = [state.steps, state.seed, state.smoothing].map(Number) as [number, number, number];
  const settings = { steps, seed, smoothing, model, state };
  const trace = [point(1), point(10)];
  return {
    ...{ loaded: LOADED, settings, phase: "done", step: 10, trace, stepSize: 0.25, limits: {}, predictions: [] },
    ...{ adapter: undefined, check: undefined, heldBack: undefined, end: undefined, trainingMs: 1 },
    ...given,
  } as RunView;
}

const namesFor = (...states: Partial<State>[]): string[] => namesOf(states.map((state) => summaryOf(viewOf(state))));

describe("a name says the settings in which runs differ, and no others", () => {
  test.each([
    [
      [{ optimizer: "adam", "step-size": "0.01" }, {}],
      ["Adam, η 0.25", "gradient descent, 1/L"],
    ],
    [
      [{ seed: "1" }, { seed: "2" }],
      ["seed 1", "seed 2"],
    ],
    [
      [{ schedule: "inverse-sqrt" }, { schedule: "inverse" }],
      ["(1/L)/√k", "(1/L)/k"],
    ],
    [
      [{ initial: "lecun", smoothing: "0.1" }, {}],
      ["LeCun start, ε = 0.1", "from zero, ε = 0"],
    ],
    [[{}], ["gradient descent, 1/L"]],
    [
      [{}, {}, {}],
      ["gradient descent, 1/L", "gradient descent, 1/L (2)", "gradient descent, 1/L (3)"],
    ],
    [
      [{ optimizer: "sign" }, { optimizer: "sign" }, { optimizer: "signed-momentum" }],
      ["sign", "sign (2)", "signed momentum"],
    ],
  ])("%j", (states, names) => expect(namesFor(...states)).toEqual(names));

  test("the dimension of given embeddings is said by their problem", () => {
    const [one, other] = [summaryOf(viewOf()), summaryOf(viewOf())];
    const settings = { ...other.settings, problem: "Another", dimension: "d = 60" };
    expect(namesOf([one, { settings }])).toEqual(["The paper’s plane setting", "Another"]);
    expect(namesOf([one, { settings: { ...one.settings, dimension: "d = 3" } }])).toEqual(["d = 2", "d = 3"]);
  });
});

describe("kept runs", () => {
  test("a run is kept once, as it was last, without its decoders", () => {
    const kept = new KeptRuns();
    const first = viewOf({}, { phase: "running", trace: [point(1)] });
    expect(kept.keep(first)).toBe(true);
    const later = { ...first, trace: [...first.trace, point(5)], step: 5, phase: "done" as const };
    expect(kept.keep(later)).toBe(true);
    expect(kept.runs.map(({ trace }) => trace.map(({ step }) => step))).toEqual([[1, 5]]);
    expect(JSON.stringify(kept.runs)).not.toContain("decoder");
    expect(kept.runs[0]!.id).toBe(kept.currentId);
    kept.keep({ ...later, trace: [point(1)] });
    expect(kept.runs).toHaveLength(2);
  });

  test("twelve at most; a slot is free again when its run is removed, and the others keep theirs", () => {
    const kept = new KeptRuns();
    const run = summaryOf(viewOf());
    for (let i = 0; i < MOST_KEPT; i++) expect(kept.add(run)).toBe(true);
    expect(kept.add(run)).toBe(false);
    expect(kept.keep(viewOf())).toBe(false);
    expect(kept.runs.map(({ slot }) => slot)).toEqual(Array.from({ length: MOST_KEPT }, (_, i) => i));
    kept.remove(kept.runs[4]!.id);
    expect(kept.add(run)).toBe(true);
    expect(kept.runs.map(({ slot }) => slot)).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 4]);
    kept.clear();
    expect(kept.runs).toEqual([]);
  });

  test("the last run that finished stays when another begins, unless it is kept", () => {
    const kept = new KeptRuns();
    const [first, second, third] = [viewOf(), viewOf({ seed: "2" }, { phase: "paused" }), viewOf({ seed: "3" })];
    kept.follow(first);
    expect(kept.last).toBeUndefined();
    kept.follow(second);
    expect(kept.last?.settings.seed).toBe("seed 1");
    kept.follow(third);
    expect(kept.last?.settings.seed).toBe("seed 1");
    kept.keep(third);
    kept.follow(viewOf({ seed: "4" }));
    expect(kept.last).toBeUndefined();
    kept.clear();
    expect(kept.last?.settings.seed).toBe("seed 3");
  });
});

describe("files", () => {
  const record = (): Record<string, unknown> =>
    JSON.parse(JSON.stringify(recordOf(viewOf()))) as Record<string, unknown>;

  test("the record of a run is the run; what was not known is left out", () => {
    const [read, ...others] = readRuns("run.json", JSON.stringify(record()));
    expect(others).toEqual([]);
    const { trace, ...rest } = summaryOf(viewOf());
    expect(read).toEqual({ ...rest, trace: trace.map(({ alignment: _, ...known }) => known) });
  });

  test("runs that were saved together are read together", () => {
    const runs = [summaryOf(viewOf()), summaryOf(viewOf({ optimizer: "adam" }))];
    const read = readRuns("runs.json", runsFile(runs));
    expect(runsFile(read)).toBe(runsFile(JSON.parse(JSON.stringify(read)) as typeof read));
    expect(namesOf(read)).toEqual(namesOf(runs));
    expect(read[0]!.trace.at(-1)!.lossGap).toBe(0.1);
  });

  test.each([
    ["no JSON", "step,loss\n1,2", "expected the record of a run in JSON, found “step,loss\n1,2”."],
    ["nothing", "", "expected the record of a run in JSON, found nothing."],
    ["a list", "[1]", "the file: expected an object, found a list."],
    [
      "a problem",
      '{"format":"ntp-dataset@1"}',
      "expected the record of a run, with source, optimizer and trace, found an object without.",
    ],
    ["another optimiser", { optimizer: "adagrad" }, /^optimizer: expected gradient-descent, .*, found “adagrad”\.$/],
    ["no seed", { seed: null }, "seed: expected a number, found null."],
    ["no points", { trace: { 1: 2 } }, "trace: expected a list, found an object."],
    ["a point that is none", { trace: [{ step: 1 }, 7] }, "trace[1]: expected an object, found 7."],
    ["a point without step", { trace: [{ loss: 1 }] }, "trace[0].step: expected a number, found nothing."],
    ["steps that go back", { trace: [{ step: 5 }, { step: 5 }] }, "trace[1].step: expected more than 5, found 5."],
  ])("%s is refused in one sentence", (_, given, complaint) => {
    const text = typeof given === "string" ? given : JSON.stringify({ ...record(), ...given });
    let said = "";
    try {
      readRuns("bad.json", text);
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said).toMatch(/^bad\.json: /);
    const sentence = said.slice("bad.json: ".length);
    if (typeof complaint === "string") expect(sentence).toBe(complaint);
    else expect(sentence).toMatch(complaint);
  });
});

describe("the runs of an experiment", () => {
  const methodOf = ({ optimizer, schedule, epsilon }: Arm["options"]): Method =>
    chooseMethod({
      ...(optimizer && { optimizer }),
      ...(schedule && { schedule }),
      ...(epsilon !== undefined && { epsilon }),
    });
  const arraysOf = ({ embeddings, offsets, tokens, probabilities, weights }: Problem): unknown[] => [
    embeddings,
    offsets,
    tokens,
    probabilities,
    weights,
  ];

  test.each(ARM_EXPERIMENTS.map(({ name }) => name))(
    "%s: presets with settings make what its arms are",
    async (name) => {
      for (const seed of [1, 4]) {
        const arms = EXPERIMENTS[name]!.arms(seed);
        const states = armStates(name);
        expect(states.map(({ label }) => label)).toEqual(arms.map(({ label }) => label));
        for (const [i, { problem, options }] of arms.entries()) {
          const { state } = states[i]!;
          const preset = PRESETS.find(({ key }) => key === state.preset)!;
          expect(arraysOf(preset.make(seed))).toEqual(arraysOf(problem));
          const { smoothing, model, steps, seed: own } = await settingsOf({ ...initialState(state.preset!), ...state });
          expect([smoothing, steps, own]).toEqual([0, 10_000, 1]);
          const facts = model.facts(viewOf({}, { trace: [] }));
          expect(chooseMethod(facts)).toEqual(methodOf(options));
          expect(facts.initial).toBe(options.initial ?? "zero");
          // a state that names no step size stands for the usual one
          if (options.stepSize === "safe") {
            expect(state["step-size"]).toBe("");
            expect(defaultStepSize(methodOf(options))).toBe("safe");
          } else expect(model.stepSize).toBe(options.stepSize);
        }
      }
    },
  );
});

test("no two runs look alike without colours", () => {
  const looks = LOOKS.map(({ dash, marker, width }) => JSON.stringify([dash, marker, width]));
  expect(new Set(looks).size).toBe(LOOKS.length);
});

test("figures of both models are one; those that share a name alone are two", () => {
  expect(new Set(COMPARED_FIGURES.map(({ key }) => key)).size).toBe(COMPARED_FIGURES.length);
  const modelsOf = (wanted: string): unknown => COMPARED_FIGURES.find(({ key }) => key === wanted)?.models;
  expect(modelsOf("lossGap")).toEqual(["fixed", "trained"]);
  expect(modelsOf("fixed-alignment")).toEqual(["fixed"]);
  expect(modelsOf("trained-alignment")).toEqual(["trained"]);
  const shortfall = COMPARED_FIGURES.find(({ key }) => key === "fixed-margin")!;
  const run = { ...summaryOf(viewOf()), marginNorm: 2 };
  expect(shortfall.label).toBe("1 − margin · ‖W_mm‖");
  expect(shortfall.values(run).map(({ value }) => value)).toEqual([0.5, 0.5]);
});
