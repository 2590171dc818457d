import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readNpz } from "../../src/formats/npz.ts";
import { requireRelative } from "../support/compare.ts";
import { runAnalyse } from "./command.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verdict-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const readArrays = (...keys: string[]): ReturnType<typeof readNpz> =>
  readNpz("arrays.npz", readFileSync(join(folder, "out", "arrays.npz")), keys);

type Context = readonly [embedding: readonly number[], ...next: readonly (readonly [word: number, p: number])[]];

/** What the report says under each name. */
async function verdictOf(
  vocabulary: number,
  contexts: readonly Context[],
  ...args: string[]
): Promise<Map<string, string>> {
  const file = {
    format: "ntp-dataset@1",
    vocabulary,
    contexts: contexts.map(([embedding, ...next]) => ({ embedding, next })),
  };
  writeFileSync(join(folder, "problem.json"), JSON.stringify(file));
  const { code, stdout, stderr } = await runAnalyse(folder, ["problem.json", "--limits-within", "3600", ...args]);
  expect([code, stderr]).toEqual([0, ""]);
  return new Map(
    stdout.split("\n").map((line) => {
      const [, name, text] = /^(.+?) {2,}(.*)$/.exec(line) ?? [];
      return [name ?? "", text ?? ""];
    }),
  );
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
  const said = await verdictOf(3, contexts, "--steps", "1", "--step-size", "1e-4", "--out", "out");
  expect(said.get("separable")).toMatch(/^no: /);
  expect(said.get("finite minimiser")).toMatch(/^no: .* in context 2 words 0, 1$/);
  expect(said.get("theory")).toMatch(/CE has no finite minimiser/);
  const arrays = readArrays("left_behind", "recession_direction", "held_back_multipliers");
  expect([...(arrays.get("left_behind")!.data as Float64Array)]).toEqual([0, 0, 1, 0, 0, 1, 1, 1, 0]);
  expect(arrays.get("recession_direction")!.shape).toEqual([3, 2]);
  expect(arrays.get("held_back_multipliers")!.shape).toEqual([3, 3]);
  const record = JSON.parse(readFileSync(join(folder, "out", "result.json"), "utf8")) as { leftBehind: unknown };
  expect(record.leftBehind).toEqual([
    { context: 0, words: [2] },
    { context: 1, words: [2] },
    { context: 2, words: [0, 1] },
  ]);
});

describe("separable problems are not called inseparable", () => {
  const norm = async (V: number, contexts: readonly Context[], expected: number): Promise<void> => {
    const said = await verdictOf(V, contexts, "--steps", "5");
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
  const said = await verdictOf(3, contexts, "--steps", "2000", "--out", "out");
  expect(said.get("compatible")).toMatch(/^yes/);
  const [, shown, error] = /^(\S+) ± (\S+)$/.exec(said.get("‖P_F(W) − W*‖")!)!;
  // F holds all W with rows that sum to zero and a third row of zero: the difference of the first two is all that there is to P_F(W)
  const trained = readArrays("gd_decoder").get("gd_decoder")!.data as Float64Array;
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
  const said = await verdictOf(2, contexts, "--steps", "20", "--step-size", "100");
  expect(said.get("theory")).toMatch(/^Nothing is promised of steps of 25\/L/);
});
