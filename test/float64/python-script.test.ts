import { expect, test } from "vitest";
import { PRESETS } from "../../demo/presets.ts";
import { referenceLoss } from "../../src/float64/loss.ts";
import { norm } from "../../src/float64/vectors.ts";
import { withEmbeddings } from "../../src/problem/changes.ts";
import { createProblem, type Problem } from "../../src/problem/problem.ts";
import { paper1Synthetic } from "../../src/problem/synthetic.ts";
import { embeddingFacts } from "../../src/results/embedding-facts.ts";
import { pythonScript } from "../../src/results/python-script/script.ts";
import { runRecord, type RunFacts } from "../../src/results/record.ts";
import { finished } from "../../src/support/host-spells.ts";
import {
  chooseMethod,
  isSpectral,
  OPTIMIZERS,
  type Method,
  type Optimizer,
} from "../../src/training/methods/method.ts";
import { descendInFloat64 } from "../../src/training/reference-descent.ts";
import { lecunDecoder } from "../../src/training/train.ts";
import type { EmbeddingPoint } from "../../src/training/train-embeddings.ts";
import type { TracePoint } from "../../src/figures/figures.ts";
import { normals } from "../support/draw.ts";
import { runAll } from "../support/python.ts";

const SOURCE = { name: "a \"test\"\n''' of\u2028names \\", kind: "preset", notes: ["drawn"] };
const COMMON = { status: "done", source: SOURCE, trainingMs: 0, stepSizeRule: "given" } as const;

/** What a run says of itself whose every figure is that of float64. */
function factsOf(
  problem: Problem,
  given: Partial<Method>,
  stepSize: number,
  steps: number,
  initial: "zero" | "lecun" = "zero",
): RunFacts {
  const [method, seed] = [chooseMethod(given), 4];
  const trace: TracePoint[] = [];
  finished(
    descendInFloat64(
      problem,
      {
        ...{ ...method, stepSize, recorded: [0, 1, 10, 100, steps].filter((step) => step <= steps) },
        ...(initial === "lecun" && { initial: lecunDecoder(problem, seed) }),
      },
      ({ step, decoder }) => {
        const { lossGap, inSupportGap, offSupportGap } = referenceLoss(problem, decoder);
        const loss = problem.entropy + lossGap;
        trace.push({ step, loss, lossGap, inSupportGap, offSupportGap, norm: norm(decoder) });
      },
    ),
  );
  return { ...COMMON, ...method, seed, initial, stepSize, steps, trace };
}

const scriptOf = (problem: Problem, facts: RunFacts): string => pythonScript(problem, runRecord(problem, facts));

/** The script of factors that were drawn, as if a run had ended there. */
function factorScript(problem: Problem): string {
  const { vocabularySize: V, contextCount: m } = problem;
  const dimension = 3;
  const [decoder, embeddings] = [normals(1, V * dimension), normals(2, m * dimension)].map((values) =>
    Float64Array.from(values),
  ) as [Float64Array, Float64Array];
  const { lossGap, inSupportGap, offSupportGap } = referenceLoss(withEmbeddings(problem, embeddings), decoder);
  const norms = { decoderNorm: norm(decoder), embeddingNorm: norm(embeddings) };
  const point: EmbeddingPoint = {
    ...{ step: 9, loss: problem.entropy + lossGap, lossGap, inSupportGap, offSupportGap, ...norms },
  };
  const method = chooseMethod({ optimizer: "adam" });
  const trace = [point];
  const facts = {
    ...{ ...COMMON, ...method, seed: 1, initial: "gaussian" as const, steps: 9, trace: [] },
    embeddings: embeddingFacts(problem, {
      ...method,
      status: "done",
      dimension,
      ridge: 0,
      decay: "coupled",
      steps: 9,
      trace,
    }),
  };
  return pythonScript(problem, runRecord(problem, facts), { embeddings: { dimension, decoder, embeddings, trace } });
}

const [FIXED, TRAINED] = [false, true].map((trained) =>
  PRESETS.filter(({ isTrained = false }) => isTrained === trained),
);
const STEPS = 300;

/** Along signs, which rounding decides before long: few steps, and short ones. */
const STEP_SIZES: Partial<Record<Optimizer, number>> = { sign: 1e-3, "signed-momentum": 1e-3, "max-steepest": 1e-5 };

