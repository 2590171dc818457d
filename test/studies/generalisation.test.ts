import { afterAll, beforeAll, expect, test } from "vitest";
import type { Choices } from "../../src/index.ts";
import type { GeneralisationResult } from "../../src/questions/generalisation/work.ts";
import { Lab } from "../support/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const resultsOf = (choices: Partial<Choices>): Promise<GeneralisationResult[]> =>
  lab.call("/test/studies/generalisation.page.ts", "resultsOf", choices);

test("the late slope is the predicted one, above the missing mass, and the best step lies before", async () => {
  const steps = 10_000;
  const [result] = await resultsOf({ sizes: ["10/10"], contexts: 8, words: 6, repeats: 1, steps });
  expect(result).toMatchObject({ runStatus: "done", marginStatus: "optimal-certified", ridgeStatus: "solved" });
  const { measured, predicted, missingMass, descent, ridge, trueEntropy } = result!;
  // d W_k/d log k is W_mm to O(1/k) on the active constraints; the others are slower where their margins are hardly above 1
  expect(Math.abs(measured!.seen / predicted!.seen - 1)).toBeLessThan(0.05);
  expect(measured!.seen).toBeGreaterThan(missingMass);
  expect(predicted!.seen).toBeGreaterThan(missingMass);
  const losses = descent.map(([, , seen]) => seen);
  const best = descent[losses.indexOf(Math.min(...losses))]!;
  expect(best[0]).toBeGreaterThan(1);
  expect(best[0]).toBeLessThan(steps / 10);
  expect(best[2]).toBeGreaterThan(trueEntropy);
  // training goes on where the test loss grows
  expect(descent.at(-1)![1]).toBeLessThan(best[1] / 10);
  expect(descent.at(-1)![2]).toBeGreaterThan(best[2] + 0.1);
  expect(ridge.at(-1)![2]).toBeGreaterThan(Math.min(...ridge.map(([, , seen]) => seen)) + 0.1);
});

test("a unit is the same every time, and its slope is zero where every word was seen", async () => {
  const choices = { sizes: ["500/3"], contexts: 2, words: 2, repeats: 1, steps: 100 };
  const [first] = await resultsOf(choices);
  expect(await resultsOf(choices)).toEqual([first]);
  expect(first).toMatchObject({ marginStatus: "every-word-seen", predicted: { seen: 0, fresh: 0 }, missingMass: 0 });
});
