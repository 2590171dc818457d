import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  EMBEDDING_EXPERIMENTS,
  FACTOR_FIGURES,
  PATH_FIGURES,
  smoothed,
  type Concepts,
  type EmbeddingArmRecord,
  type EmbeddingExperimentOutcome,
  type Problem,
} from "../../src/index.ts";
import { lossOfLogits } from "../../src/float64/logit-loss.ts";
import { readWholeNpz } from "../../src/formats/npz.ts";
import { sparseLimit } from "../../src/solvers/sparse-limit.ts";
import { csvParse } from "d3-dsv";
import { curvesCsv, spectraCsv } from "../../src/studies/curves-csv.ts";
import { embeddingFigures } from "../../tools/pictures/embedding-figures.mjs";
import { requireClose, requireRelative } from "../support/compare.ts";
import { Lab } from "../support/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const call = (name: string, ...args: unknown[]): Promise<EmbeddingExperimentOutcome> =>
  lab.call("/test/studies/embedding-experiments.page.ts", name, ...args);

const TABLE = [...FACTOR_FIGURES, ...PATH_FIGURES];
const STEPS = 20;
const outcomes = new Map<string, Promise<EmbeddingExperimentOutcome>>();

/** Of an experiment, run once: to its end where that is what is asked, otherwise for some steps. */
function outcomeOf(name: string): Promise<EmbeddingExperimentOutcome> {
  if (!outcomes.has(name))
    outcomes.set(
      name,
      name === "emergence"
        ? call("run", name)
        : call("run", name, ...(EMBEDDING_EXPERIMENTS[name]!.steps === undefined ? [] : [STEPS])),
    );
  return outcomes.get(name)!;
}

type Arrays = ReadonlyMap<string, { readonly data: Float64Array; readonly shape: readonly number[] }>;

const arraysOf = ({ arrays }: EmbeddingExperimentOutcome): Arrays => readWholeNpz("maps.npz", arrays) as Arrays;

/** The last point of an arm against its logits, which are kept beside it. */
function requireLast(arm: EmbeddingArmRecord, problem: Problem, trainedOn: Problem, logits: Float64Array): void {
  const last = arm.trace.at(-1)!;
  requireRelative(`${arm.label}: loss gap`, last.lossGap, lossOfLogits(trainedOn, logits).lossGap, 1e-4);
  const sparse = sparseLimit(problem);
  const { contextCount: m, vocabularySize: V, offsets, tokens } = problem;
  let sum = 0;
  for (let j = 0; j < m; j++) {
    const words = [...tokens.subarray(offsets[j], offsets[j + 1])];
    const mean = words.reduce((total, z) => total + logits[j * V + z]! / words.length, 0);
    for (const z of words) sum += (logits[j * V + z]! - mean - sparse[j * V + z]!) ** 2;
    const row = logits.subarray(j * V, (j + 1) * V);
    requireClose("centred rows", [row.reduce((total, x) => total + x, 0)], [0], 1e-9);
  }
  requireClose(`${arm.label}: ‖P_F L − L_in‖`, [last.subspaceError!], [Math.sqrt(sum)], 1e-9);
}

