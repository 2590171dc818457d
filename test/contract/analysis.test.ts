import { describe, expect, test } from "vitest";
import { FIGURES } from "../../src/figures/figures.ts";
import { formatFigure } from "../../src/results/format-figure.ts";
import { packArrays } from "../../src/results/arrays.ts";
import { reportText, runRecord, type RunFacts } from "../../src/results/record.ts";
import { readNpz } from "../../src/formats/npz.ts";
import type { LogOdds, MaxMargin } from "../../src/index.ts";
import { paper1Plane } from "../../src/problem/synthetic.ts";

const problem = paper1Plane();
const decoder = Float64Array.from({ length: 10 }, (_, i) => Math.sin(i + 1));
const dual = new Float64Array(15);
const adapter = { vendor: "v", architecture: "a", description: "", isSoftware: true, label: "v a (software adapter)" };
const finiteLimit: LogOdds = {
  decoder,
  decoderError: 1e-9,
  status: "compatible",
  residual: 1e-15,
  normalResidual: 1e-16,
  leastSolutionNorm: 1,
  rank: { status: "determined", rank: 6 },
  iterations: 10,
  refinements: 2,
  adapter,
};
const marginLimit: MaxMargin = {
  status: "optimal-certified",
  decoder,
  dual,
  norm: 4,
  margin: 0.25,
  lowerBound: 3.9,
  upperBound: 4.1,
  relativeGap: 0.01,
  angleBoundRadians: 0.1,
  supportVectors: [],
  iterations: 64,
  refinements: 1,
  adapter,
};
const unseparable: MaxMargin = {
  ...marginLimit,
  status: "infeasible-below-norm",
  decoder: undefined,
  norm: Infinity,
  margin: 0,
  nonseparable: { certificate: dual, rho: 1e-5, normBound: 1e5 },
};

test("figures have eight digits, plain or with an exponent", () => {
  expect([0, 1.451108673, 0.001, 0.00099999999, -12.5, 999999.996, 1e6, 2.5e-12].map(formatFigure)).toEqual([
    "0",
    "1.4511087",
    "0.001",
    "9.9999999e-4",
    "-12.5",
    "1000000",
    "1.0000000e+6",
    "2.5000000e-12",
  ]);
});

const point = { step: 7, loss: 1.25, lossGap: 0.25, inSupportGap: 0.05, offSupportGap: 0.2, norm: 3 };
const facts: RunFacts = {
  status: "done",
  source: { name: "a.npz", kind: "npz", notes: ["One repeated context was merged."] },
  adapter,
  seed: 1,
  initial: "zero",
  stepSize: 0.5,
  stepSizeRule: "safe",
  optimizer: "gradient-descent",
  schedule: "constant",
  steps: 7,
  trainingMs: 1234,
  final: point,
  trace: [point],
};