test("the scripts of every preset and of every optimiser come to the figures of their runs", () => {
  const problem = paper1Synthetic({ seed: 3 });
  const scripts = Object.fromEntries([
    ...FIXED!.map(({ key, make }, i): [string, string] => [
      key,
      scriptOf(make(1), factsOf(make(1), {}, 0.2, STEPS, i % 2 === 1 ? "lecun" : "zero")),
    ]),
    ...TRAINED!.map(({ key, make }): [string, string] => [key, factorScript(make(1))]),
    ...OPTIMIZERS.map((optimizer, i): [string, string] => {
      const steps = isSpectral({ optimizer }) || optimizer in STEP_SIZES ? 10 : 100;
      const schedule = (["inverse", "constant", "inverse-sqrt"] as const)[i % 3]!;
      const method = {
        optimizer,
        schedule,
        ...(optimizer === "adam" && ({ betas: [0.5, 0.999], epsilon: 1e-3 } as const)),
      };
      return [optimizer, scriptOf(problem, factsOf(problem, method, STEP_SIZES[optimizer] ?? 0.01, steps))];
    }),
  ]);
  const results = runAll(scripts);
  expect(Object.keys(results)).toEqual(Object.keys(scripts));
  for (const [name, { printed, error }] of Object.entries(results)) {
    expect(error, name).toBe("");
    expect(printed, name).toMatch(/every figure that was compared is as recorded\n$/);
    expect(printed, name).not.toContain("not compared");
  }
  for (const { key } of FIXED!) expect(results[key]!.printed, key).toContain(`step ${STEPS}: ‖W‖: `);
  const isChecked = ({ key }: { readonly key: string }): boolean => results[key]!.printed.includes("\nCE − H: ");
  expect(TRAINED!.filter((preset) => !isChecked(preset)).map(({ key }) => key)).toEqual([]);
});

test("one figure that is wrong ends a script, as does another step size or optimiser", () => {
  const problem = paper1Synthetic({ seed: 3 });
  const facts = factsOf(problem, {}, 0.2, STEPS);
  const record = runRecord(problem, facts);
  const withLast = (wrong: (last: TracePoint) => Partial<TracePoint>): string =>
    scriptOf(problem, {
      ...facts,
      trace: facts.trace.with(-1, { ...facts.trace.at(-1)!, ...wrong(facts.trace.at(-1)!) }),
    });
  const trained = factorScript(TRAINED![0]!.make(1));
  const results = runAll({
    H: pythonScript(problem, { ...record, entropy: record.entropy * (1 + 1e-9) }),
    [`step ${STEPS}: CE_in − H`]: withLast(({ inSupportGap }) => ({ inSupportGap: 0.99 * inSupportGap })),
    [`step ${STEPS}: CE − CE_in`]: withLast(({ offSupportGap }) => ({ offSupportGap: 1.01 * offSupportGap })),
    [`step ${STEPS}: ‖W‖`]: withLast(({ norm }) => ({ norm: 1.001 * norm })),
    "step 1: CE_in − H": scriptOf(problem, { ...facts, stepSize: 0.21 }),
    "step 10: CE_in − H": scriptOf(problem, { ...facts, optimizer: "momentum", momentum: 0.1 }),
    "step 0: CE_in − H": scriptOf(problem, { ...facts, initial: "lecun" }),
    "CE − H": trained.replace(/(check\("CE − H", .*?), [\d.]+,/, "$1, 1.5,"),
  });
  for (const [name, { error }] of Object.entries(results)) expect(error, name).toContain(`AssertionError('${name}: `);
});

test("numbers come back to the bit, and text of others stays in its comment", () => {
  const embeddings = Float64Array.from(normals(3, 500), (x, i) => (i === 0 ? -0 : i === 1 ? 5e-324 : x / 3));
  const weights = [0.1, 0.2, 0.7];
  const problem = createProblem({
    ...{ vocabularySize: 3, embeddingDim: 500 / 4, embeddings, weights: [...weights, 1e-30] },
    ...{ offsets: [0, 1, 3, 5, 6], tokens: [0, 0, 1, 1, 2, 2], probabilities: [1, 0.3, 0.7, 1 / 3, 2 / 3, 1] },
  });
  const facts = { ...COMMON, ...chooseMethod({}), seed: 1, initial: "zero" as const, steps: 0, trace: [] };
  const hex = (values: Iterable<number>): string =>
    Array.from(new Uint8Array(Float64Array.from(values).buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const script = `${scriptOf(problem, facts)}\nprint(h.astype("<f8").tobytes().hex(), probabilities.tobytes().hex(), weights.tobytes().hex(), *offsets, *tokens)`;
  const { printed, error } = runAll({ script }).script!;
  expect(error).toBe("");
  const expected = [problem.embeddings, problem.probabilities, problem.weights].map(hex);
  expect(printed.trimEnd().split("\n").at(-1)).toBe([...expected, ...problem.offsets, ...problem.tokens].join(" "));
});
