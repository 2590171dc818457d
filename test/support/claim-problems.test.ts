import { expect, test } from "vitest";
import { createProblem } from "../../src/index.ts";
import { drawClaimProblem } from "./claim-problems.ts";
import { exactTruth } from "./exact-truth.ts";

/** Twenty of each kind. */
const PROBLEMS = 400;

test("the kinds are on both sides of every border, and what their making says of them is true", () => {
  const counts: Record<string, number> = {};
  const count = (name: string, holds: boolean): unknown => (counts[name] = (counts[name] ?? 0) + Number(holds));
  for (let index = 0; index < PROBLEMS; index++) {
    const { input, isCompatible, separatorNorm } = drawClaimProblem(1, index);
    const problem = createProblem(input);
    const { contextCount: m, embeddingDim: d, vocabularySize: V, embeddings, offsets } = problem;
    const truth = exactTruth(problem, isCompatible);
    if (separatorNorm !== undefined) expect(truth.separable).toBe(true);
    // planted log-odds contradict each other by no more than rounding may
    if (isCompatible)
      expect({ index, compatible: exactTruth(problem).compatible }).not.toEqual({ index, compatible: "no" });
    const rows = Array.from({ length: m }, (_, j) => embeddings.subarray(j * d, (j + 1) * d));
    const norms = rows.map((row) => Math.hypot(...row));
    count("norms over 1e5", Math.max(...norms) >= 1e5 * Math.min(...norms.filter((norm) => norm > 0)));
    count(
      "one-hot",
      rows.every((row) => row.filter((h) => h !== 0).length === 1),
    );
    count(
      "full supports",
      rows.some((_, j) => offsets[j + 1]! - offsets[j]! === V),
    );
    count("nothing off the supports", offsets[m] === m * V);
    count("separable", truth.separable);
    count("finite minimiser", truth.finiteMinimiser);
    count("mixed", !truth.separable && !truth.finiteMinimiser);
    for (const answer of ["yes", "no", "undecided"]) count(`compatible: ${answer}`, truth.compatible === answer);
  }
  for (const name of ["norms over 1e5", "one-hot", "full supports"])
    expect(counts[name]).toBeGreaterThanOrEqual(PROBLEMS / 10);
  for (const name of ["separable", "finite minimiser", "mixed", "compatible: yes", "compatible: no"])
    expect(counts[name]).toBeGreaterThanOrEqual(PROBLEMS / 20);
});
