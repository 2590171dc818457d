import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Problem } from "../../src/problem/problem.ts";
import { referenceLoss } from "../../src/float64/loss.ts";
import type { RidgePathOptions, RidgePoint } from "../../src/index.ts";
import { requireClose, requireCloseInNorm, requireRelative, requireSameBits } from "../support/compare.ts";
import { caseArray, caseBytes, caseNumber, caseProblem } from "../support/fixtures.ts";
import { Lab } from "../support/lab.ts";
import type { Watched } from "./ridge-path.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const solve = (name: string, options: RidgePathOptions = {}, ...abortAfter: number[]): Promise<Watched> =>
  lab.call<Watched>("/test/solvers/ridge-path.page.ts", "solve", caseBytes(name), options, ...abortAfter);

/** A point of the path as it was solved by other means, in float64. */
interface Solved {
  readonly lambda: number;
  readonly norm: number;
  readonly gap: number;
  readonly alignment: number;
  /** What its own gradient says of its error: ‖∇f‖ / λ. */
  readonly errorBound: number;
  readonly decoder: Float64Array;
}

function solvedPath(name: string, count: number): Solved[] {
  const { data: rows, shape } = caseArray(name, "ridge_path");
  const decoders = caseArray(name, "ridge_decoders").data;
  const size = decoders.length / shape[0]!;
  return Array.from({ length: count }, (_, k) => {
    const [lambda, norm, gap, alignment, gradient] = rows.subarray(5 * k, 5 * k + 5) as unknown as number[];
    return {
      lambda: lambda!,
      norm: norm!,
      gap: gap!,
      alignment: alignment!,
      errorBound: gradient! / lambda!,
      decoder: decoders.slice(k * size, (k + 1) * size),
    };
  });
}

const isSeparable = (name: string): boolean => caseNumber(name, "separable") === 1;
const marginOf = (name: string): Float64Array | undefined =>
  isSeparable(name) ? caseArray(name, "max_margin_decoder").data : undefined;
const distance = (a: Float64Array, b: Float64Array): number => Math.hypot(...a.map((value, i) => value - b[i]!));

/** The figures of a point, recomputed here from its decoder. */
function requireConsistent(problem: Problem, point: RidgePoint): void {
  const { decoder, lambda } = point;
  const { gradient, lossGap, inSupportGap, offSupportGap } = referenceLoss(problem, decoder);
  requireRelative("norm", point.norm, Math.hypot(...decoder), 1e-13);
  // the page's exp and log may differ from ours in the last bit
  const gaps = [lossGap, inSupportGap, offSupportGap];
  requireClose("gaps", [point.lossGap, point.inSupportGap, point.offSupportGap], gaps, 1e-13 * lossGap);
  const remainder = Math.hypot(...gradient.map((g, i) => g + lambda * decoder[i]!));
  // likewise, times contexts whose gradients are of size 1 and may cancel down to λW
  requireClose("gradient", [point.gradientNorm], [remainder], 1e-12 * lambda * point.norm + 1e-15);
  requireRelative("error bound", point.errorBound, point.gradientNorm / lambda, 1e-14);
  requireRelative("relative bound", point.relativeErrorBound, point.errorBound / point.norm, 1e-14);
}

// the λ of each case that take a second or so together; all of them were compared by hand
describe.each([
  ["plane", 6],
  ["one-hot", 6],
  ["underparameterized", 6],
  ["mixed-supports", 4],
  ["wide", 4],
  ["narrow-nonseparable", 4],
])("the solved case %s", (name, count) => {
  test("has the norms, gaps, directions and decoders of its path", async () => {
    const problem = await caseProblem(name);
    const expected = solvedPath(name, count);
    const margin = marginOf(name);
    const path = await solve(name, {
      lambdas: expected.map(({ lambda }) => lambda),
      towards: { margin: { decoder: margin } },
    });
    expect(path.adapter.label).not.toBe("");
    console.info(
      `${name}: ${path.points.map(({ iterations }) => iterations).join()} passes, ${path.durationMs.toFixed(0)} ms`,
    );
    expect(path.points.map(({ status }) => status)).toEqual(expected.map(() => "solved"));
    for (const [k, point] of path.points.entries()) {
      const solved = expected[k]!;
      requireConsistent(problem, point);
      expect(point.lambda).toBe(solved.lambda);
      expect(point.radius).toBeUndefined();
      expect(point.relativeErrorBound).toBeLessThanOrEqual(1e-6);
      // both are within their bounds of the minimiser
      const apart = (point.errorBound + solved.errorBound) * (1 + 1e-9);
      expect(distance(point.decoder, solved.decoder)).toBeLessThanOrEqual(apart);
      requireClose("norm", [point.norm], [solved.norm], apart);
      // f is convex, with its gradient λ(W − W′) at most on the way: gaps differ by at most ‖∇CE‖ = λ‖W‖ times the distance
      requireClose("gap", [point.lossGap], [solved.gap], 1.01 * point.lambda * point.norm * apart + 1e-15);
      requireRelative("gap", point.lossGap, solved.gap, 1e-5);
      if (margin) requireClose("alignment", [point.alignment], [solved.alignment], (2 * apart) / point.norm);
      else expect(point.alignment).toBeNaN();
    }
  });
});