describe("the run record", () => {
  test("names program, version, date and problem", () => {
    const before = Date.now();
    const record = runRecord(problem, facts);
    const date = Date.parse(record.date);
    expect(record.program).toMatch(/^next-token-bias \d+\.\d+\.\d+$/);
    expect(date).toBeGreaterThanOrEqual(before);
    expect(date).toBeLessThanOrEqual(Date.now());
    expect(record.problem).toEqual({
      contextCount: 3,
      vocabularySize: 5,
      embeddingDim: 2,
      supportEntries: 9,
      mergedCount: 0,
    });
    expect(record.entropy).toBe(problem.entropy);
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  });

  test("reads as lines", () => {
    expect(reportText(runRecord(problem, facts)).split("\n")).toEqual([
      "problem        a.npz (npz): 3 contexts, 5 words, embedding dimension 2, 9 support entries",
      "note           One repeated context was merged.",
      "adapter        v a (software adapter)",
      `entropy bound  ${formatFigure(problem.entropy)} nats`,
      "optimizer      gradient-descent",
      "step size      0.5 = 1/L",
      "steps          7 in 1.23 s, set-up included",
      "loss           1.25 nats",
      "loss gap       0.25 nats above the entropy bound (in support 0.05, off support 0.2)",
      "norm           3",
    ]);
  });

  test("has the constants of its optimiser, the paper's unless others were given", () => {
    const adam = runRecord(problem, { ...facts, optimizer: "adam", stepSizeRule: "given" });
    expect(adam).toMatchObject({ optimizer: "adam", schedule: "constant", betas: [0.9, 0.99], epsilon: 1e-8 });
    expect(reportText(adam)).toMatch(/^optimizer +adam \(β1, β2 = 0\.9, 0\.99; ε = 1e-8\)$/m);
    const momentum = runRecord(problem, { ...facts, optimizer: "momentum", momentum: 0.5 });
    expect(momentum.momentum).toBe(0.5);
    expect(momentum).not.toHaveProperty("betas");
    expect(reportText(momentum)).toMatch(/^optimizer +momentum \(β = 0\.5\)$/m);
  });

  test("says where figures are behind, a run diverged, and what was evaluated", () => {
    const lines = (change: Partial<RunFacts>): string => reportText(runRecord(problem, { ...facts, ...change }));
    expect(lines({ steps: 9, status: "cancelled" })).toContain("9 (cancelled) in 1.23 s, set-up included");
    expect(lines({ steps: 9 })).toMatch(/^norm +3 at step 7$/m);
    expect(lines({ status: "diverged", final: undefined })).toMatch(/^loss +lost: the step size is too large/m);
    expect(lines({ adapter: undefined })).toMatch(/^adapter +none$/m);
    expect(lines({ evaluated: { ...point, name: "w.npy", gradientNorm: 0.125 } })).toMatch(
      /^gap at w\.npy +0\.25 nats[\s\S]*^gradient norm there +0\.125$/m,
    );
    const distances = { alignment: 0.5, subspaceError: 2, alignmentPerp: NaN };
    expect(lines({ evaluated: { ...point, ...distances, name: "w.npy", gradientNorm: 0.125 } })).toMatch(
      /^gradient norm there +0\.125\ncos\(W, W_mm\) there +0\.5\n‖P_F\(W\) − W\*‖ there +2$/m,
    );
  });
});

/** The step, and the figures that have a column. */
const TRACE_WIDTH = 1 + FIGURES.filter(({ npzColumn }) => npzColumn !== undefined).length;

describe("the arrays are those of the headless command", () => {
  const trained = { trace: [point], stepSize: 0.5, decoder };
  const shapesOf = (bytes: Uint8Array, keys: string[]): (readonly number[] | undefined)[] => {
    const arrays = readNpz("arrays.npz", bytes, keys);
    expect(keys.every((key) => arrays.get(key)?.storedAs === "float64")).toBe(true);
    return keys.map((key) => arrays.get(key)?.shape);
  };

  test("of a run alone, and of a decoder from elsewhere", () => {
    const evaluated = { ...point, gaps: new Float32Array(6), gradient: decoder, projection: decoder };
    const bytes = packArrays(problem, { trained, evaluated });
    const keys = ["entropy", "gd_step", "gd_trace", "gd_decoder", "gap", "gradient", "projection"];
    expect(shapesOf(bytes, keys)).toEqual([[], [], [1, TRACE_WIDTH], [5, 2], [], [5, 2], [5, 2]]);
    const arrays = readNpz("arrays.npz", bytes, keys);
    expect([...arrays.get("gd_trace")!.data].slice(0, 6)).toEqual([7, 0.25, 3, NaN, NaN, NaN]);
    expect(arrays.get("gd_decoder")!.data).toEqual(decoder);
    expect([...arrays.get("gap")!.data]).toEqual([0.25]);
  });

  test("of its limits, in the references' order", () => {
    const towards = { ...point, subspaceError: 0.5, alignment: 0.75, alignmentPerp: 0.875 };
    const limits = { finite: finiteLimit, margin: marginLimit };
    const bytes = packArrays(problem, { trained: { ...trained, trace: [towards] }, limits });
    const keys = ["gd_trace", "log_odds_decoder", "log_odds_residual", "max_margin_decoder", "max_margin_dual"];
    expect(shapesOf(bytes, keys)).toEqual([[1, TRACE_WIDTH], [5, 2], [], [5, 2], [3, 5]]);
    expect([...readNpz("arrays.npz", bytes, keys).get("gd_trace")!.data].slice(0, 6)).toEqual([
      7, 0.25, 3, 0.5, 0.75, 0.875,
    ]);
  });

  test("of the proof that nothing separates, in the place of a decoder", () => {
    const bytes = packArrays(problem, { trained, limits: { margin: unseparable } });
    expect(shapesOf(bytes, ["nonseparable_certificate"])).toEqual([[3, 5]]);
    expect(() => shapesOf(bytes, ["max_margin_decoder"])).toThrow();
  });
});
