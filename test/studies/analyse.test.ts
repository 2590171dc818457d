import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FIGURES } from "../../src/figures/figures.ts";
import { cosine } from "../../src/float64/geometry.ts";
import { difference, norm as normOf } from "../../src/float64/vectors.ts";
import { visiblePart } from "../../src/float64/visible-part.ts";
import { writeNpy } from "../../src/formats/npy.ts";
import { writeNpz } from "../../src/formats/write-npz.ts";
import type { AnalyseOptions, AnalyseProgress, Analysis } from "../../src/index.ts";
import { describeEdge } from "../../src/results/step-sizes.ts";
import { finished } from "../../src/support/host-spells.ts";
import { analyseIn, arraysOf, reportLines } from "../support/analysis.ts";
import { requireClose, requireCloseInNorm, requireRelative } from "../support/compare.ts";
import { caseArray, caseBytes, caseNumber, caseProblem, caseTrace } from "../support/fixtures.ts";
import { Lab } from "../support/lab.ts";
import type { Meanwhile } from "./analyse.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const analyse = (name: string, content: Uint8Array | string, options?: AnalyseOptions): Promise<Analysis> =>
  analyseIn(lab, name, content, options);

const NUCLEAR_KEYS = ["nuclear_logits", "nuclear_value", "nuclear_dual", "nuclear_certificate"];

it.each(["plane", "mixed-supports", "clash", "support-clash"])("of %s has the solved case's figures", async (name) => {
  const probe = caseArray(name, "probe_decoder");
  const analysis = await analyse(`${name}.npz`, caseBytes(name), {
    limitsWithin: 3600,
    nuclear: true,
    record: [1, 10, 100, 1000],
    evaluate: { name: "W.npy", bytes: writeNpy(probe.data, probe.shape) },
  });
  expect(analysis.status).toBe("done");
  const isSeparable = caseNumber(name, "separable") === 1;
  const limitKeys = isSeparable ? ["max_margin_decoder", "max_margin_dual"] : ["nonseparable_certificate"];
  const keys = [
    "entropy",
    "gd_step",
    "gd_trace",
    "gap",
    "gradient",
    "projection",
    "log_odds_decoder",
    ...limitKeys,
    ...NUCLEAR_KEYS,
  ];
  const arrays = arraysOf(analysis, ...keys);
  const of = (key: string): Float64Array => arrays.get(key)!.data as Float64Array;
  requireClose("entropy", of("entropy"), caseArray(name, "entropy").data, 1e-12);
  requireRelative("gd_step", of("gd_step")[0]!, caseNumber(name, "gd_step"), 1e-8);
  requireRelative("gap", of("gap")[0]!, caseNumber(name, "probe_gap"), 1e-4);
  requireCloseInNorm("gradient", of("gradient"), caseArray(name, "probe_gradient").data, 1e-5);
  const trace = caseTrace(name).slice(0, 4);
  const width = 1 + FIGURES.filter(({ npzColumn }) => npzColumn !== undefined).length;
  expect(arrays.get("gd_trace")!.shape).toEqual([4, width]);
  trace.forEach(({ step, gap, norm, subspaceError, alignment, alignmentPerp }, i) => {
    const [stepFound, gapFound, normFound, ...towards] = of("gd_trace").slice(width * i, width * i + 6);
    expect(stepFound).toBe(step);
    requireRelative(`gap after ${step} steps`, gapFound!, gap, 1e-4);
    requireRelative(`norm after ${step} steps`, normFound!, norm, 1e-5);
    const expected = [subspaceError, alignment, alignmentPerp];
    if (isSeparable) requireClose(`limits after ${step} steps`, towards, expected, 1e-5 * (1 + norm));
    else expect(towards.slice(1)).toEqual([NaN, NaN]);
  });
  const close = (key: string, as: string): void => requireCloseInNorm(key, of(key), caseArray(name, as).data, 1e-5);
  close("projection", "probe_projection");
  const { alignment, subspaceError, loss } = analysis.result.evaluated!;
  requireRelative("loss there", loss, caseNumber(name, "entropy") + caseNumber(name, "probe_gap"), 1e-4);
  const distance = normOf(difference(caseArray(name, "probe_projection").data, of("log_odds_decoder")));
  requireRelative("distance from W* there", subspaceError!, distance, 1e-9);
  const part = finished(visiblePart(await caseProblem(name), probe.data));
  if (isSeparable) requireClose("cosine there", [alignment!], [cosine(part, of("max_margin_decoder"))], 1e-12);
  else expect(alignment).toBeUndefined();
  close("log_odds_decoder", "log_odds_decoder");
  if (isSeparable) close("max_margin_decoder", "max_margin_decoder");
  const [value, dual] = [of("nuclear_value")[0]!, of("nuclear_dual")[0]!];
  requireRelative("nuclear_value", value, caseNumber(name, "nuclear_value"), 1e-5);
  expect(dual).toBeGreaterThanOrEqual((1 - 1e-5) * value);
  requireCloseInNorm("nuclear_logits", of("nuclear_logits"), caseArray(name, "nuclear_logits").data, 1e-3);
  expect(arrays.get("nuclear_certificate")!.shape).toEqual(arrays.get("nuclear_logits")!.shape);
  expect(analysis.result.nuclear).toMatchObject({ status: "optimal-certified", lowerBound: dual, upperBound: value });
  expect(analysis.report).toMatch(/\nnuclear margin +‖L_mm‖_\* is between /);
  expect(analysis.report).toMatch(
    name === "mixed-supports" ? /is no solution: its norm is \S+ % to \S+ % larger/ : /is a solution itself/,
  );
  const { compatibility, margin, verdict, stepSizes } = analysis.result;
  requireRelative("1/L", 1 / stepSizes!.smoothness, caseNumber(name, "gd_step"), 1e-8);
  const { lower, upper } = stepSizes!.edge!;
  expect(lower * stepSizes!.smoothness).toBeGreaterThanOrEqual(2 - 1e-9);
  expect(reportLines(analysis).get("edge of stability")).toBe(describeEdge({ lower, upper }));
  const isCompatible = caseNumber(name, "compatible") === 1;
  expect(compatibility).toMatchObject({
    status: isCompatible ? "compatible" : "incompatible",
    rank: caseNumber(name, "subspace_rank"),
  });
  expect(margin!.status).toBe(isSeparable ? "optimal-certified" : "infeasible-certified");
  expect([verdict!.compatible.holds, verdict!.separable.holds]).toEqual(
    [isCompatible, isSeparable].map((holds) => (holds ? "yes" : "no")),
  );
});