describe("the ball form", () => {
  test.each([
    ["plane", 3],
    ["wide", 2],
  ])("finds on %s the λ whose minimisers have the radii as norms", async (name, count) => {
    const problem = await caseProblem(name);
    const expected = solvedPath(name, count);
    const path = await solve(name, { radii: expected.map(({ norm }) => norm) });
    console.info(
      `${name}: ${path.points.map(({ iterations }) => iterations).join()} passes, ${path.durationMs.toFixed(0)} ms`,
    );
    expect(path.points.map(({ status }) => status)).toEqual(expected.map(() => "solved"));
    for (const [k, point] of path.points.entries()) {
      const { norm, lambda, decoder } = expected[k]!;
      requireConsistent(problem, point);
      expect(point.radius).toBe(norm);
      requireRelative("norm", point.norm, norm, 1e-6);
      // where the minimiser is on the sphere, the gradient is −λW: an angle of at most ‖∇CE + λW‖ / ‖∇CE‖ between them
      const { gradient } = referenceLoss(problem, point.decoder);
      const steepness = Math.hypot(...gradient);
      const outwards = gradient.reduce((sum, g, i) => sum - g * point.decoder[i]!, 0);
      requireClose("sine", [Math.sqrt(Math.max(1 - (outwards / steepness / point.norm) ** 2, 0))], [0], 1.5e-6);
      requireRelative("multiplier", outwards / point.norm ** 2, point.lambda, 1.5e-6);
      // along the path the norm changes by some tenth of what λ does, relative, so that 1e-6 of it are 1e-5 of λ
      requireRelative("λ", point.lambda, lambda, 1e-4);
      requireCloseInNorm("decoder", point.decoder, decoder, 1e-5);
    }
  });

  test("says when the minimiser of the loss itself is inside", async () => {
    const problem = await caseProblem("underparameterized");
    const [before, last] = solvedPath("underparameterized", 6).slice(-2) as [Solved, Solved];
    // what is missing is proportional to λ, a tenth of which is left from one to the next
    const limit = last.norm + (last.norm - before.norm) / 9;
    const { points } = await solve("underparameterized", { radii: [0.5 * limit, 2 * limit, 1000 * limit] });
    expect(points.map(({ status }) => status)).toEqual(["solved", "interior", "interior"]);
    for (const point of points.slice(1)) {
      requireConsistent(problem, point);
      expect(point.relativeErrorBound).toBeLessThanOrEqual(1e-6);
      // the norm grows by at most 1e-5 from ten times λ to λ, and by a tenth of that from there on
      requireRelative("norm", point.norm, limit, 3e-6);
      requireRelative("gap", point.lossGap, last.gap, 1e-9);
    }
  });
});

