import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  EmbeddingMeasures,
  EmbeddingPathOptions,
  EmbeddingPathPoint,
  NuclearMargin,
  ProblemInput,
} from "../../src/index.ts";
import { cosines, gramMatrix } from "../../src/float64/geometry.ts";
import { requireClose, requireRelative } from "../support/compare.ts";
import { logitGradient, logitsOf } from "../support/factor-descent.ts";
import { Lab } from "../support/lab.ts";
import { drawSupports, subsets, withSupports } from "../support/supports.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

interface Path {
  readonly points: readonly (EmbeddingPathPoint & EmbeddingMeasures)[];
  readonly margin: NuclearMargin;
}

const find = (given: ProblemInput, options: EmbeddingPathOptions): Promise<Path> =>
  lab.call("/test/solvers/embedding-path.page.ts", "path", given, options);

/** c of ‖L_λ‖_* = ‖L_mm‖_* (log(1/λ) + c): Σ α [log(π_j/α) + mean log p] / ‖L_mm‖_* with the multipliers α = −Y off the supports. */
function intercept({ vocabularySize: V, offsets, tokens, probabilities }: ProblemInput, margin: NuclearMargin): number {
  const m = offsets.length - 1;
  let sum = 0;
  for (let j = 0; j < m; j++) {
    const places = Array.from({ length: offsets[j + 1]! - offsets[j]! }, (_, n) => offsets[j]! + n);
    const mean = places.reduce((all, k) => all + Math.log(probabilities[k]!), 0) / places.length;
    const support = places.map((k) => tokens[k]!);
    for (let v = 0; v < V; v++) {
      const alpha = support.includes(v) ? 0 : -margin.dual[j * V + v]!;
      if (alpha > 0) sum += alpha * (Math.log(1 / m / alpha) + mean);
    }
  }
  return sum / margin.upperBound;
}

const LAMBDAS = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7];

describe.each([
  { name: "2 of 5 words, uniform", V: 5, k: 2, seed: undefined },
  { name: "2 of 5 words", V: 5, k: 2, seed: 5 },
  { name: "3 of 6 words", V: 6, k: 3, seed: 5 },
])("every subset of $name", ({ V, k, seed }) => {
  const given = withSupports(V, subsets([...Array(V).keys()], k), seed);
  let path: Path;
  beforeAll(async () => {
    path = await find(given, { lambdas: LAMBDAS });
  });
  const at = (lambda: number): Path["points"][number] => path.points.find((point) => point.lambda === lambda)!;

  test("every point is solved, and its figures are those of its factors", () => {
    expect(path.points.map(({ status }) => status)).toEqual(LAMBDAS.map(() => "solved"));
    for (const point of path.points) {
      const { gap, gradient } = logitGradient(given, logitsOf(point, Math.min(V, path.margin.supports.count)));
      // a plain difference of logarithms, against the split loss
      requireClose("loss gap", [point.lossGap], [gap], 1e-14 * (1 + gap));
      expect(point.relativeError).toBeLessThanOrEqual(1e-4);
      expect(point.relativeError).toBeGreaterThanOrEqual(-1e-12);
      expect(gradient).toHaveLength(path.margin.supports.count * V);
    }
  });

  test("(CE − H)/λ tends to ‖L_mm‖_*", () => {
    requireRelative("(CE − H)/λ", at(1e-6).lossGap / 1e-6, path.margin.upperBound, 0.01);
  });

  test("‖L_λ‖_* lies on its line", () => {
    for (const lambda of [1e-5, 1e-6, 1e-7]) {
      const line = path.margin.upperBound * (Math.log(1 / lambda) + intercept(given, path.margin));
      requireRelative("‖L‖_*", at(lambda).nuclearNormBound, line, 0.01);
    }
  });

  test("‖P_F L − L_in‖/λ is constant over three decades", () => {
    if (seed === undefined) {
      // P_F L = L_in = 0 for uniform probabilities
      for (const { subspaceError, lambda } of path.points) expect(subspaceError).toBeLessThanOrEqual(1e-2 * lambda);
      return;
    }
    const ratios = [1e-4, 1e-5, 1e-6, 1e-7].map((lambda) => at(lambda).subspaceError / lambda);
    const middle = (Math.max(...ratios) + Math.min(...ratios)) / 2;
    if (V === 5) for (const ratio of ratios) requireRelative("‖P_F L − L_in‖/λ", ratio, middle, 0.05);
    // three words a support: still on its way, by less in each decade
    const changes = ratios.slice(1).map((ratio, i) => ratio - ratios[i]!);
    expect([...changes].sort((a, b) => b - a)).toEqual(changes);
    expect(changes.at(-1)!).toBeGreaterThan(0);
  });

  test("‖W‖ = ‖H‖, and both parts point where they should", () => {
    const { decoderNorm, embeddingNorm, alignmentCorrected, proxyAlignment, collapse } = at(1e-6);
    requireRelative("‖W‖", decoderNorm, embeddingNorm, 1e-4);
    expect(alignmentCorrected).toBeGreaterThan(0.9999);
    expect(proxyAlignment).toBeGreaterThan(0.9999);
    // each support is that of one context
    expect(collapse).toBe(0);
  });

  test("words stand like a simplex, contexts by what their supports share", () => {
    if (seed !== undefined) return;
    const { decoder, embeddings } = at(1e-6);
    const d = decoder.length / V;
    const words = cosines(gramMatrix(decoder, d));
    requireClose(
      "words",
      words,
      words.map((_, i) => (i % (V + 1) === 0 ? 1 : -1 / (V - 1))),
      1e-3,
    );
    const supports = subsets([...Array(V).keys()], k);
    const shared = supports.flatMap((one) =>
      supports.map((other) => one.filter((word) => other.includes(word)).length),
    );
    requireClose(
      "contexts",
      cosines(gramMatrix(embeddings, d)),
      shared.map((count) => (count - k ** 2 / V) / (k - k ** 2 / V)),
      1e-3,
    );
  });
});

test("contexts with one support collapse, and zero is left where it is no minimum any more", async () => {
  const few = drawSupports(3, 8, 6, 3, true);
  const given = withSupports(8, [...few, ...few, ...few], 2);
  const { points } = await find(given, { lambdas: [0.5, 1e-2, 1e-3, 1e-4] });
  expect(points.map(({ status }) => status)).toEqual(["solved", "solved", "solved", "solved"]);
  expect(points[0]!.nuclearNormBound).toBeLessThan(1e-6);
  const spreads = points.slice(1).map(({ collapse }) => collapse);
  expect([...spreads].sort((a, b) => b - a)).toEqual(spreads);
  const cosinesFound = points.slice(1).map(({ alignmentCorrected }) => alignmentCorrected);
  expect([...cosinesFound].sort((a, b) => a - b)).toEqual(cosinesFound);
});

test.each<[EmbeddingPathOptions, string]>([
  [{ lambdas: [1e-3, 1e-2] }, "lambdas: expected descending numbers"],
  [{ dimension: 0 }, "dimension: expected a whole number"],
  [{ tolerance: 2 }, "tolerance: expected a number above 0 and below 1, found 2"],
])("refuses %o in a sentence", async (options, sentence) => {
  await expect(find(withSupports(3, [[0], [1, 2]]), options)).rejects.toThrow(sentence);
});
