import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LogOdds, Projection } from "../../src/index.ts";
import { createProblem, type ProbabilityType, type Problem, type ProblemInput } from "../../src/problem/problem.ts";
import { DataSubspace } from "../../src/float64/data-subspace.ts";
import { norm } from "../../src/float64/vectors.ts";
import { innerProduct } from "../../src/reference/inner-product.ts";
import { readProblem } from "../../src/formats/problem-file.ts";
import { requireClose, requireCloseInNorm, requireRelative, requireSameBits } from "../support/compare.ts";
import { denseOperator, solveDense } from "../support/dense.ts";
import { normals } from "../support/draw.ts";
import { caseArray, caseBytes, caseNumber, CASES } from "../support/fixtures.ts";
import { Lab } from "../support/lab.ts";
import { drawInput, roundTo, type Drawing } from "../support/problems.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const call = <T>(name: string, ...args: unknown[]): Promise<T> =>
  lab.call<T>("/test/solvers/log-odds.page.ts", name, ...args);

/**
 * Refinement ends with residuals at the rounding of float64, some 1e-14 relative; the condition numbers of the solved cases
 * are below 75. What remains is their own residuals, up to 1.4e-13.
 */
const CLOSE = 1e-11;

describe.each(CASES)("%s", (name) => {
  const expected = caseArray(name, "log_odds_decoder").data;
  const isZero = norm(expected) === 0;

  test("W*, its residual, the status and the rank are those of the solved case", async () => {
    const found = await call<LogOdds>("solve", caseBytes(name));
    expect(found.adapter.label).not.toBe("");
    if (isZero) requireClose("decoder", found.decoder, expected, 0);
    else requireCloseInNorm("decoder", found.decoder, expected, CLOSE);
    const isCompatible = caseNumber(name, "compatible") === 1;
    expect(found.status).toBe(isCompatible ? "compatible" : "incompatible");
    if (isCompatible) requireClose("residual", [found.residual], [0], CLOSE);
    else requireRelative("residual", found.residual, caseNumber(name, "log_odds_residual"), CLOSE);
    expect(found.rank).toMatchObject({ status: "determined", rank: caseNumber(name, "subspace_rank") });
    expect(found.certificate === undefined).toBe(isCompatible);
    // a bound on the norm of any solution holds for this one
    if (isCompatible) expect(found.leastSolutionNorm).toBeLessThanOrEqual(norm(found.decoder) * (1 + CLOSE));
    if (found.certificate) await requireCertificate(found, name);
  });

  // the second point costs seconds in these two
  const points = ["medium", "narrow-nonseparable"].includes(name) ? ["probe"] : ["probe", "far"];
  test.each(points)("the projection of the %s decoder", async (point) => {
    const decoder = caseArray(name, `${point}_decoder`).data;
    const { inSpan, offSpan, residual } = await call<Projection>("split", caseBytes(name), decoder);
    const allowed = CLOSE * norm(decoder);
    requireCloseTo("P_F(W)", inSpan, caseArray(name, `${point}_projection`).data, allowed);
    requireCloseTo(
      "parts",
      inSpan.map((value, i) => value + offSpan[i]!),
      decoder,
      1e-15 * norm(decoder),
    );
    requireClose("⟨parts⟩", [innerProduct(inSpan, offSpan)], [0], allowed * norm(decoder));
    requireClose("residual", [residual], [0], CLOSE);
    const subspace = new DataSubspace(await problemOf(name));
    expect(norm(subspace.apply(offSpan))).toBeLessThanOrEqual(allowed * Math.max(subspace.operatorNorm, 1));
  });
});

/** Aᵀr = 0 and ⟨r, b⟩ > 0, with the matrix written out; and what the bound on solutions says follows from them. */
async function requireCertificate({ certificate, leastSolutionNorm, decoder }: LogOdds, name: string): Promise<void> {
  const problem = await problemOf(name);
  const b = new DataSubspace(problem).logOdds();
  const dense = denseOperator(problem);
  const image = dense[0]!.map((_, i) => dense.reduce((sum, row, k) => sum + row[i]! * certificate![k]!, 0));
  const product = innerProduct(certificate!, b);
  const size = Math.sqrt(dense.reduce((sum, row) => sum + innerProduct(row, row), 0));
  expect(norm(image)).toBeLessThanOrEqual(1e-14 * size * norm(certificate!));
  expect(product).toBeGreaterThan(1e-3 * norm(certificate!) * norm(b));
  expect(leastSolutionNorm).toBeGreaterThan(1e10 * norm(decoder));
  expect(leastSolutionNorm).toBeLessThanOrEqual(product / norm(image));
}

