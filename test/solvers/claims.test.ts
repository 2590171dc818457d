import { afterAll, beforeAll, expect, test } from "vitest";
import { Lab } from "../support/lab.ts";
import type { Verdict } from "./claims.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

/** Two problems of each kind; `npm run bench -- claims` judges a thousand. */
const PROBLEMS = 28;

test("what the solvers claim of random problems holds, on both sides of the borders", async () => {
  const verdicts = await lab.call<Verdict[]>("/test/solvers/claims.page.ts", "judgeFirst", PROBLEMS, 1);
  expect(verdicts.flatMap(({ index, kind, faults }) => faults.map((fault) => `${index} (${kind}): ${fault}`))).toEqual(
    [],
  );
  const count = (matches: (verdict: Verdict) => boolean): number => verdicts.filter(matches).length;
  // not knowing is no false claim, so it must stay rare
  expect(count(({ logOdds }) => logOdds === "compatible")).toBeGreaterThanOrEqual(12);
  expect(count(({ logOdds }) => logOdds === "incompatible")).toBeGreaterThanOrEqual(5);
  expect(count(({ maxMargin }) => maxMargin === "optimal-certified")).toBeGreaterThanOrEqual(6);
  expect(count(({ maxMargin }) => maxMargin.startsWith("infeasible-"))).toBeGreaterThanOrEqual(8);
});