it("holds the run and the ridge path against the lines of theory", async () => {
  const options = { steps: 10_000, record: [10, 1000, 10_000], ridge: [1e-6, 1e-8], limitsWithin: 3600 };
  const { result, report } = await analyse("plane.npz", caseBytes("plane"), options);
  const rows = new Map(result.predictions!.map((row) => [row.figure, row]));
  const figures = ["lossGap", "normGrowth", "marginProjection", "subspaceError", "pathLossGap", "pathScale"];
  expect([...rows.keys()]).toEqual(figures);
  const [gap, last] = [rows.get("lossGap")!, result.trace.at(-1)!];
  expect([gap.at, gap.measured]).toEqual([10_000, last.lossGap]);
  expect(gap.ratio).toBe(last.lossGap / gap.predicted!);
  expect(gap.line!.map(([step]) => step)).toEqual([10, 1000, 10_000]);
  expect(gap.line!.at(-1)![1]).toBe(gap.predicted);
  // ‖W_mm‖²/(ηk), and what float64 has of it at this step: 0.9495, 0.978; of the path 1.0000 in R
  requireRelative(
    "gap",
    gap.predicted!,
    (2 * caseNumber("plane", "max_margin_value")) / (1e4 * caseNumber("plane", "gd_step")),
    1e-5,
  );
  requireRelative("gap over its line", gap.ratio!, 0.9495, 1e-3);
  requireRelative("distance in F over its line", rows.get("subspaceError")!.ratio!, 0.9777, 1e-2);
  requireRelative("R", rows.get("pathScale")!.ratio!, 1, 1e-3);
  requireRelative("path gap", rows.get("pathLossGap")!.ratio!, 1, 1e-3);
  expect(report).toMatch(
    /\nlaw of CE − H +predicted 0\.00243\d+, measured 0\.00231\d+, ratio 0\.950, expected to hold from step \d+ on\n/,
  );
});

it("says why there is no line of theory", async () => {
  const { result, report } = await analyse("clash.npz", caseBytes("clash"), { steps: 10, limitsWithin: 3600 });
  expect(result.predictions!.every(({ predicted, reason }) => predicted === undefined && reason !== undefined)).toBe(
    true,
  );
  expect(report).toMatch(/\nno prediction +CE − H, .*: The laws are those of compatible problems/);
});

