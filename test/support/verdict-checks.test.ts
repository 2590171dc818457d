import { describe, expect, test } from "vitest";
import { createProblem, type Problem } from "../../src/index.ts";
import { exactTruth, leastNormDecoder } from "./exact-truth.ts";
import { faultsOfVerdict, windowOf, type ClaimedVerdict } from "./verdict-checks.ts";

type Pair = readonly [embedding: readonly number[], first: number];

/** Two words; each context has an embedding and the probability of word 0, the other having the rest; 1 and 0 are supports of one word. */
function pairOf(...rows: Pair[]): Problem {
  const supports = rows.map(([, first]) => (first === 1 ? [0] : first === 0 ? [1] : [0, 1]));
  const offsets = [0];
  for (const support of supports) offsets.push(offsets.at(-1)! + support.length);
  return createProblem({
    vocabularySize: 2,
    embeddingDim: rows[0]![0].length,
    embeddings: Float64Array.from(rows.flatMap(([embedding]) => embedding)),
    offsets,
    tokens: supports.flat(),
    probabilities: rows.flatMap(([, first]) => (first === 1 || first === 0 ? [1] : [first, 1 - first])),
    contextLabels: rows.map((_, j) => `context ${j}`),
  });
}

describe("false verdicts", () => {
  // context 1 is at half of context 0; context 2 is by itself
  const problem = pairOf([[2, 0], 0.8], [[1, 0], 0.5], [[0, 1], 1]);
  const truth = exactTruth(problem);
  const right: ClaimedVerdict = {
    compatible: "no",
    separable: "yes",
    finiteMinimiser: "no",
    leftBehind: [[2, 1]],
  };

  test("a right verdict and one that does not know have no fault", () => {
    expect(faultsOfVerdict(right, truth)).toEqual([]);
    expect(faultsOfVerdict({ compatible: "undecided", separable: "undecided" }, truth)).toEqual([]);
  });

  test.each<[Partial<ClaimedVerdict>, string]>([
    [{ compatible: "yes" }, "compatible: said yes, is no"],
    [{ separable: "no" }, "separable: said no, is yes"],
    [{ finiteMinimiser: "yes" }, "finite minimiser: said yes, is no"],
    [{ leftBehind: [] }, "2:1 can be left behind"],
    [{ leftBehind: [[2, 1], [0, 1]] }, "0:1 cannot be left behind"], // prettier-ignore
  ])("%o", (change, fault) => {
    expect(faultsOfVerdict({ ...right, ...change }, truth)).toEqual([fault]);
  });

  test("the other way round, where no word can be left behind", () => {
    const none = exactTruth(pairOf([[1, 0], 1], [[1, 0], 0]));
    const said: ClaimedVerdict = { compatible: "no", separable: "yes", finiteMinimiser: "no" };
    expect(faultsOfVerdict(said, none)).toEqual([
      "compatible: said no, is yes",
      "separable: said yes, is no",
      "finite minimiser: said no, is yes",
    ]);
  });

  test("an error bar that does not reach W*", () => {
    // W_0 = −W_1 = ½ log 4 (1, 0)
    const problem = pairOf([[1, 0], 0.8]);
    const [truth, leastNorm] = [exactTruth(problem), leastNormDecoder(problem)!];
    const w = Math.log(4) / 2;
    const found = (shift: number, error: number): string[] =>
      faultsOfVerdict(
        { compatible: "yes", separable: "yes", finite: { decoder: Float64Array.of(w + shift, 0, -w, 0), error } },
        truth,
        leastNorm,
      );
    expect(found(0, 0)).toEqual([]);
    expect(found(1e-9, 1.01e-9)).toEqual([]);
    expect(found(1e-9, 0.99e-9)).toEqual(["W* is 1.0e-9 away, not within 9.9e-10"]);
    expect(found(NaN, 1)).toHaveLength(1);
    expect(found(0, NaN)).toHaveLength(1);
  });
});

describe("what float64 itself cannot tell", () => {
  const windowAt = (...rows: Pair[]): ReturnType<typeof windowOf> => {
    const problem = pairOf(...rows);
    return windowOf(problem, exactTruth(problem));
  };
  const neither = { compatible: false, supports: false };

  test.each<[string, Pair[]]>([
    ["one embedding with two supports", [[[0.1, 0.2], 1], [[0.1, 0.2], 0]]], // prettier-ignore
    ["an embedding and twice it", [[[0.1, 0.7], 1], [[0.2, 1.4], 0]]], // prettier-ignore
    ["whole numbers on a plane", [[[1, 0, 3], 1], [[0, 1, 5], 1], [[3, 7, 44], 0]]], // prettier-ignore
    ["an angle of 1e-9", [[[1, 0.1], 1], [[1, 0.1 + 1e-9], 0]]], // prettier-ignore
    ["log-odds that miss each other by 1e-9", [[[1, 0.1], 0.8], [[1, 0.1], 0.8 + 1e-9]]], // prettier-ignore
    ["log-odds at an angle of 1e-9", [[[1, 0.1], 0.8], [[1, 0.1 + 1e-9], 0.3]]], // prettier-ignore
  ])("%s is decided", (_, rows) => {
    expect(windowAt(...rows)).toEqual(neither);
  });

  test.each<[string, Pair[], ReturnType<typeof windowOf>]>([
    ["an angle of 1e-16", [[[1, 0.1], 1], [[1, 0.1 + 2 ** -56], 0]], { compatible: false, supports: true }], // prettier-ignore
    ["a third that was rounded", [[[0.7, 0.1], 1], [[0.7 / 3, 0.1 / 3], 0]], { compatible: false, supports: true }], // prettier-ignore
    // 0.3 = 0.1 + 0.2 but for rounding, in three dimensions
    ["a sum that was rounded", [[[1, 0.1, 0.3], 1], [[0, 0.2, 0.9], 1], [[1, 0.1 + 0.2, 0.3 + 0.9 + 2 ** -52], 0]], { compatible: false, supports: true }], // prettier-ignore
    ["log-odds that miss each other by 1e-15", [[[1, 0.1], 0.8], [[1, 0.1], 0.8 + 2 ** -49]], { compatible: true, supports: false }], // prettier-ignore
    ["log-odds at an angle of 1e-16", [[[1, 0.1], 0.8], [[1, 0.1 + 2 ** -56], 0.3]], { compatible: true, supports: false }], // prettier-ignore
  ])("%s is not", (_, rows, window) => {
    expect(windowAt(...rows)).toEqual(window);
  });
});
