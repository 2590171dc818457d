import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NuclearMargin, NuclearMarginOptions, NuclearMarginProgress, ProblemInput } from "../../src/index.ts";
import { requireClose, requireCloseInNorm, requireRelative } from "../support/compare.ts";
import { CASES, caseArray, caseBytes, caseNumber } from "../support/fixtures.ts";
import { Lab } from "../support/lab.ts";
import { drawSupports as drawn, subsets, withSupports } from "../support/supports.ts";

const PAGE = "/test/solvers/nuclear-margin.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const solve = (given: Uint8Array | ProblemInput, options: NuclearMarginOptions = {}): Promise<NuclearMargin> =>
  lab.call(PAGE, "solve", given, options);

/**
 * What the result says of itself, from its arrays alone: L meets the constraints, Y is in the cone, ⟨Y, L⟩ is both bounds, and no vector
 * of a power iteration makes ‖Y‖ larger than 1.
 */
function requireCertified(given: ProblemInput, found: NuclearMargin): void {
  const { vocabularySize: V, offsets, tokens } = given;
  const m = offsets.length - 1;
  const { logits, dual, lowerBound, upperBound } = found;
  let [value, inner] = [0, 0];
  for (let j = 0; j < m; j++) {
    const support = Array.from(tokens).slice(offsets[j], offsets[j + 1]);
    const level = logits[j * V + support[0]!]!;
    let sum = 0;
    for (let v = 0; v < V; v++) {
      const [l, y] = [logits[j * V + v]!, dual[j * V + v]!];
      sum += y;
      inner += l * y;
      if (support.includes(v)) {
        expect(l).toBe(level);
        continue;
      }
      expect(level - l).toBeGreaterThanOrEqual(1 - 1e-14);
      expect(y).toBeLessThanOrEqual(0);
      value -= y;
    }
    expect(Math.abs(sum)).toBeLessThanOrEqual(1e-14 * V);
  }
  expect(value).toBeGreaterThanOrEqual(lowerBound * (1 - 1e-12));
  expect(inner).toBeLessThanOrEqual(upperBound * (1 + 1e-12));
  expect(spectralNorm(dual, m, V)).toBeLessThanOrEqual(1 + 1e-12);
}

function spectralNorm(matrix: Float64Array, m: number, V: number): number {
  let x = Float64Array.from({ length: V }, (_, v) => Math.sin(1 + v));
  let norm = 0;
  for (let step = 0; step < 300; step++) {
    const size = Math.sqrt(x.reduce((sum, entry) => sum + entry * entry, 0));
    // no multiplier was found yet
    if (size === 0) return 0;
    const y = Float64Array.from({ length: m }, (_, j) =>
      x.reduce((sum, entry, v) => sum + (matrix[j * V + v]! * entry) / size, 0),
    );
    norm = Math.sqrt(y.reduce((sum, entry) => sum + entry * entry, 0));
    x = Float64Array.from({ length: V }, (_, v) => y.reduce((sum, entry, j) => sum + matrix[j * V + v]! * entry, 0));
  }
  return norm;
}

const ofCase = (name: string): ProblemInput => ({
  ...withSupports(caseArray(name, "log_odds_decoder").shape[0]!, []),
  offsets: caseArray(name, "offsets").data,
  tokens: caseArray(name, "tokens").data,
});

describe.each(CASES.filter((name) => name !== "medium"))("%s", (name) => {
  test("the norm, the logits and the certificate", async () => {
    const found = await solve(caseBytes(name));
    expect(found.status).toBe("optimal-certified");
    expect(found.relativeGap).toBeLessThanOrEqual(1e-5);
    const value = caseNumber(name, "nuclear_value");
    requireRelative("upper bound", found.upperBound, value, 1e-5);
    expect(found.lowerBound).toBeLessThanOrEqual(value * (1 + 1e-12));
    requireCloseInNorm("logits", found.logits, caseArray(name, "nuclear_logits").data, 1e-3);
    requireCertified(ofCase(name), found);
    expect(found.proxy.isOptimal).toBe(name !== "mixed-supports");
  });
});

describe("every subset of k words once", () => {
  test.each([
    [4, 2, 4.242641],
    [5, 2, 6.928203],
    [6, 3, 12.247449],
  ])("of %i words, k = %i", async (V, k, value) => {
    const supports = subsets([...Array(V).keys()], k);
    const found = await solve(withSupports(V, supports));
    // (V − 1) √C(V − 2, k − 1)
    requireClose("bounds", [found.lowerBound, found.upperBound], [value, value], 5e-7);
    expect(found.proxy.isOptimal).toBe(true);
    const exact = supports.flatMap((words) =>
      Array.from({ length: V }, (_, v) => (words.includes(v) ? 1 - k / V : -k / V)),
    );
    requireClose("logits", found.logits, exact, 1e-12);
  });
});

describe("problems like them", () => {
  test("more words than supports, in several blocks of rotations", async () => {
    const given = withSupports(60, drawn(1, 60, 40, 6));
    const found = await solve(given);
    expect(found.status).toBe("optimal-certified");
    requireCertified(given, found);
    expect(found.proxy.isOptimal).toBe(false);
    expect(found.proxy.leastExcess).toBeGreaterThan(0);
    expect(found.proxy.mostExcess - found.proxy.leastExcess).toBeLessThan(2e-5);
    expect(found.iterations).toBeLessThan(200);
  });

  test("contexts that share a support count as often as there are", async () => {
    const few = drawn(2, 9, 12, 3);
    const many = few.flatMap((words, j) => Array.from({ length: 1 + (j % 4) }, () => words));
    const [once, repeated] = [await solve(withSupports(9, few)), await solve(withSupports(9, many))];
    expect(repeated.status).toBe("optimal-certified");
    expect(repeated.supports.count).toBe(once.supports.count);
    requireCertified(withSupports(9, many), repeated);
    expect(repeated.upperBound / once.upperBound).toBeGreaterThan(1.2);
  });

  test("a support of every word leaves its context nothing to say", async () => {
    const given = withSupports(4, [[0], [1, 2], [0, 1, 2, 3]]);
    const found = await solve(given);
    expect(found.status).toBe("optimal-certified");
    requireCertified(given, found);
    requireClose("logits of the last", found.logits.subarray(8), [0, 0, 0, 0], 1e-6);
  });
});

describe("what ends it otherwise", () => {
  const given = withSupports(30, drawn(3, 30, 25, 4));

  test("few iterations leave bounds that hold", async () => {
    const found = await solve(given, { maxIterations: 3, gapTolerance: 1e-9 });
    expect([found.status, found.iterations]).toEqual(["max-iterations", 3]);
    requireCertified(given, found);
    expect(found.relativeGap).toBeLessThan(0.2);
  });

  test.each(["before", "reported"] as const)("an abort, %s", async (when) => {
    const { result, reports } = await lab.call<{ result: NuclearMargin; reports: NuclearMarginProgress[] }>(
      PAGE,
      "solveAborted",
      given,
      when,
    );
    expect(result.status).toBe("cancelled");
    expect(reports).toHaveLength(when === "before" ? 0 : 1);
    expect(result.logits).toHaveLength(25 * 30);
    requireCertified(given, result);
    expect(result.upperBound).toBeLessThan(Infinity);
  });

  test("no margin at all is refused", async () => {
    await expect(solve(withSupports(2, [[0, 1]]))).rejects.toThrow(
      "Every context is followed by every word: there is no margin to maximise.",
    );
  });
});