it("trains both factors too, towards L_mm", async () => {
  const options = {
    trainedEmbeddings: true,
    dimension: 4,
    ridge: [1e-2],
    steps: 3000,
    record: [1, 3000],
    limitsWithin: 0,
  };
  const analysis = await analyse("plane.npz", caseBytes("plane"), options);
  const { embeddings, nuclear, path } = analysis.result;
  expect(embeddings).toMatchObject({ status: "done", dimension: 4, ridge: 1e-2, decay: "coupled", steps: 3000 });
  expect([nuclear!.status, path]).toEqual(["optimal-certified", undefined]);
  const arrays = arraysOf(analysis, "trained_decoder", "trained_embeddings", "embedding_trace");
  expect(arrays.get("trained_decoder")!.shape).toEqual([5, 4]);
  expect(arrays.get("trained_embeddings")!.shape).toEqual([3, 4]);
  const row = arrays.get("embedding_trace")!.data.slice(arrays.get("embedding_trace")!.shape[1]) as Float64Array;
  const last = embeddings!.trace[1]!;
  expect([...row.slice(0, 4)]).toEqual([3000, last.lossGap, last.decoderNorm, last.embeddingNorm]);
  // at rest both factors are as long as each other
  requireRelative("‖W‖", last.decoderNorm, last.embeddingNorm, 1e-3);
  expect(last.alignmentCorrected).toBeGreaterThan(0.9);
  expect(embeddings!.float64Check).toMatchObject({ status: "agrees" });
  expect(analysis.report).toMatch(/\ntheir float64 check +agrees: loss gap /);
  expect(analysis.report).toMatch(/\ntheir theory +As λ → 0 .* A run at one λ tends to where that λ leaves it/);
  expect(analysis.report).toMatch(
    /\nboth factors +W and H of dimension 4 by gradient-descent, .* λ = 0.01, coupled, 3000 steps, /,
  );
  await expect(analyse("plane.npz", caseBytes("plane"), { ...options, ridge: [1e-1, 1e-2] })).rejects.toThrow(
    "ridge: expected one number for trained embeddings, found 2",
  );
  await expect(analyse("plane.npz", caseBytes("plane"), { dimension: 4 })).rejects.toThrow(
    "dimension: expected none without trained embeddings, found 4",
  );
});

it("starts trained embeddings at those of the file", async () => {
  const embeddings = caseArray("plane", "embeddings").data;
  const options = { trainedEmbeddings: true, fromEmbeddings: true, steps: 5, record: [0, 5], limitsWithin: 0 };
  const analysis = await analyse("plane.npz", caseBytes("plane"), options);
  const { embeddings: facts } = analysis.result;
  expect(facts).toMatchObject({ initial: "given", dimension: 2, steps: 5 });
  requireRelative("‖H‖ at the start", facts!.trace[0]!.embeddingNorm, Math.hypot(...embeddings), 1e-6);
  expect(reportLines(analysis).get("both factors")).toMatch(/^W and H of dimension 2 from the given H by /);
  const plain = { ...options, fromEmbeddings: false };
  const { embeddings: drawn } = (await analyse("plane.npz", caseBytes("plane"), plain)).result;
  expect(drawn).toMatchObject({ initial: "drawn", dimension: 5 });
  const refused = (others: AnalyseOptions): Promise<Analysis> => analyse("plane.npz", caseBytes("plane"), others);
  await expect(refused({ fromEmbeddings: true })).rejects.toThrow(
    "fromEmbeddings: expected none without trained embeddings",
  );
  await expect(refused({ ...options, dimension: 4 })).rejects.toThrow(
    "dimension: expected 2, that of the problem's embeddings, which the run starts from, found 4",
  );
});

it("opens a GPU that holds what both factors need, where that is more", async () => {
  const contexts = Array.from({ length: 30 }, (_, j) => ({ embedding: [1 + j], next: [[j, 1]] }));
  const file = new TextEncoder().encode(JSON.stringify({ format: "ntp-dataset@1", vocabulary: 500, contexts }));
  const asked = (options: AnalyseOptions): Promise<unknown> =>
    lab.call("/test/studies/analyse.page.ts", "limitsAskedFor", "many.json", file, options);
  expect(await asked({ trainedEmbeddings: false })).toEqual({});
  // 500 words and 30 contexts, padded, of 65,536 float32 each
  const bytes = 4 * (512 + 32) * 65_536;
  expect(await asked({ trainedEmbeddings: true, dimension: 65_536 })).toEqual({
    maxStorageBufferBindingSize: bytes,
  });
});