/** ‖actual − expected‖ ≤ allowed: like requireCloseInNorm, where the expectation may be zero. */
function requireCloseTo(what: string, actual: Float64Array, expected: Float64Array, allowed: number): void {
  requireClose(`length of ${what}`, [actual.length], [expected.length], 0);
  requireClose(what, [norm(actual.map((value, i) => value - expected[i]!))], [0], allowed);
}

async function problemOf(name: string): Promise<Problem> {
  const file = new File([caseBytes(name) as Uint8Array<ArrayBuffer>], `${name}.npz`);
  return (await readProblem(file)).problem;
}

test.each(["wide", "underparameterized"])("the projection of %s is idempotent", async (name) => {
  const decoder = caseArray(name, "probe_decoder").data;
  const allowed = CLOSE * norm(decoder);
  const once = await call<Projection>("split", caseBytes(name), decoder);
  expect(norm(once.inSpan)).toBeGreaterThan(0.1 * norm(decoder));
  expect(norm(once.offSpan)).toBeGreaterThan(0.1 * norm(decoder));
  const twice = await call<Projection>("split", caseBytes(name), once.inSpan);
  requireCloseTo("P_F(P_F(W))", twice.inSpan, once.inSpan, allowed);
  const rest = await call<Projection>("split", caseBytes(name), once.offSpan);
  requireCloseTo("P_F(W − P_F(W))", rest.inSpan, new Float64Array(decoder.length), allowed);
  // W* lies in F
  const { decoder: solution } = await call<LogOdds>("solve", caseBytes(name));
  const split = await call<Projection>("split", caseBytes(name), solution);
  requireCloseTo("P_F(W*)", split.inSpan, solution, CLOSE * norm(solution));
});

const DIM = 12;
const DRAWN: Drawing = { contexts: 9, dim: DIM, words: 7, support: [1, 5], seed: 1 };
const TWINS: Drawing = { ...DRAWN, support: [3, 5] };
const scaled =
  (factor: (j: number) => number, dim = DIM) =>
  (h: Float64Array): void =>
    h.forEach((x, i) => (h[i] = x * factor(Math.floor(i / dim))));
/** Context 1 becomes context 0, but for `part` of itself. */
const nearTwin =
  (part: number) =>
  (h: Float64Array): void => {
    for (let i = 0; i < DIM; i++) h[DIM + i] = h[i]! + part * h[DIM + i]!;
  };

describe("drawn problems against a dense solve in float64", () => {
  test.each<[string, Drawing, LogOdds["status"]]>([
    ["independent contexts", DRAWN, "compatible"],
    ["fewer dimensions than contexts", { ...DRAWN, dim: 5, seed: 3 }, "compatible"],
    ["too few dimensions", { ...DRAWN, dim: 3, seed: 2 }, "incompatible"],
    ["one dimension", { ...DRAWN, dim: 1, seed: 4 }, "incompatible"],
    ["embeddings of 1e12", { ...DRAWN, change: scaled(() => 1e12) }, "compatible"],
    ["embeddings of 1e-12", { ...DRAWN, change: scaled(() => 1e-12) }, "compatible"],
    ["norms from 1e-4 to 1e4", { ...DRAWN, change: scaled((j) => 10 ** (j - 4)) }, "compatible"],
    [
      "norms from 0.1 to 10, incompatible",
      { ...DRAWN, dim: 3, seed: 2, change: scaled((j) => 10 ** ((j - 4) / 4), 3) },
      "incompatible",
    ],
    ["two contexts that differ by 1e-2", { ...TWINS, change: nearTwin(1e-2) }, "compatible"],
    ["two contexts that differ by 1e-3", { ...TWINS, change: nearTwin(1e-3) }, "compatible"],
    [
      "too few dimensions, embeddings of 1e12",
      { ...DRAWN, dim: 3, seed: 2, change: scaled(() => 1e12) },
      "incompatible",
    ],
    ["two contexts that differ by 1e-4", { ...TWINS, change: nearTwin(1e-4) }, "compatible"],
    ["two contexts of one embedding", { ...TWINS, change: nearTwin(0) }, "incompatible"],
    ["all words in every support", { ...DRAWN, support: [7, 7] }, "compatible"],
    ["one context, two words", { ...DRAWN, contexts: 1, words: 2, support: [2, 2] }, "compatible"],
  ])("%s", async (_, drawing, status) => {
    const input = drawInput(drawing);
    const problem = createProblem(input);
    const b = new DataSubspace(problem).logOdds();
    const { solution, singularValues } = solveDense(denseOperator(problem), b);
    const inRange = singularValues.filter((size) => size > 1e-11 * singularValues[0]!);
    const found = await call<LogOdds>("solve", input);
    expect(found.status).toBe(status);
    // the dense solve errs by its condition number times some tens of units
    const condition = inRange[0]! / inRange.at(-1)!;
    requireCloseInNorm("decoder", found.decoder, solution, 1e-14 * (10 + condition));
    expect(found.rank.rank).toBe(inRange.length);
  });
});

