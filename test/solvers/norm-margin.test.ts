import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createProblem,
  DECODER_NORMS,
  type NormMargin,
  type NormMarginOptions,
  type ProblemInput,
  type TrainResult,
} from "../../src/index.ts";
import { caseBytes } from "../support/fixtures.ts";
import { Lab } from "../support/lab.ts";
import { decoderFigures } from "../support/margin.ts";
import { normOf } from "../support/norms.ts";
import { PLANE, PLANE_NORMS } from "../support/plane.ts";

const PAGE = "/test/solvers/norm-margin.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const solve = (given: Uint8Array | ProblemInput, options: NormMarginOptions): Promise<NormMargin> =>
  lab.call(PAGE, "solve", given, options);

test.each(DECODER_NORMS)("the plane's least %s norm", async (norm) => {
  const found = await solve(PLANE, { norm, gapTolerance: 1e-7 });
  expect(found.status).toBe("optimal-certified");
  expect(found.relativeGap).toBeLessThanOrEqual(1e-7);
  expect(Math.abs(found.upperBound - PLANE_NORMS[norm])).toBeLessThanOrEqual(1e-6);
  expect(found.margin).toBe(1 / found.upperBound);
});

test("a run held against the best margins has its own in every norm", async () => {
  const { trace, decoder } = await lab.call<TrainResult>(PAGE, "trainTowards", PLANE);
  const last = trace.at(-1)!;
  for (const [norm, margin, share] of [
    ["frobenius", "margin", "relativeMargin"],
    ["max", "marginMax", "relativeMarginMax"],
    ["spectral", "marginSpectral", "relativeMarginSpectral"],
  ] as const) {
    const expected = decoderFigures(createProblem(PLANE), decoder).margin / normOf(norm, decoder, 2);
    expect(Math.abs(last[margin]! / expected - 1)).toBeLessThanOrEqual(1e-9);
    const error = last.limitErrors![share]!;
    expect(error).toBeLessThanOrEqual(1e-5);
    expect(Math.abs(last[share]! - expected * PLANE_NORMS[norm])).toBeLessThanOrEqual(error + 1e-7);
  }
});

test("what is not separable is so in every norm", async () => {
  const found = await solve(caseBytes("narrow-nonseparable"), { norm: "max" });
  expect(found.status).toBe("infeasible-certified");
  expect([found.lowerBound, found.margin, found.relativeGap]).toEqual([Infinity, 0, 1]);
  expect(found.nonseparable).toBeDefined();
});

test("a search that ends early has bounds that hold, and one that is wrongly asked for does not begin", async () => {
  const aborted = await lab.call<NormMargin>(PAGE, "solveAborted", PLANE);
  const short = await solve(PLANE, { norm: "max", gapTolerance: 1e-12, maxIterations: 5 });
  expect([aborted.status, short.status, short.iterations]).toEqual(["cancelled", "max-iterations", 5]);
  for (const { lowerBound, upperBound } of [aborted, short]) {
    expect(lowerBound).toBeGreaterThan(0);
    expect(lowerBound).toBeLessThanOrEqual(PLANE_NORMS.max);
    expect(upperBound).toBeGreaterThanOrEqual(PLANE_NORMS.max);
  }
  await expect(solve(PLANE, { norm: "nuclear" as "max" })).rejects.toThrow('norm: expected "frobenius" or "max"');
});
