import { describe, expect, it } from "vitest";
import { createProblem, type Problem } from "../../src/problem/problem.ts";
import { GENERALISATION } from "../../src/questions/generalisation/generalisation.ts";
import {
  crossEntropy,
  fittedSlope,
  goodTuring,
  lateSlope,
  missingMass,
} from "../../src/questions/generalisation/late-slope.ts";
import { drawStory } from "../../src/questions/generalisation/story.ts";
import { drawTeacher } from "../../src/questions/generalisation/teacher.ts";
import type {
  CurveRow,
  GeneralisationChoices,
  GeneralisationResult,
  GeneralisationWork,
} from "../../src/questions/generalisation/work.ts";
import { chosen, unitsOf, type Study } from "../../src/questions/study.ts";
import { csvText } from "../../src/results/csv.ts";
import { referenceDescent } from "../../src/training/reference-descent.ts";

const study = GENERALISATION as unknown as Study;
const WORK: GeneralisationWork = { source: "gaussian", words: 7, contexts: 5, dim: 6, samples: 9, steps: 100 };

/** One context h = 2 in one dimension, followed by the first two of four words; each word of the truth may follow. */
const seen = { vocabularySize: 4, embeddingDim: 1, embeddings: [2], contextLabels: ["a"] };
const training = createProblem({ ...seen, offsets: [0, 2], tokens: [0, 1], probabilities: [0.6, 0.4] });
const TRUE = [0.5, 0.2, 0.2, 0.1];
const truth = createProblem({ ...seen, offsets: [0, 4], tokens: [0, 1, 2, 3], probabilities: TRUE });

/** −Σ_j π_j Σ_v p_jv log softmax(W h_j)_v, as it is written. */
function directCrossEntropy(problem: Problem, decoder: ArrayLike<number>): number {
  const { vocabularySize: V, embeddingDim: d, embeddings, offsets, tokens, probabilities, weights } = problem;
  let sum = 0;
  for (let j = 0; j < problem.contextCount; j++) {
    const logits = Array.from({ length: V }, (_, v) =>
      Array.from({ length: d }, (_, i) => decoder[v * d + i]! * embeddings[j * d + i]!).reduce((a, b) => a + b),
    );
    const log = Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++)
      sum -= weights[j]! * probabilities[k]! * (logits[tokens[k]!]! - log);
  }
  return sum;
}

describe("the late slope", () => {
  it("is what unseen words add up to, each times its margin", () => {
    // logits 2, 2, −2, 0: margins 4 and 2 of words of true probability 0.2 and 0.1
    expect(lateSlope(truth, Float64Array.of(1, 1, -1, 0))).toBeCloseTo(0.2 * 4 + 0.1 * 2, 12);
    expect(missingMass(training, truth)).toBeCloseTo(0.3, 12);
  });

  it("is that of gradient descent in float64", () => {
    // least ‖W‖² with W_0 = W_1 = a, W_2 = W_3 = b, 2 (a − b) = 1: a = −b = 1/4, and both margins are 1
    const margin = Float64Array.of(0.25, 0.25, -0.25, -0.25);
    expect(lateSlope(truth, margin)).toBeCloseTo(0.3, 12);
    const at = (step: number): number =>
      crossEntropy(truth, referenceDescent(training, { stepSize: 0.25, recorded: [step] }).decoder);
    // log q of what was not seen is −log k + a constant + O(log k / k)
    const slope = (at(20_000) - at(2000)) / Math.log(10);
    expect(Math.abs(slope / 0.3 - 1)).toBeLessThan(Math.log(2000) / 2000);
  });

  it("is fitted by least squares", () => {
    // the mean of x and y is 1 and 2, Σ (x − 1)(y − 2) = 3 and Σ (x − 1)² = 2
    expect(
      fittedSlope([
        [0, 1],
        [1, 1],
        [2, 4],
      ]),
    ).toBeCloseTo(1.5, 12);
  });
});

it("Good–Turing counts what was seen once", () => {
  // two contexts of four words: 3 of 9 samples
  expect(goodTuring([1, 3, 0, 1, 1, 0, 2, 1])).toBeCloseTo(4 / 9, 12);
});