test("what float32 cannot resolve is decided in float64, with a bound on its error", async () => {
  // contexts 0 and 1 agree to 1e-6 and their distributions do not: a solution exists, of norm 1e5
  const input = drawInput({ ...TWINS, change: nearTwin(1e-6) });
  const problem = createProblem(input);
  const { solution } = solveDense(denseOperator(problem), new DataSubspace(problem).logOdds());
  const found = await call<LogOdds>("solve", input);
  expect(found.status).toBe("compatible");
  expect(found.certificate).toBeUndefined();
  // the dense solution has the same condition number, 1e6 or so
  const allowed = 1e-8 * norm(solution);
  expect(norm(found.decoder.map((w, i) => w - solution[i]!))).toBeLessThanOrEqual(found.decoderError! + allowed);
  expect(found.decoderError!).toBeLessThan(1e-6 * norm(solution));
  expect(found.leastSolutionNorm).toBeLessThanOrEqual(norm(solution) + allowed);
});

test("embeddings that differ by 1e-5 have a W* whose error bound covers the truth", async () => {
  // w_0 − w_1 = (log ½, log 3, 0): along (1, 0, 0) and (1, 0, 1e-5) it is log ½, along (0, 1, 1) log 3
  const found = await call<LogOdds>("solve", {
    vocabularySize: 3,
    embeddingDim: 3,
    embeddings: [...[1, 0, 0], ...[1, 0, 1e-5], ...[0, 1, 1]],
    offsets: [0, 2, 4, 6],
    tokens: [0, 1, 0, 1, 0, 1],
    probabilities: [1 / 3, 2 / 3, 1 / 3, 2 / 3, 3 / 4, 1 / 4],
    contextLabels: ["a", "b", "c"],
  });
  expect(found.status).toBe("compatible");
  const half = [-Math.log(2) / 2, Math.log(3) / 2, 0];
  const truth = [...half, ...half.map((w) => -w), 0, 0, 0];
  requireRelative("‖W*‖", norm(truth), 0.918532, 1e-6);
  const off = norm(truth.map((w, i) => w - found.decoder[i]!));
  expect(off).toBeLessThanOrEqual(found.decoderError!);
  // what rounds log p, over the smallest singular value of 1e-5 / √2
  expect(found.decoderError!).toBeLessThan(1e-9);
});

test("norms from 1e-4 to 1e4 do not keep an incompatible problem from being known as one", async () => {
  const input = drawInput({ ...DRAWN, dim: 3, change: scaled((j) => 10 ** (j - 4), 3) });
  const problem = createProblem(input);
  const found = await call<LogOdds>("solve", input);
  expect(found.status).toBe("incompatible");
  const dense = denseOperator(problem);
  const image = dense[0]!.map((_, i) => dense.reduce((sum, row, k) => sum + row[i]! * found.certificate![k]!, 0));
  const product = innerProduct(found.certificate!, new DataSubspace(problem).logOdds());
  expect(found.leastSolutionNorm).toBeGreaterThan(1e10);
  expect(found.leastSolutionNorm).toBeLessThanOrEqual(product / norm(image));
});