describe("a path", () => {
  test("goes down to 1e-7 by default, with norms that rise and gaps that fall", async () => {
    const { points, reports } = await solve("plane");
    expect(points.map(({ lambda }) => lambda)).toEqual([1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7]);
    expect(points.every(({ status }) => status === "solved")).toBe(true);
    for (const [k, point] of points.entries()) {
      if (k === 0) continue;
      expect(point.norm).toBeGreaterThan(points[k - 1]!.norm);
      expect(point.lossGap).toBeLessThan(points[k - 1]!.lossGap);
    }
    expect(new Set(reports.map(({ point, lambda }) => `${point} ${lambda}`)).size).toBe(7);
    for (const { point, lambda } of reports) expect(points[point]!.lambda).toBe(lambda);
  });

  test.each(["plane", "one-hot"])("of a small λ alone has the same minimiser on %s", async (name) => {
    const solved = solvedPath(name, 6)[5]!;
    const [point] = (await solve(name, { lambdas: [solved.lambda] })).points;
    expect(point!.status).toBe("solved");
    requireCloseInNorm("decoder", point!.decoder, solved.decoder, 1.1e-6);
  });

  test("repeats bit for bit", async () => {
    const options = { lambdas: [1e-1, 1e-3] };
    const [first, second] = [await solve("wide", options), await solve("wide", options)];
    first.points.forEach(({ decoder }, k) => requireSameBits("decoder", second.points[k]!.decoder, decoder));
  });

  test("is solved to a tighter tolerance, in float64", async () => {
    const { points } = await solve("wide", { lambdas: [1e-1, 1e-2, 1e-3], tolerance: 1e-10 });
    for (const { status, relativeErrorBound } of points) {
      expect(status).toBe("solved");
      expect(relativeErrorBound).toBeLessThanOrEqual(1e-10);
    }
  });

  test("that float64 cannot solve stalls, with a bound that holds", async () => {
    const solved = solvedPath("plane", 2)[1]!;
    const { points } = await solve("plane", { lambdas: [solved.lambda], tolerance: 1e-30 });
    expect(points[0]!.status).toBe("stalled");
    expect(points[0]!.relativeErrorBound).toBeLessThan(1e-12);
    expect(distance(points[0]!.decoder, solved.decoder)).toBeLessThanOrEqual(points[0]!.errorBound + solved.errorBound);
  });

  test("that may take few iterations ends with a bound that holds", async () => {
    const solved = solvedPath("wide", 3);
    const { points } = await solve("wide", { lambdas: solved.map(({ lambda }) => lambda), maxIterations: 60 });
    expect(points.map(({ status }) => status)).toEqual(["solved", "max-iterations", "max-iterations"]);
    for (const [k, { decoder, errorBound, iterations }] of points.entries()) {
      expect(distance(decoder, solved[k]!.decoder)).toBeLessThanOrEqual(errorBound + solved[k]!.errorBound);
      // a submission may go past the last
      expect(iterations).toBeLessThan(60 + 128);
    }
  });

  test.each([0, 1, 9])("that is cancelled after %s reports keeps what is done", async (reports) => {
    const problem = await caseProblem("wide");
    const { points } = await solve("wide", {}, reports);
    expect(points.length).toBeLessThan(4);
    expect(points.at(-1)!.status).toBe("cancelled");
    expect(points.slice(0, -1).every(({ status }) => status === "solved")).toBe(true);
    const { norm, decoder, lossGap } = points.at(-1)!;
    expect(decoder.every(Number.isFinite)).toBe(true);
    expect(norm === 0).toBe(reports < 2);
    requireRelative("gap", lossGap, referenceLoss(problem, decoder).lossGap, 1e-13);
  });
});

describe("options", () => {
  test.each([
    [{ lambdas: [] }, "lambdas: expected descending numbers from 1e-30 to 1e+30, found none"],
    [{ lambdas: [1, 0] }, "lambdas: expected descending numbers from 1e-30 to 1e+30, found 0 at place 1"],
    [{ lambdas: [-1] }, "lambdas: expected descending numbers from 1e-30 to 1e+30, found -1 at place 0"],
    [{ lambdas: [Infinity] }, "lambdas: expected descending numbers from 1e-30 to 1e+30, found Infinity at place 0"],
    [{ lambdas: [1, NaN] }, "lambdas: expected descending numbers from 1e-30 to 1e+30, found NaN at place 1"],
    [{ lambdas: [1, 2] }, "lambdas: expected descending numbers from 1e-30 to 1e+30, found 2 at place 1"],
    [{ lambdas: [1, 1] }, "lambdas: expected descending numbers from 1e-30 to 1e+30, found 1 at place 1"],
    [{ radii: [2, 1] }, "radii: expected ascending numbers from 1e-30 to 1e+30, found 1 at place 1"],
    [{ radii: [0] }, "radii: expected ascending numbers from 1e-30 to 1e+30, found 0 at place 0"],
    [{ lambdas: [1], radii: [1] }, "radii: expected none beside lambdas"],
    [{ tolerance: 0 }, "tolerance: expected a number above 0 and below 1, found 0"],
    [{ tolerance: NaN }, "tolerance: expected a number above 0 and below 1, found NaN"],
    [{ maxIterations: 0.5 }, "maxIterations: expected a whole number from 1 to 2147483648, found 0.5"],
    [
      { towards: { margin: { decoder: Float64Array.of(1, 2) } } },
      "towards.margin: expected a decoder of 5 × 2 finite numbers that are not all zero, found 2 of norm 2.23606797749979",
    ],
    [
      { towards: { margin: { decoder: new Float64Array(10) } } },
      "towards.margin: expected a decoder of 5 × 2 finite numbers that are not all zero, found 10 of norm 0",
    ],
    [
      { lambda: [1] },
      "lambda: no such option, expected one of lambdas, radii, tolerance, maxIterations, towards, signal, onProgress; nearest is lambdas",
    ],
  ])("%j are refused", async (options, message) => {
    const refused = await solve("plane", options as RidgePathOptions).then(
      () => undefined,
      (error: Error & { code: string }) => error,
    );
    expect(refused?.code).toBe("OPTION");
    expect(refused?.message).toBe(message);
  });
});
