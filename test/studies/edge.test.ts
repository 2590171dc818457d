import { afterAll, beforeAll, expect, test } from "vitest";
import type { EdgeRun, SyntheticOptions } from "../../src/index.ts";
import { Lab } from "../support/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const runsAt = (made: SyntheticOptions, ratios: readonly number[], steps: number): Promise<EdgeRun[]> =>
  lab.call("/test/studies/edge.page.ts", "runsAt", made, ratios, steps);

// compatible and separable: more dimensions than contexts
test.each([
  { vocabularySize: 6, contextCount: 4, embeddingDim: 10, supportSize: 2 },
  { vocabularySize: 6, contextCount: 4, embeddingDim: 10, supportSize: 3 },
  { vocabularySize: 5, contextCount: 3, embeddingDim: 8, supportSize: 3 },
])("below the edge the in-support gap falls to nothing, above it stays: %j", async (made) => {
  const [below, above] = await runsAt(made, [0.98, 1.02], 3000);
  expect([below!.status, above!.status]).toEqual(["done", "done"]);
  expect(below!.stepSize).toBeLessThan(below!.edge.lower);
  expect(above!.stepSize).toBeGreaterThan(above!.edge.upper);
  expect(below!.last!.inSupportGap).toBeLessThan(1e-7);
  expect(above!.last!.inSupportGap).toBeGreaterThan(1e-3);
  // the steps are no more than 2 % too long, and what is off the supports vanishes all the same
  expect(above!.last!.offSupportGap).toBeLessThan(1e-2);
});

test("there is none for one-hot data", async () => {
  const made = { vocabularySize: 5, contextCount: 3, embeddingDim: 4, supportSize: 1 };
  await expect(runsAt(made, [0.98], 10)).rejects.toThrow(
    "supports: expected some of two words or more, so that there is an edge, found none",
  );
  await expect(runsAt({ ...made, supportSize: 2 }, [0], 10)).rejects.toThrow(
    "ratio: expected a finite number above 0, found 0",
  );
});