// log-odds of 1e-9, of which rounding the probabilities takes some 1e-7
test("log-odds that a decoder has are compatible, however nearly equal the probabilities are", async () => {
  const embeddings = [1, 2, -0.3, 0.7];
  const contextLabels = embeddings.map(String);
  const probabilities = embeddings.flatMap((h) => [1, -1].map((sign) => 1 / (1 + Math.exp(-2e-9 * sign * h))));
  const found = await call<LogOdds>("solve", {
    vocabularySize: 2,
    embeddingDim: 1,
    embeddings,
    offsets: [0, 2, 4, 6, 8],
    tokens: [0, 1, 0, 1, 0, 1, 0, 1],
    probabilities,
    contextLabels,
  });
  expect(found.status).toBe("compatible");
  expect(found.certificate).toBeUndefined();
  requireCloseInNorm("decoder", found.decoder, [1e-9, -1e-9], 1e-6);
});

describe.each<ProbabilityType>(["float64", "float32", "float16"])(
  "probabilities of a decoder, stored as %s",
  (type) => {
    /** softmax(W h_j) over all words, the first probability of context 0 times `off`, each rounded to the type. */
    function stored(decoder: Float32Array, embeddings: Float32Array, dim: number, off = 1): ProblemInput {
      const [words, contexts] = [decoder.length / dim, embeddings.length / dim];
      const row = (matrix: Float32Array, i: number): Float32Array => matrix.subarray(i * dim, (i + 1) * dim);
      const probabilities = Array.from({ length: contexts }, (_, j) => {
        const parts = Array.from({ length: words }, (_, z) =>
          Math.exp(innerProduct(row(decoder, z), row(embeddings, j))),
        );
        if (j === 0) parts[0]! *= off;
        const total = parts.reduce((sum, part) => sum + part, 0);
        return parts.map((part) => roundTo(type, part / total));
      });
      return {
        vocabularySize: words,
        embeddingDim: dim,
        embeddings,
        offsets: probabilities.map((_, j) => j * words).concat(words * contexts),
        tokens: probabilities.flatMap((parts) => parts.map((_, z) => z)),
        probabilities: probabilities.flat(),
        probabilityType: type,
        sumTolerance: 2 ** -11,
        contextLabels: probabilities.map((_, j) => `context ${j}`),
      };
    }
    const unit = { float64: 2 ** -53, float32: 2 ** -24, float16: 2 ** -11 }[type];
    const [line, random] = [
      (off?: number): ProblemInput => stored(Float32Array.of(0.3, -0.8, 1.1), Float32Array.of(1, 2, -1), 1, off),
      (off?: number): ProblemInput => stored(normals(3, 5 * 3), normals(4, 12 * 3), 3, off),
    ];

    test.each([
      ["h, 2h, −h", line],
      ["twelve contexts in three dimensions", random],
    ])("%s: compatible, with a residual of that rounding", async (_, draw) => {
      const found = await call<LogOdds>("solve", draw());
      expect(found.status).toBe("compatible");
      expect(found.certificate).toBeUndefined();
      expect(found.residual).toBeLessThan(20 * unit);
      // the rounding shows, and float64 would not explain it
      if (type !== "float64") expect(found.residual).toBeGreaterThan(unit / 100);
    });

    // 1 % is ten times what float16 rounds of an entry, 2 · 2^-11 at most, and float32 far less
    test.each([
      ["h, 2h, −h", line],
      ["twelve contexts in three dimensions", random],
    ])("%s: incompatible once one probability is off by a hundredth", async (_, draw) => {
      const input = draw(1.01);
      const found = await call<LogOdds>("solve", input);
      expect(found.status).toBe("incompatible");
      // whatever numbers the type may have rounded, ⟨r, b⟩ stays above zero
      const subspace = new DataSubspace(createProblem(input));
      const least = innerProduct(found.certificate!.map(Math.abs), subspace.logOddsRounding());
      expect(innerProduct(found.certificate!, subspace.logOdds())).toBeGreaterThan(least);
    });
  },
);

