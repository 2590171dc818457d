import { afterAll, beforeAll, expect, test } from "vitest";
import { Lab } from "../support/lab.ts";
import type { Judgement } from "./claims.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

/** Two problems of each kind; `npm run bench -- claims` judges two thousand. */
const PROBLEMS = Array.from({ length: 40 }, (_, index) => index);
/** Ill-conditioned ones, on which a bound to first order went below the norm. */
const CROSSING = [1873, 1952];

test("what is said of random problems holds, on both sides of the borders", async () => {
  const judgements = await lab.call<Judgement[]>(
    "/test/solvers/claims.page.ts",
    "judgeAll",
    [...PROBLEMS, ...CROSSING],
    1,
  );
  expect(
    judgements.flatMap(({ index, kind, faults }) => faults.map((fault) => `${index} (${kind}): ${fault}`)),
  ).toEqual([]);
  for (const { maxMargin } of judgements.slice(-CROSSING.length)) expect(maxMargin).toMatch(/^optimal-/);
  const count = (matches: (judgement: Judgement) => boolean): number => judgements.filter(matches).length;
  // not knowing is no false claim, so it must stay rare
  expect(count(({ logOdds }) => logOdds === "compatible")).toBeGreaterThanOrEqual(16);
  expect(count(({ logOdds }) => logOdds === "incompatible")).toBeGreaterThanOrEqual(5);
  expect(count(({ maxMargin }) => maxMargin === "optimal-certified")).toBeGreaterThanOrEqual(8);
  expect(count(({ maxMargin }) => maxMargin.startsWith("infeasible-"))).toBeGreaterThanOrEqual(8);
});
