import { expect, test } from "vitest";
import { LESSONS, lessonState } from "../../demo/lessons/lessons.ts";
import type { LessonRun } from "../../demo/lessons/lesson.ts";
import type { RunPoint } from "../../demo/models/point.ts";
import { PRESETS } from "../../demo/presets.ts";
import { linkOf, stateOf } from "../../demo/state/link.ts";
import { LESSON_NAMES } from "../../demo/state/keys.ts";
import { distinctSupports, type Problem } from "../../src/index.ts";

const problemOf = (name: (typeof LESSON_NAMES)[number]): Problem =>
  PRESETS.find(({ key }) => key === LESSONS[name].opens.preset)!.make(1);

/** A run of the lesson's problem with these points, and with what else it needs. */
function runWith(
  name: (typeof LESSON_NAMES)[number],
  points: readonly Partial<RunPoint>[],
  rest: object = {},
): LessonRun {
  const loaded = { problem: problemOf(name) };
  return { loaded, trace: points, predictions: [], limits: undefined, ...rest } as unknown as LessonRun;
}

test.each(LESSON_NAMES)("lesson %s opens a state that a link says whole", (name) => {
  const { steps, choices, opens } = LESSONS[name];
  for (const state of [lessonState(name), lessonState(name, steps)])
    expect(stateOf(linkOf(state))).toEqual({ state, notes: [] });
  expect(linkOf(lessonState(name))).toContain(`lesson=${name}`);
  // the answer is not there while the guess is open
  expect(10 * Number(opens.steps)).toBeLessThanOrEqual(steps);
  expect(new Set(choices).size).toBe(choices.length);
});

test("what lessons say of their problems holds", () => {
  const [twins, groups] = [problemOf("failing"), problemOf("collapse")];
  const [a, b] = [48, 49].map((j) => twins.embeddings.slice(j * twins.embeddingDim, (j + 1) * twins.embeddingDim));
  const [wordsOfA, wordsOfB] = [48, 49].map((j) => twins.tokens.slice(twins.offsets[j], twins.offsets[j + 1]));
  expect(twins.contextCount).toBe(50);
  expect(a).toEqual(b);
  expect([...wordsOfA!].filter((word) => wordsOfB!.includes(word))).toEqual([]);
  const { ofContext } = distinctSupports(groups);
  expect(Array.from({ length: 6 }, (_, i) => ofContext.filter((of) => of === i).length)).toEqual([4, 4, 4, 4, 4, 4]);
  expect(new Set(groups.probabilities).size).toBe(groups.probabilities.length);
});

test.each([
  [1, 2.5e-4, 1],
  [1, 0, 2],
  [1, -1e-9, 3],
  [1, 0.5, undefined],
])("with H as it is and %d − 1 more, the loss gap %d is answered by choice %s", (_, lossGap, right) => {
  const { entropy } = problemOf("entropy");
  const { text, ...found } = LESSONS.entropy.answer(
    runWith("entropy", [{ step: 0 }, { step: 10_000, loss: entropy + lossGap, lossGap }]),
  );
  expect(found).toEqual({ right });
  expect(text).toContain(`After 10,000 steps CE is ${(entropy + lossGap).toPrecision(4)}`);
});

test.each([
  [0.03, 0.003, 13, 20, 1],
  [0.03, 0.003, 13, 13.001, 0],
  [0.03, 0.05, 13, 20, 3],
  [0.03, 0.05, 13, 13.001, 2],
  [NaN, 0.003, 13, 20, undefined],
])("P_F(W) from %d to %d off W*, and the rest from %d to %d", (e0, e1, r0, r1, right) => {
  const norm = 3;
  const points = [
    { step: 1000, subspaceError: e0, marginProjection: r0 * norm },
    { step: 3000, subspaceError: 1, marginProjection: 1 },
    { step: 10_000, subspaceError: e1, marginProjection: r1 * norm },
  ];
  const answer = LESSONS.subspaces.answer(runWith("subspaces", points, { limits: { margin: { norm } } }));
  expect(answer.right).toBe(right);
  expect(answer.text).toContain(`From step 1,000 to 10,000`);
});