it("smooths the probabilities first, and holds both factors against the problem before", async () => {
  const smoothing = 1e-3;
  const options = { smoothing, trainedEmbeddings: true, steps: 20_000, stepSize: 1, record: [20_000] };
  const analysis = await analyse("plane.npz", caseBytes("plane"), options);
  const { source, entropy, problem, verdict, embeddings, nuclear } = analysis.result;
  expect(analysis.report).not.toMatch(/NaN|Infinity/);
  expect(analysis.result.smoothing).toBe(smoothing);
  expect(source.notes).toEqual([
    expect.stringMatching(/^\d+ arrays left unread: /),
    "Probabilities smoothed by ε = 0.001: every word follows every context.",
  ]);
  const [given, offsets] = [caseArray("plane", "probabilities").data, caseArray("plane", "offsets").data];
  const rows = [0, 1, 2].map((j) => [...given.subarray(offsets[j], offsets[j + 1])]);
  const smooth = (p: number): number => (1 - smoothing) * p + smoothing / 5;
  const shares = rows.flatMap((row) => [0, 1, 2, 3, 4].map((k) => smooth(row[k] ?? 0)));
  requireRelative(
    "entropy",
    entropy,
    shares.reduce((sum, p) => sum - (p * Math.log(p)) / 3, 0),
    1e-12,
  );
  expect(problem.supportEntries).toBe(15);
  expect(verdict!.separable.because).toMatch(/^every word follows every context/);
  expect(nuclear!.distinctSupports).toBe(3);
  const last = embeddings!.trace.at(-1)!;
  expect(last.lossGap).toBeLessThan(1e-4);
  expect(last.proxyAlignment).toBeGreaterThan(0.99);
  const said = reportLines(analysis);
  expect(said.get("smoothing")).toBe("ε = 0.001; L_in, L_mm and S̃ below are of the problem before smoothing");
  await expect(analyse("plane.npz", caseBytes("plane"), { smoothing: 1 })).rejects.toThrow(
    "smoothing: expected a number above 0 and below 1, found 1",
  );
});

it("says of probabilities that were stored as float32 what those can tell", async () => {
  // contexts h, 2h, −h with h = 1 and the logits 0.3, −0.8, 1.1 of it
  const embeddings = [1, 2, -1];
  const probabilities = embeddings.flatMap((h) => {
    const parts = [0.3, -0.8, 1.1].map((logit) => Math.exp(logit * h));
    return parts.map((part) => part / parts.reduce((sum, other) => sum + other, 0));
  });
  const problem = writeNpz({
    embeddings: { data: Float64Array.from(embeddings), shape: [3, 1] },
    offsets: { data: Int32Array.of(0, 3, 6, 9), shape: [4] },
    tokens: { data: Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1, 2), shape: [9] },
    probabilities: { data: Float32Array.from(probabilities), shape: [9] },
    vocabulary: { data: Int32Array.of(3), shape: [] },
  });
  const { verdict } = (await analyse("float32.npz", problem, { steps: 20 })).result;
  expect(verdict!.compatible.holds).toBe("yes");
  expect(verdict!.compatible.because).toMatch(/, as far as float32 probabilities can tell$/);
});

it("finds the regularization path, and runs another optimiser", async () => {
  const { data, shape } = caseArray("plane", "ridge_path");
  const lambdas = Array.from({ length: shape[0]! }, (_, i) => data[5 * i]!);
  const analysis = await analyse("plane.npz", caseBytes("plane"), {
    ridge: lambdas,
    optimizer: "adam",
    betas: [0.8, 0.99],
    schedule: "inverse-sqrt",
    steps: 20,
  });
  const arrays = arraysOf(analysis, "ridge_path", "ridge_decoders");
  expect(arrays.get("ridge_path")!.shape).toEqual([lambdas.length, 5]);
  const found = arrays.get("ridge_path")!.data as Float64Array;
  lambdas.forEach((lambda, i) => {
    expect(found[5 * i]).toBe(lambda);
    requireRelative(`norm at ${lambda}`, found[5 * i + 1]!, data[5 * i + 1]!, 1e-5);
    requireRelative(`gap at ${lambda}`, found[5 * i + 2]!, data[5 * i + 2]!, 1e-5);
    requireClose(`cosine at ${lambda}`, [found[5 * i + 3]!], [data[5 * i + 3]!], 1e-5);
  });
  const decoders = caseArray("plane", "ridge_decoders");
  expect(arrays.get("ridge_decoders")!.shape).toEqual(decoders.shape);
  requireCloseInNorm("decoders", arrays.get("ridge_decoders")!.data as Float64Array, decoders.data, 1e-5);
  expect(analysis.result).toMatchObject({ optimizer: "adam", betas: [0.8, 0.99], epsilon: 1e-8, stepSize: 0.01 });
});

