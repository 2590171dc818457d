import { afterAll, beforeAll, expect, test } from "vitest";
import type { Choices, StudyReport } from "../../src/index.ts";
import { Lab } from "../support/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const reportOf = (name: string, choices: Partial<Choices>): Promise<StudyReport> =>
  lab.call("/test/studies/questions.page.ts", "reportOf", name, choices);

test("edge: a problem settles below its edge and not above, and the one-hot one beside it at both step sizes", async () => {
  const { verdict, csv } = await reportOf("edge", { problems: ["6/4/10/2"], ratios: ["98", "102"], steps: 3000 });
  expect(verdict).toMatch(
    /^Below the edge .* ends below 1e-7 in all of 1 runs\.\nAbove .* above 1e-3 in all of 1 runs\.\n.* falls .* in all of 2 runs\.$/,
  );
  const [heads, ...rows] = csv.edge!;
  const column = (name: string): unknown[] => rows.map((row) => row[heads!.indexOf(name)]);
  expect(column("status")).toEqual(["done", "done", "done", "done"]);
  expect(column("support")).toEqual([2, 2, 1, 1]);
  const steps = column("eta");
  expect(steps.slice(2)).toEqual(steps.slice(0, 2));
});

test("emergence: the first mode comes when linear growth says so, to what the softmax bends", async () => {
  const choices = { sizes: ["10/8/2"], probabilities: ["uniform"], problems: 1, steps: 1000 };
  const { csv, verdict } = await reportOf("emergence", choices);
  const [heads, first] = csv.emergence!;
  const ratio = first![heads!.indexOf("ratio")] as number;
  // 1 % late, as log(1 + η s) is 0.99 η s at η s = 0.02; as much again for what the softmax bends below a strength of 0.01
  expect(Math.abs(ratio - 1)).toBeLessThan(0.02);
  expect(verdict).toMatch(/^uniform probabilities, 1 problems: (\d+) of \1 modes .* emerged, after .* of \d+ pairs/);
});