test.each([
  [8, 14, 14.1, 0],
  [8, 14, 20, 1],
  [8, 14, 80, 2],
  [8, 14, 13, 3],
  [8, 8, 13, undefined],
])("norms %d, %d and %d, each after ten times the steps", (n0, n1, n2, right) => {
  const points = [
    { step: 100, norm: n0 },
    { step: 1000, norm: n1 },
    { step: 10_000, norm: n2 },
  ];
  expect(LESSONS.growth.answer(runWith("growth", points)).right).toBe(right);
});

test.each([
  [0, 0],
  [1e-2, undefined],
])("W_mm that is %d off what its multipliers make of the contexts", (off, right) => {
  const problem = problemOf("margin");
  const { vocabularySize: V, embeddingDim: d, contextCount: m, embeddings } = problem;
  const dual = Float64Array.from({ length: m * V }, (_, i) => (i % 3) - 1);
  const decoder = Float64Array.from({ length: V * d }, (_, at) => {
    const [v, i] = [Math.floor(at / d), at % d];
    return Array.from({ length: m }, (_, j) => dual[j * V + v]! * embeddings[j * d + i]!).reduce((a, b) => a + b);
  });
  decoder[0]! += off * Math.hypot(...decoder);
  const found = { decoder, dual, norm: 3, margin: 1 / 3, relativeGap: 1e-6, supportVectors: [{}, {}] };
  const run = runWith("margin", [{ step: 10_000, lossGap: 1e-4 }], { limits: { margin: found } });
  expect(LESSONS.margin.answer(run).right).toBe(right);
  expect(LESSONS.margin.answer({ ...run, limits: {} })).toMatchObject({ right: undefined });
});

test.each([
  [0.1, 0.1, 0],
  [0.1, 0.9, 1],
  [0.9, 0.1, 2],
  [0.9, 0.9, 3],
])("of the loss gap %d is left in support and %d off it", (inLeft, offLeft, right) => {
  const points = [
    { step: 1000, inSupportGap: 0.01, offSupportGap: 0.04 },
    { step: 10_000, inSupportGap: 0.01 * inLeft, offSupportGap: 0.04 * offLeft },
  ];
  const limits = { margin: { nonseparable: { pair: [48, 49] } } };
  const { text, ...answer } = LESSONS.failing.answer(runWith("failing", points, { limits }));
  expect(answer).toEqual({ right });
  // two contexts of 50 that share one distribution: 2/50 log 2
  expect(text).toContain(`below ${(0.04 * Math.LN2).toPrecision(4)}`);
});

test.each([
  [0.1, 0],
  [1.5, 1],
  [20, 2],
  [NaN, undefined],
])("a spread within supports of 1 at first and %d at last", (collapse, right) => {
  const points = [
    { step: 0, collapse: 1 },
    { step: 10_000, collapse, embeddingCollapse: 0.2 },
  ];
  expect(LESSONS.collapse.answer(runWith("collapse", points)).right).toBe(right);
});

test.each([
  [700, 2200, 1],
  [700, 700, 0],
  [2200, 700, 2],
  [700, Infinity, undefined],
])("the strongest mode at step %d and the weakest at %d", (strong, weak, right) => {
  const points = [0, 700, 2200, 4000].map((step) => ({
    step,
    lossGap: 0.1,
    modes: Float64Array.of(...[strong, weak].map((at) => (step >= at ? 0.02 : 1e-9))),
  }));
  const limits = { embeddings: { modes: { values: Float64Array.of(0.2, 0.1) } } };
  const { text, ...answer } = LESSONS.order.answer(runWith("order", points, { limits }));
  expect(answer).toEqual({ right });
  expect(text).toContain(`s = 0.2000 at step ${strong.toLocaleString("en")}`);
});