it("the test loss is the cross-entropy as it is written, on new contexts too", () => {
  const { seen, fresh, training } = drawTeacher("gaussian", WORK, 3);
  const decoder = Float64Array.from({ length: WORK.words * WORK.dim }, (_, i) => Math.sin(3 * i));
  // sums of 7,000 terms of size 1
  for (const problem of [training, seen, fresh!])
    expect(Math.abs(crossEntropy(problem, decoder) - directCrossEntropy(problem, decoder))).toBeLessThan(1e-11);
});

describe("a teacher's lesson", () => {
  const lesson = drawTeacher("unit-sphere", WORK, 4);

  it("is the same every time, and another of another seed", () => {
    expect(drawTeacher("unit-sphere", WORK, 4)).toEqual(lesson);
    expect(drawTeacher("unit-sphere", WORK, 5).counts).not.toEqual(lesson.counts);
  });

  it("has as many samples of each context as were asked for, of its true distributions", () => {
    const { contexts, words, samples } = WORK;
    const totals = Array.from({ length: contexts }, (_, j) =>
      lesson.counts.subarray(j * words, (j + 1) * words).reduce((a, b) => a + b),
    );
    expect(totals).toEqual(Array(contexts).fill(samples));
    expect(lesson.seen.embeddings).toEqual(lesson.training.embeddings);
    const { offsets, tokens, probabilities } = lesson.training;
    for (let j = 0; j < contexts; j++) {
      const row = lesson.counts.subarray(j * words, (j + 1) * words);
      const support = [...tokens.subarray(offsets[j], offsets[j + 1])];
      expect(support).toEqual([...row.keys()].filter((word) => row[word]! > 0));
      expect([...probabilities.subarray(offsets[j], offsets[j + 1])]).toEqual(support.map((v) => row[v]! / samples));
    }
    const many = drawTeacher("unit-sphere", { ...WORK, samples: 20_000 }, 4);
    many.seen.probabilities.forEach((p, i) =>
      // five standard deviations of a share of 20,000, and one sample
      expect(Math.abs(many.counts[i]! / 20_000 - p)).toBeLessThan(5 * Math.sqrt(p / 20_000) + 1 / 20_000),
    );
    const { contextCount, embeddings } = many.fresh!;
    expect(contextCount).toBe(1000);
    expect([...embeddings].some((x) => many.seen.embeddings.includes(x))).toBe(false);
  });

  it("teaches new contexts what it teaches those that are seen: log-odds that are linear in the embedding", () => {
    const { seen, fresh } = drawTeacher("gaussian", { ...WORK, contexts: 8, dim: 2 }, 6);
    const oddsOf = ({ probabilities: p, embeddings: h }: Problem, j: number) => ({
      odds: Math.log(p[j * 7]! / p[j * 7 + 1]!),
      h: h.subarray(2 * j, 2 * j + 2),
    });
    const [a, b] = [oddsOf(seen, 0), oddsOf(seen, 1)];
    for (const { odds, h } of [oddsOf(seen, 5), oddsOf(fresh!, 0), oddsOf(fresh!, 999)]) {
      const det = a.h[0]! * b.h[1]! - a.h[1]! * b.h[0]!;
      const [x, y] = [(h[0]! * b.h[1]! - h[1]! * b.h[0]!) / det, (a.h[0]! * h[1]! - a.h[1]! * h[0]!) / det];
      expect(odds).toBeCloseTo(x * a.odds + y * b.odds, 8);
    }
  });
});

it("a text is cut in two halves; contexts of the second one that were not seen are apart", () => {
  const lesson = drawStory({ ...WORK, source: "text", samples: 5, dim: 40 }, 2);
  const { training, seen, fresh } = lesson;
  const known = new Set(training.contextLabels);
  expect(seen.contextLabels!.every((label) => known.has(label))).toBe(true);
  expect(fresh!.contextLabels!.some((label) => known.has(label))).toBe(false);
  // 20 sentences of six words in each half, whose first two words are no next words
  expect(lesson.counts.reduce((a, b) => a + b)).toBe(118);
  expect(lesson.freshShare).toBeGreaterThan(0);
  expect((118 * lesson.freshShare) % 1).toBeCloseTo(0, 10);
  expect(training.contextLabels).toContain("wanted to");
  const place = (problem: Problem, label: string): number => problem.contextLabels!.indexOf(label);
  const embeddingOf = (problem: Problem, label: string) =>
    problem.embeddings.slice(place(problem, label) * 40, (place(problem, label) + 1) * 40);
  expect(embeddingOf(seen, "wanted to")).toEqual(embeddingOf(training, "wanted to"));
  expect(missingMass(training, training)).toBe(0);
});