it("goes without the limits that are not found in time", async () => {
  const said = reportLines(await analyse("plane.npz", caseBytes("plane"), { steps: 5, limitsWithin: 0 }));
  expect(said.get("compatible")).toBe("undecided: The search for W* and W_mm was ended after 0 seconds.");
  expect(said.has("loss gap")).toBe(true);
});

it("goes without a margin where every context is followed by every word", async () => {
  const full = [
    [0, 0.75],
    [1, 0.25],
  ];
  const contexts = [
    { embedding: [1, 0], next: full },
    { embedding: [0, 1], next: full },
  ];
  const file = JSON.stringify({ format: "ntp-dataset@1", vocabulary: 2, contexts });
  const said = reportLines(await analyse("full.json", file, { steps: 5 }));
  expect(said.get("separable")).toMatch(/^yes: every word follows every context/);
  expect(said.get("finite minimiser")).toMatch(/^yes: /);
  expect(said.get("theory")).toMatch(/W tends to W\*\./);
});

describe("trains while the limits are searched for", () => {
  type Held = { events: AnalyseProgress[]; analysis?: Analysis; error?: string };
  const holdSearch = (meanwhile: Meanwhile, steps: number): Promise<Held> =>
    lab.call("/test/studies/analyse.page.ts", "holdSearch", "plane.npz", caseBytes("plane"), { steps }, meanwhile);

  it("and has all its steps while that is held back, then the figures of an analysis at other times", async () => {
    const { events, analysis } = await holdSearch("the run ends", 3000);
    const phases = events.map(({ phase }) => phase).filter((phase, i, all) => phase !== all[i - 1]);
    expect(phases).toEqual(["reading", "training", "limits", "checking"]);
    expect(events.filter(({ beside }) => beside)).toEqual([]);
    const { trace, verdict } = (await analyse("plane.npz", caseBytes("plane"), { steps: 3000 })).result;
    expect(analysis!.result.trace).toStrictEqual(trace);
    expect(analysis!.result.verdict).toStrictEqual(verdict);
    expect(trace.every(({ alignment }) => alignment !== undefined)).toBe(true);
  });

  it("and keeps what there is when it is cancelled then", async () => {
    const { analysis } = await holdSearch("cancelled", 3000);
    expect(analysis!.status).toBe("cancelled");
    expect(analysis!.result).toMatchObject({ status: "cancelled", steps: 3000 });
    expect(analysis!.result.trace.at(-1)!.step).toBe(3000);
    expect(analysis!.report).toMatch(/\nsteps +3000 \(cancelled\) in /);
  });

  it.each<[Meanwhile, RegExp]>([
    ["the search fails", /not to be compiled/],
    ["the run fails", /^no more steps$/],
  ])("and fails as soon as %s", async (meanwhile, message) => {
    expect((await holdSearch(meanwhile, 1e9)).error).toMatch(message);
  });

  it("and says of each how far the other is", async () => {
    const last = (await holdSearch("both go on", 1e9)).events.at(-1)!;
    expect([last.phase, last.beside?.phase].sort()).toEqual(["limits", "training"]);
  });
});

describe("refuses, naming the file", () => {
  const plane = caseBytes("plane");
  it.each<[string, name: string, content: Uint8Array | string, options: AnalyseOptions, message: RegExp]>([
    ["a decoder that is none", "p.npz", plane, { evaluate: { name: "plane.npz", bytes: plane } }, /^plane\.npz: /],
    [
      "a decoder too large for float32",
      "plane.npz",
      plane,
      { evaluate: { name: "huge.npy", bytes: writeNpy(new Float64Array(10).fill(1e30), [5, 2]) } },
      /^huge\.npy: decoder: expected finite numbers below 1e18 in size, found \S+ at row 0, column 0$/,
    ],
    [
      "embeddings that are all zero",
      "zero.json",
      JSON.stringify({ format: "ntp-dataset@1", vocabulary: 2, contexts: [{ next: [[0, 1]], embedding: [0] }] }),
      {},
      /^zero\.json: embeddings: expected some to differ from zero, found none/,
    ],
    ["an empty text", "empty.txt", "", {}, /^empty\.txt: /],
    ["a text of one word", "word.txt", "word", {}, /^word\.txt: /],
    ["half an npz", "half.npz", plane.subarray(0, 4000), {}, /^half\.npz: /],
    ["JSON that is none", "bad.json", '{ "format": ', {}, /^bad\.json: /],
    ["an impossible problem", "p.json", '{ "format": "ntp-dataset@1" }', {}, /^p\.json: /],
  ])("%s", async (_, name, content, options, message) => {
    await expect(analyse(name, content, options)).rejects.toMatchObject({
      code: "FILE",
      message: expect.stringMatching(message) as string,
    });
  });
});
