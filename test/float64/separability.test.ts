import { describe, expect, it } from "vitest";
import { decideCompatibility } from "../../src/float64/compatibility.ts";
import { Constraints } from "../../src/float64/constraints.ts";
import { exactRank } from "../../src/float64/exact-rank.ts";
import { findRecession } from "../../src/float64/recession.ts";
import { decideSeparability, holdSupports } from "../../src/float64/separability.ts";
import { createProblem, type Problem } from "../../src/problem/problem.ts";
import { bothViolated, incompatible, nonseparable, synthetic } from "../../src/problem/synthetic.ts";
import { finished } from "../../src/support/host-spells.ts";

const isSeparable = (problem: Problem): boolean | undefined =>
  finished(decideSeparability(finished(holdSupports(problem))));
const isCompatible = (problem: Problem): boolean | undefined =>
  finished(decideCompatibility(finished(holdSupports(problem))));

/** Two words, one next word each, in the plane: separable when all ±h_j are in an open half-plane, which leaves a gap of more than π. */
function byAngles({ contextCount, tokens, embeddings }: Problem): boolean {
  const angles = Array.from({ length: contextCount }, (_, j) => {
    const sign = tokens[j] === 0 ? 1 : -1;
    return Math.atan2(sign * embeddings[2 * j + 1]!, sign * embeddings[2 * j]!);
  }).sort((a, b) => a - b);
  return angles.some((angle, i) => (angles[i + 1] ?? angles[0]! + 2 * Math.PI) - angle > Math.PI);
}

describe("separability", () => {
  it("of two words in the plane is what angles say", () => {
    const problems = Array.from({ length: 200 }, (_, p) =>
      synthetic({ vocabularySize: 2, supportSize: 1, contextCount: 4, embeddingDim: 2, seed: p }),
    );
    const expected = problems.map(byAngles);
    expect(problems.map(isSeparable)).toEqual(expected);
    expect(new Set(expected).size).toBe(2);
  });

  it.each([
    { vocabularySize: 5, supportSize: 2, contextCount: 9, embeddingDim: 5 },
    { vocabularySize: 6, supportSize: 4, contextCount: 7, embeddingDim: 6 },
    { vocabularySize: 8, supportSize: 1, contextCount: 12, embeddingDim: 3 },
  ])("of V = $vocabularySize, |S| = $supportSize is what directions of recession say", (sizes) => {
    const found = new Set<boolean | undefined>();
    for (let seed = 0; seed < 20; seed++) {
      const problem = synthetic({ ...sizes, seed });
      const { margin, heldBack } = finished(findRecession(problem, "separability"))!;
      const expected = margin ? true : heldBack!.isProved ? false : undefined;
      expect(isSeparable(problem)).toBe(expected);
      found.add(expected);
    }
    expect(found).toEqual(new Set([true, false]));
  });

  it("is decided where contexts are not in general position", () => {
    expect([nonseparable(), bothViolated(), incompatible()].map(isSeparable)).toEqual([false, false, true]);
  });
});

describe("compatibility", () => {
  it.each([3, 4, 5])("of random problems in %d dimensions is that of rows whose exact rank is their number", (dim) => {
    for (let seed = 0; seed < 8; seed++) {
      const problem = synthetic({ vocabularySize: 5, supportSize: 3, contextCount: 8, embeddingDim: dim, seed });
      const rows = new Constraints(problem);
      const rank = finished(exactRank(rows.equalities.map((row) => rows.row(row))));
      expect(isCompatible(problem)).toBe(rank === rows.equalities.length);
    }
  });

  it("of equal log-odds on dependent rows is not taken for incompatible", () => {
    const problem = synthetic({
      ...{ vocabularySize: 3, supportSize: 2, contextCount: 6, embeddingDim: 2, seed: 1 },
      probability: { law: "uniform" },
    });
    expect(isCompatible(problem)).toBeUndefined();
    const { tokens, offsets, embeddings, embeddingDim } = problem;
    const probabilities = Float64Array.from({ length: 12 }, (_, i) => (i === 0 ? 0.25 : i === 1 ? 0.75 : 0.5));
    expect(
      isCompatible(createProblem({ vocabularySize: 3, embeddingDim, embeddings, offsets, tokens, probabilities })),
    ).toBe(false);
  });

  it("of twins with different probabilities is left open", () => {
    expect(isCompatible(incompatible())).toBeUndefined();
  });
});