test("wide rounding of one context does not hide what others contradict", async () => {
  // context 0 has a word at the least number of float16, whose logarithm errs by log 2; contexts 1 and 2 share an embedding
  const found = await call<LogOdds>("solve", {
    vocabularySize: 3,
    embeddingDim: 2,
    embeddings: [1, 0, 0, 1, 0, 1],
    offsets: [0, 3, 6, 9],
    tokens: [0, 1, 2, 0, 1, 2, 0, 1, 2],
    probabilities: [2 ** -24, 0.5, 0.5, 0.25, 0.25, 0.5, 0.2525, 0.2475, 0.5].map((p) => roundTo("float16", p)),
    probabilityType: "float16",
    sumTolerance: 2 ** -11,
    contextLabels: ["wide", "first", "second"],
  });
  expect(found.status).toBe("incompatible");
});

const plain = (embeddings: number[], probabilities: number[]): ProblemInput => ({
  vocabularySize: 3,
  embeddingDim: 2,
  embeddings,
  offsets: [0, 2, 4],
  tokens: [0, 1, 0, 1],
  probabilities,
  contextLabels: ["first", "second"],
});

describe("systems without work for the GPU", () => {
  test.each<[string, ProblemInput, Partial<LogOdds>]>([
    ["log-odds of zero", plain([1, 2, 3, 4], [0.5, 0.5, 0.5, 0.5]), { status: "compatible", residual: 0 }],
    [
      "embeddings of zero",
      plain([0, 0, 0, 0], [0.25, 0.75, 0.5, 0.5]),
      { status: "incompatible", residual: 1, leastSolutionNorm: Infinity },
    ],
    ["log-odds that cancel", plain([1, 2, 1, 2], [0.25, 0.75, 0.75, 0.25]), { status: "incompatible", residual: 1 }],
  ])("%s", async (_, input, expected) => {
    const found = await call<LogOdds>("solve", input);
    expect(found).toMatchObject({ ...expected, iterations: 0, refinements: 0 });
    requireClose("decoder", found.decoder, new Float64Array(6), 0);
  });
});

test("a solve repeats bit for bit, whatever its submissions hold", async () => {
  const [first, second] = [
    await call<LogOdds>("solve", caseBytes("plane")),
    await call<LogOdds>("solve", caseBytes("plane")),
  ];
  requireSameBits("decoder", first.decoder, second.decoder);
  expect(second.iterations).toBe(first.iterations);
});

test("progress counts up and ends near zero, and everything on the device is given back", async () => {
  const { seen, alive } = await call<{
    seen: { iterations: number; refinements: number; residual: number }[];
    alive: number;
  }>("watch", caseBytes("wide"));
  expect(seen.length).toBeGreaterThan(5);
  seen.slice(1).forEach((now, i) => expect(now.iterations).toBeGreaterThanOrEqual(seen[i]!.iterations));
  expect(seen[0]!.residual).toBe(1);
  expect(seen.at(-1)!.residual).toBeLessThan(CLOSE);
  expect(alive).toBe(0);
});

describe("a solve can be stopped", () => {
  test("before it begins", async () => {
    const nothing = { status: "cancelled", residual: 1, largest: 0, calls: 0 };
    expect(await call("stopped", caseBytes("plane"), 0)).toEqual(nothing);
    expect(await call("stopped", caseBytes("plane"), 0, "project")).toEqual(nothing);
  });
  test("between two submissions", async () => {
    const found = await call<{ residual: number }>("stopped", caseBytes("narrow-nonseparable"), 3);
    expect(found).toMatchObject({ status: "cancelled", calls: 3 });
    expect(found.residual).toBeLessThanOrEqual(1);
  });
  test("by a device that is closed", async () => {
    expect(await call("lose", caseBytes("narrow-nonseparable"))).toBe("DEVICE_LOST");
  });
});

describe("what is wrong is refused", () => {
  test.each([
    ["solve", [{ tolerance: 1 }], /^tolerance: no such option/],
    ["split", [new Float64Array(9), {}], /^decoder: expected 5 × 2 = 10 values, found 9/],
    ["split", [new Float64Array(10).fill(NaN), {}], /^decoder: expected finite numbers, found NaN at row 0, column 0/],
    ["split", [new Float64Array(10), { steps: 1 }], /^steps: no such option/],
  ])("%s %#", async (name, args, message) => {
    await expect(call(name, caseBytes("plane"), ...args)).rejects.toThrow(message);
  });
});