it("the missing mass goes by the labels of contexts, not by their places", () => {
  const rows = { vocabularySize: 3, embeddingDim: 1, offsets: [0, 1, 3], tokens: [0, 1, 2] };
  const known = createProblem({ ...rows, embeddings: [1, 2], probabilities: [1, 0.5, 0.5], contextLabels: ["a", "b"] });
  const other = createProblem({
    ...{ vocabularySize: 3, embeddingDim: 1, embeddings: [2, 1], contextLabels: ["b", "a"], weights: [3, 1] },
    ...{ offsets: [0, 2, 4], tokens: [0, 1, 0, 1], probabilities: [0.2, 0.8, 0.9, 0.1] },
  });
  expect(missingMass(known, other)).toBeCloseTo(0.75 * 0.2 + 0.25 * 0.1, 12);
});

describe("the report", () => {
  const rows = (test: readonly number[]): CurveRow[] => test.map((loss, i) => [10 ** i, 0.1 / (i + 1), loss, loss + 1]);
  const result = (slope: number): GeneralisationResult => ({
    ...{ words: 4, contexts: 3, marginStatus: "optimal-certified", margin: 0.5, runStatus: "done" },
    ...{ trainEntropy: 1, trueEntropy: 1.2, missingMass: 0.19, goodTuring: 0.18, freshShare: 0, ridgeStatus: "solved" },
    ...{ predicted: { seen: 0.2, fresh: 0.9 }, measured: { seen: slope, fresh: 0.8 } },
    ...{ descent: rows([1.5, 1.25, 2]), ridge: rows([1.4, 1.3, 1.9]) },
  });
  const choices = chosen(study, { sizes: ["10/3"], repeats: 3 }) as GeneralisationChoices;
  const report = (results: readonly GeneralisationResult[]) =>
    GENERALISATION.report(
      choices,
      unitsOf(study, choices).map((unit, i) => ({
        unit: { ...unit, work: unit.work as GeneralisationWork },
        result: results[i]!,
      })),
    );
  const lost = {
    ...result(0.2),
    ...{ runStatus: "diverged", measured: null, predicted: null, margin: null, descent: [], ridge: [] },
  };

  it("says how far slopes are from what was predicted, and what stopping saves", () => {
    const { verdict, csv } = report([result(0.196), result(0.206), result(0.2)]);
    expect(verdict).toBe(
      "10 samples of a context, d = 3, gaussian: the late slope is within 3 % of the prediction in all 3 runs, " +
        "0.33 % off in the mean; it is at least the missing mass in all 3 runs. " +
        "Stopping at the best step saves 0.75 nats of the last test loss, the best λ 0.7.",
    );
    const lines = csvText(csv.generalisation!).split("\r\n");
    expect(lines[1]).toBe(
      "0,gaussian,4,3,3,10,100000,done,optimal-certified,0.5,solved,1,1.2,0.19,0.18,0,10,1.25,2,10,2.25,3,10,1.3,10,2.3,0.196,0.2,0.98,0.8,0.9",
    );
    expect(lines[0]!.split(",")).toHaveLength(lines[1]!.split(",").length);
    expect(csv["generalisation-curves"]).toHaveLength(1 + 3 * 6);
  });

  it("leaves out what there is not", () => {
    const { verdict, csv, figures, arrays } = report([lost, result(0.18), lost]);
    expect(verdict).toContain("within 10 % of the prediction in 1 of 3 runs, 10 % off in the mean");
    expect(verdict).toContain("at least the missing mass in 0 of 3 runs");
    expect(csvText(csv.generalisation!)).not.toMatch(/NaN|Infinity|null/);
    expect(figures.generalisation!.series[0]!.points).toHaveLength(3);
    expect([...arrays.slope!.data]).toEqual([NaN, 0.18, NaN]);
    const withoutNew = { ...result(0.2), descent: rows([2, 1]).map(([a, b, c]) => [a, b, c, null] as const) };
    // the best and the last loss on new contexts
    expect(csvText(report([withoutNew, lost, lost]).csv.generalisation!).split("\r\n")[1]).toContain(
      ",10,1,1,,,,10,1.3,",
    );
    expect(report([lost, lost, lost]).verdict).toContain("no run has both a slope and a prediction");
  });
});