// the stories' three runs take a minute for their singular values alone
describe.each(Object.entries(EMBEDDING_EXPERIMENTS).filter(([name]) => name !== "p2-stories" && name !== "ridge-both"))(
  "the experiment %s",
  (name, experiment) => {
    test("has every arm to its end, with figures that its last logits have", async () => {
      const outcome = await outcomeOf(name);
      const { record } = outcome;
      const arrays = arraysOf(outcome);
      const arms = experiment.arms(1);
      expect(record.status).toBe("done");
      expect(record.arms.map(({ label }) => label)).toEqual(arms.map(({ label }) => label));
      for (const [i, { problem, smoothing, lambdas }] of arms.entries()) {
        const where = lambdas ? `lambda-${lambdas.at(-1)!.toExponential()}` : `step-${record.steps}`;
        const trainedOn = smoothing === undefined ? problem : smoothed(problem, smoothing);
        requireLast(record.arms[i]!, problem, trainedOn, arrays.get(`${i + 1}_${where}_logits`)!.data);
      }
    });

    test("has curves, singular values and a picture of every matrix", async () => {
      const outcome = await outcomeOf(name);
      const { record } = outcome;
      const arrays = arraysOf(outcome);
      const points = csvParse(curvesCsv(record, TABLE));
      expect(points).toHaveLength(record.arms.reduce((sum, { trace }) => sum + trace.length, 0));
      expect(Number(points.at(-1)!.loss_gap)).toBe(record.arms.at(-1)!.trace.at(-1)!.lossGap);
      const values = csvParse(spectraCsv(record));
      const spectrum = record.arms.at(-1)!.spectra.at(-1)!;
      expect(Number(values.at(-1)!.singular_value)).toBe(spectrum.embeddings.at(-1));
      const files = embeddingFigures(record, arrays, TABLE);
      const maps = Object.keys(files).filter((file) => file.startsWith("maps/"));
      expect(maps.sort()).toEqual([...arrays.keys()].map((key) => `maps/${key}.png`).sort());
      expect(Object.keys(files)).toEqual(expect.arrayContaining(["gap.svg", "direction.svg", "singular-values-1.svg"]));
      for (const [file, content] of Object.entries(files))
        if (typeof content === "string")
          expect(content.replaceAll(/base64,[^"]*/g, ""), file).not.toMatch(/NaN|undefined|Infinity/);
    });
  },
);

test("all subsets of the words: the laws of the limit, the simplex and the angles of the formula", async () => {
  const { record } = await outcomeOf("symmetric");
  for (const { trace, angles, spectra, problem, nuclear } of record.arms) {
    const [before, last] = trace.slice(-2);
    expect(last!.lambda).toBe(1e-6);
    for (const { least, most, expected } of angles)
      requireClose("cosines of contexts", [least, most], [expected!, expected!], 1e-3);
    requireRelative("(CE − H)/λ", last!.gapLaw!, 1, 0.01);
    requireRelative("the line of the norm", last!.normLaw!, 1, 0.01);
    requireClose(
      "secant, words and contexts",
      [last!.secant!, last!.wordStructure!, last!.contextStructure!],
      [1, 1, 1],
      1e-3,
    );
    expect(before!.lossGap).toBeGreaterThan(last!.lossGap);
    expect(spectra.at(-1)!.rank).toBe(problem.vocabularySize - 1);
    expect(nuclear.proxy.isOptimal).toBe(true);
  }
});

test("smoothed labels: the minimiser has the direction of S̃, not that of L_mm", async () => {
  const { record } = await outcomeOf("smoothing");
  for (const { minimiser } of record.arms.slice(0, -1)) {
    expect(minimiser!.proxyAlignment).toBeGreaterThan(0.9999);
    expect(minimiser!.alignmentCorrected).toBeLessThan(0.98);
  }
  expect(record.arms.at(-1)!.minimiser).toBeUndefined();
});

test("a small start: modes that do not meet emerge when linear growth says so", async () => {
  const { record } = await outcomeOf("emergence");
  const { expectedSteps, foundSteps, values } = record.arms[0]!.emergence!;
  expect(values).toHaveLength(5);
  expectedSteps.forEach((expected, i) => requireRelative(`mode ${i + 1}`, foundSteps[i]!, expected, 0.05));
  expect(record.report).toContain("two vocabularies that do not meet");
});

test("one that is stopped has what was done by then", async () => {
  const { record } = await call("stopAfter", "collapse", 12);
  expect(record.status).toBe("cancelled");
  expect(record.arms.length).toBeLessThan(3);
  expect(record.report).toMatch(/ended as cancelled/);
});

test("steps of an experiment without any are refused, and its record has none", async () => {
  await expect(call("run", "symmetric", 5)).rejects.toThrow(
    'steps: expected none for "symmetric", whose paths have no steps, found 5',
  );
  const { record } = await outcomeOf("symmetric");
  expect([record.axis, record.steps]).toEqual(["lambda", 0]);
});

test("concepts are the signs of singular vectors, and none where values are equal", async () => {
  const { concepts } = (await outcomeOf("symmetric")).record.arms[0]!;
  expect(concepts.map(({ orthants }) => orthants.map(({ signs }) => signs))).toEqual([["000"], ["000"], ["000"]]);
});

test("words and contexts are listed by the signs of known singular vectors", async () => {
  const [contexts, words] = [
    [
      [1, 1, -1, -1],
      [1, -1, 1, -1],
    ],
    [
      [2, -1, 0],
      [0, 0, -1],
    ],
  ];
  const logits = Float64Array.from({ length: 12 }, (_, at) =>
    [3, 1].reduce((sum, s, i) => sum + s * contexts[i]![Math.floor(at / 3)]! * words[i]![at % 3]!, 0),
  );
  const { orthants, values } = await lab.call<Concepts>(
    "/test/studies/embedding-experiments.page.ts",
    "concepts",
    ...([logits, 4, 3, 2] as const),
  );
  requireClose("values", values, [6 * Math.sqrt(5), 2], 1e-5);
  // the largest entry of each vector of words is above zero, so that the second pair is turned
  expect([...orthants].sort((a, b) => (a.signs < b.signs ? -1 : 1))).toEqual([
    { signs: "++", words: [], contexts: [1] },
    { signs: "+-", words: [], contexts: [0] },
    { signs: "+0", words: [0], contexts: [] },
    { signs: "-+", words: [], contexts: [3] },
    { signs: "--", words: [], contexts: [2] },
    { signs: "-0", words: [1], contexts: [] },
    { signs: "0+", words: [2], contexts: [] },
  ]);
});
