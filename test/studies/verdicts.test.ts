import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnalyseOptions, Analysis } from "../../src/index.ts";
import { analyseIn, arraysOf, reportLines } from "../support/analysis.ts";
import { requireRelative } from "../support/compare.ts";
import { Lab } from "../support/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

type Context = readonly [embedding: readonly number[], ...next: readonly (readonly [word: number, p: number])[]];

async function analyse(
  vocabulary: number,
  contexts: readonly Context[],
  options: AnalyseOptions,
): Promise<Analysis & { said: Map<string, string> }> {
  const file = {
    format: "ntp-dataset@1",
    vocabulary,
    contexts: contexts.map(([embedding, ...next]) => ({ embedding, next })),
  };
  const analysis = await analyseIn(lab, "problem.json", JSON.stringify(file), { limitsWithin: 3600, ...options });
  expect(analysis.status).toBe("done");
  return { ...analysis, said: reportLines(analysis) };
}

test("a problem whose loss falls for ever along some direction has no finite minimiser, however short its run", async () => {
  // D = (2 e_2 − e_0 − e_1)(0, 1)ᵀ leaves behind words 0 and 1 of the last context
  const contexts: Context[] = [
    [
      [1, 0],
      [0, 1],
    ],
    [
      [1, 0],
      [1, 1],
    ],
    [
      [0, 1],
      [2, 1],
    ],
  ];
  const { said, ...analysis } = await analyse(3, contexts, { steps: 1, stepSize: 1e-4 });
  expect(said.get("separable")).toMatch(/^no: /);
  expect(said.get("finite minimiser")).toMatch(/^no: .* in context 2 words 0, 1$/);
  expect(said.get("theory")).toMatch(/CE has no finite minimiser/);
  const arrays = arraysOf(analysis, "left_behind", "recession_direction", "held_back_multipliers");
  expect([...(arrays.get("left_behind")!.data as Float64Array)]).toEqual([0, 0, 1, 0, 0, 1, 1, 1, 0]);
  expect(arrays.get("recession_direction")!.shape).toEqual([3, 2]);
  expect(arrays.get("held_back_multipliers")!.shape).toEqual([3, 3]);
  expect(analysis.result.leftBehind).toEqual([
    { context: 0, words: [2] },
    { context: 1, words: [2] },
    { context: 2, words: [0, 1] },
  ]);
});

describe("separable problems are not called inseparable", () => {
  const norm = async (V: number, contexts: readonly Context[], expected: number): Promise<void> => {
    const { said } = await analyse(V, contexts, { steps: 5 });
    const found = /^yes: a decoder of norm (\S+) separates/.exec(said.get("separable")!);
    requireRelative("‖W_mm‖", Number(found?.[1]), expected, 1e-5);
    expect(said.has("finite minimiser")).toBe(false);
  };

  test("embeddings that differ by 1e-9", () =>
    norm(
      2,
      [
        [
          [1, 0],
          [0, 1],
        ],
        [
          [1, 1e-9],
          [1, 1],
        ],
      ],
      Math.sqrt(0.5 + 2e18),
    ));

  test("orthogonal embeddings of uneven sizes", () =>
    norm(
      3,
      [
        [
          [1, 0],
          [0, 1],
        ],
        [
          [0, 1e-9],
          [1, 1],
        ],
      ],
      Math.sqrt((2 / 3) * (1 + 1e18)),
    ));

  test("years", () =>
    norm(
      2,
      [
        [
          [1999, 1],
          [0, 1],
        ],
        [
          [2000, 1],
          [1, 1],
        ],
      ],
      Math.sqrt((4 + 3999 ** 2) / 2),
    ));
});

test("the ± of ‖P_F(W) − W*‖ covers the truth where embeddings nearly agree", async () => {
  const third = [
    [0, 1 / 3],
    [1, 2 / 3],
  ] as const;
  const contexts: Context[] = [
    [[1, 0, 0], ...third],
    [[1, 0, 1e-5], ...third],
    [
      [0, 1, 1],
      [0, 3 / 4],
      [1, 1 / 4],
    ],
  ];
  const { said, ...analysis } = await analyse(3, contexts, { steps: 2000 });
  expect(said.get("compatible")).toMatch(/^yes/);
  const [, shown, error] = /^(\S+) ± (\S+)$/.exec(said.get("‖P_F(W) − W*‖")!)!;
  // F holds all W with rows that sum to zero and a third row of zero: the difference of the first two is all that there is to P_F(W)
  const trained = arraysOf(analysis, "gd_decoder").get("gd_decoder")!.data as Float64Array;
  const truth = [-Math.log(2), Math.log(3), 0];
  const difference = truth.map((u, i) => trained[i]! - trained[3 + i]! - u);
  expect(Math.abs(Number(shown) - Math.hypot(...difference) / Math.SQRT2)).toBeLessThanOrEqual(Number(error) + 1e-7);
  expect(Number(error)).toBeLessThan(1e-6);
});

test("a step size above 2/L is promised nothing", async () => {
  const contexts: Context[] = [
    [
      [1, 0],
      [0, 1],
    ],
    [
      [0, 1],
      [1, 1],
    ],
  ];
  const { said } = await analyse(2, contexts, { steps: 20, stepSize: 100 });
  expect(said.get("theory")).toMatch(/^Nothing is promised of steps of 25\/L/);
});
