import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { caseBytes } from "../support/fixtures.ts";
import { Lab } from "../support/lab.ts";
import type { CorruptedRuns } from "./readbacks.page.ts";

const PAGE = "/test/studies/readbacks.page.ts";
/** Runs of each task; 125 make a thousand of all. */
const RUNS = 14;

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

describe("a readback that arrives as another", () => {
  test.each(["train", "analyse", "trainEmbeddings", "maxMargin", "logOdds", "ridgePath", "trainMany", "maxMarginMany"])(
    "is fetched again or said, and no figure of %s is wrong",
    async (task) => {
      const runs = await lab.call<CorruptedRuns>(PAGE, "corruptedRuns", task, caseBytes("plane"), RUNS, 1);
      console.info(`${task}: ${JSON.stringify({ ...runs, wrong: runs.wrong.length })}`);
      expect(runs.readbacks).toBeGreaterThan(0);
      expect(runs.wrong).toEqual([]);
      expect(runs.corrupted).toBeGreaterThan(RUNS / 4);
      expect(runs.same).toBeGreaterThan(0);
      expect(runs.refused).toBeGreaterThan(0);
    },
  );
});
