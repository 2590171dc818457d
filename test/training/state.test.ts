import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProblemInput, TrainEmbeddingsResult, TrainOptions, TrainResult } from "../../src/index.ts";
import { requireSameBits } from "../support/compare.ts";
import { Lab } from "../support/lab.ts";
import { drawInput } from "../support/problems.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const given: ProblemInput = {
  ...drawInput({ contexts: 6, dim: 5, words: 7, support: [2, 3], seed: 3 }),
  weights: [1, 2, 3, 4, 5, 6],
};
const embeddings = Array.from(given.embeddings);

/** Problems of the same shape that differ from the one given in one thing. */
const OTHERS: Readonly<Record<"weights" | "tokens" | "probabilities" | "embeddings", ProblemInput>> = {
  weights: { ...given, weights: [1, 2, 3, 4, 6, 5] },
  tokens: { ...given, tokens: Array.from(given.tokens, (z) => 6 - z) },
  probabilities: {
    ...given,
    probabilities: Array.from(given.probabilities, (p, k) => (k === 0 ? p + 1e-9 : k === 1 ? p - 1e-9 : p)),
  },
  embeddings: { ...given, embeddings: embeddings.with(4, embeddings[4]! + 1e-9) },
};

const ANOTHER = "from: expected a state of this problem, found one of another problem";
const CHANGED = "from: expected the state as the run returned it, found one that was changed";

type State = TrainResult["state"] | TrainEmbeddingsResult["state"];
type Call = <Result>(given: ProblemInput, options: Omit<TrainOptions, "from"> & { from?: unknown }) => Promise<Result>;

const MODELS: readonly { model: State["model"]; call: Call; others: (keyof typeof OTHERS)[] }[] = [
  {
    model: "decoder",
    call: (...args) => lab.call("/test/training/training.page.ts", "trainOn", ...args),
    others: ["weights", "tokens", "probabilities", "embeddings"],
  },
  {
    model: "embeddings",
    call: (...args) => lab.call("/test/training/embeddings.page.ts", "run", ...args),
    others: ["weights", "tokens", "probabilities"],
  },
];

describe.each(MODELS)("a state of a run of the model $model", ({ model, call, others }) => {
  const begin = async (): Promise<State> => {
    const options = { steps: 20, optimizer: "momentum", stepSize: 0.1, seed: 2 } as const;
    const { state } = await call<{ state: State }>(given, options);
    expect(state.model).toBe(model);
    return state;
  };
  const refused = (problem: ProblemInput, from: unknown, code: string, message: unknown): Promise<void> =>
    expect(call(problem, { steps: 30, from })).rejects.toThrow(expect.objectContaining({ code, message }) as unknown);

  test("is refused by another problem of the same shape", async () => {
    const state = await begin();
    for (const name of others) await refused(OTHERS[name], state, "OPTION", ANOTHER);
  });

  test("goes on after it was stored, its problem made anew, with its names in another order", async () => {
    const state = await begin();
    const reversed = <T extends object>(object: T): T => Object.fromEntries(Object.entries(object).reverse()) as T;
    const stored = reversed({ ...state, arrays: reversed(state.arrays) });
    const [ended, same] = await Promise.all(
      [state, stored].map((from) =>
        call<{ state: State }>({ ...given, embeddings: Float64Array.from(given.embeddings) }, { steps: 30, from }),
      ),
    );
    for (const [name, array] of Object.entries(ended!.state.arrays))
      requireSameBits(name, same!.state.arrays[name]!, array);
    expect(ended!.state.checksum).toBe(same!.state.checksum);
    expect(ended!.state.checksum).not.toBe(state.checksum);
  });

  test("is refused with any one entry changed, whichever array it is in", async () => {
    const state = await begin();
    expect(Object.keys(state.arrays).length).toBeGreaterThan(1);
    for (const [name, array] of Object.entries(state.arrays)) {
      const changed = Float32Array.from(array);
      new Uint32Array(changed.buffer)[array.length - 1]! ^= 1;
      await refused(given, { ...state, arrays: { ...state.arrays, [name]: changed } }, "OPTION", CHANGED);
    }
  });

  test("is refused with a setting changed, or an array left out or of another length", async () => {
    const state = await begin();
    const [name, array] = Object.entries(state.arrays)[0]!;
    const { [name]: _, ...rest } = state.arrays;
    const changes = [
      { step: 19 },
      { stepSize: 0.11 },
      { momentum: 0.91 },
      { arrays: rest },
      { arrays: { ...rest, [name]: array.subarray(1) } },
    ];
    for (const change of changes) await refused(given, { ...state, ...change }, "OPTION", CHANGED);
  });

  test("is told from what is none in a sentence", async () => {
    const state = await begin();
    const without = "from: expected a state that a run returned, with Float32Arrays, found one without arrays";
    for (const none of [{}, null, 5, { ...state, arrays: undefined }, { ...state, arrays: {} }])
      await refused(given, none, "SHAPE", without);
    const plain = { ...state, arrays: { decoder: [1, 2] } };
    await refused(given, plain, "SHAPE", expect.stringMatching(/^from: .*, found other arrays$/));
    const other = model === "decoder" ? "embeddings" : "decoder";
    await refused(
      given,
      { ...state, model: other },
      "SHAPE",
      `from: expected a state of a run of the model "${model}", found "${other}"`,
    );
  });
});

test("a state of both factors goes on from other embeddings of the contexts, which the run does not depend on", async () => {
  const { call } = MODELS[1]!;
  const { state } = await call<TrainEmbeddingsResult>(given, { steps: 5 });
  const { status } = await call<TrainEmbeddingsResult>(OTHERS.embeddings, { steps: 8, from: state });
  expect(status).toBe("done");
});
