import { expect, test } from "vitest";
import { paper1Synthetic } from "../../src/problem/synthetic.ts";
import { DataSubspace } from "../../src/float64/data-subspace.ts";
import { norm } from "../../src/float64/vectors.ts";
import { innerProduct } from "../../src/reference/inner-product.ts";
import { LIMIT_FIGURES } from "../../src/figures/figures.ts";
import type { Limits } from "../../src/figures/iterate.ts";
import { LimitMeter } from "../../src/figures/limit-meter.ts";
import { requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { normOf } from "../support/norms.ts";

const problem = paper1Synthetic();
const { contextCount, vocabularySize, embeddingDim, embeddings, offsets, tokens } = problem;
const draw = (seed: number): Float64Array => Float64Array.from(normals(seed, vocabularySize * embeddingDim));
const subspace = new DataSubspace(problem);
const finiteDecoder = subspace.applyAdjoint(normals(1, tokens.length));
const limitsWith = (angle: number, decoderError: number): Limits => ({
  finite: { decoder: finiteDecoder, decoderError },
  margin: { decoder: draw(2), angleBoundRadians: angle, lowerBound: 2, upperBound: 2.5 },
  norms: BEST,
});
const BEST = {
  frobenius: { lowerBound: 2, upperBound: 2.5 },
  max: { lowerBound: 0.3, upperBound: 0.5 },
  spectral: { lowerBound: 1, upperBound: 1 },
};
/** A thousand roundings of float64. */
const CLOSE = 1e-13;

test("the margins are the least lead of a word that follows over one that does not, over each norm", () => {
  const decoder = draw(3);
  let smallest = Infinity;
  for (let j = 0; j < contextCount; j++) {
    const support = [...tokens.subarray(offsets[j], offsets[j + 1])];
    const h = embeddings.subarray(j * embeddingDim, (j + 1) * embeddingDim);
    const logit = (v: number): number => innerProduct(decoder.subarray(v * embeddingDim, (v + 1) * embeddingDim), h);
    for (let v = 0; v < vocabularySize; v++)
      if (!support.includes(v)) for (const z of support) smallest = Math.min(smallest, logit(z) - logit(v));
  }
  const found = new LimitMeter(problem, { norms: BEST }).measure(0, decoder);
  for (const [by, key, share] of [
    ["frobenius", "margin", "relativeMargin"],
    ["max", "marginMax", "relativeMarginMax"],
    ["spectral", "marginSpectral", "relativeMarginSpectral"],
  ] as const) {
    // singular values are known to 1e-11 there and here
    const expected = smallest / normOf(by, decoder, embeddingDim);
    requireClose(key, [found[key]!], [expected], by === "spectral" ? 1e-10 * Math.abs(expected) : CLOSE);
    const { lowerBound, upperBound } = BEST[by];
    const [low, high] = [expected * lowerBound, expected * upperBound].sort((a, b) => a - b);
    const [value, error] = [found[share]!, found.limitErrors![share]!];
    requireClose(share, [value - error, value + error], [low!, high!], 1e-10 * Math.abs(expected));
  }
});

test("without a bound on every best margin the margins in other norms are left out", () => {
  const max = { lowerBound: 1, upperBound: Infinity };
  const found = new LimitMeter(problem, { norms: { ...BEST, max } }).measure(0, draw(3));
  expect(Object.keys(found)).toEqual(["margin", "limitErrors"]);
});

test("where a run has been before does not change what is measured", () => {
  const limits = limitsWith(0.01, 0.1);
  const fresh = new LimitMeter(problem, limits).measure(2, draw(5));
  const used = new LimitMeter(problem, limits);
  used.measure(1, draw(4));
  const again = used.measure(2, draw(5));
  // a projection ends at 1e-13 ‖H‖ ‖W‖, over the smallest singular value of A (above 1 here)
  const allowed = 2e-13 * norm(embeddings) * (norm(draw(4)) + norm(draw(5)));
  for (const { key } of LIMIT_FIGURES)
    if (key !== "secantAlignment") requireClose(key, [again[key]!], [fresh[key]!], allowed);
});

test("the secant is the direction of what a run went off F since the recorded step nearest to a tenth", () => {
  const meter = new LimitMeter(problem, limitsWith(0.01, 0.1));
  const steps = [1, 2, 3, 9, 13, 16, 28, 120];
  const found = steps.map((step) => meter.measure(step, draw(step)));
  const before: Record<number, number> = { 9: 1, 16: 2, 28: 3, 120: 13 };
  steps.forEach((step, i) => {
    const tenth = before[step];
    if (tenth === undefined) return expect(found[i], `step ${step}`).not.toHaveProperty("secantAlignment");
    const way = draw(step).map((w, at) => w - draw(tenth)[at]!);
    const { alignmentPerp, limitErrors } = new LimitMeter(problem, limitsWith(0.01, 0.1)).measure(0, way);
    requireClose(`step ${step}`, [found[i]!.secantAlignment!], [alignmentPerp!], 1e-12);
    expect(found[i]!.limitErrors!.secantAlignment === undefined).toBe(limitErrors!.alignmentPerp === undefined);
  });
});

test("the errors cover limits that are as far off as their certificates allow, and not much more", () => {
  const [angle, decoderError] = [0.02, 0.5];
  const decoder = draw(3);
  const limits = limitsWith(angle, decoderError);
  const found = new LimitMeter(problem, limits).measure(0, decoder);
  const [finite, margin] = [limits.finite!.decoder, limits.margin!.decoder!];
  const isMoved = { alignment: 0, alignmentCorrected: 0, subspaceError: 0 };
  const corrected = decoder.map((w, i) => w - finite[i]!);
  const ways = [decoder, corrected, finite].flatMap((way) => [way, way.map((w) => -w)]);
  for (const way of [...ways, ...[10, 11, 12, 13].map(draw)]) {
    const wayInSpan = subspace.applyAdjoint(subspace.apply(way));
    const across = way.map((w, i) => w - (innerProduct(way, margin) / norm(margin) ** 2) * margin[i]!);
    const turned = margin.map(
      (w, i) => Math.cos(angle) * w + (Math.sin(angle) * norm(margin) * across[i]!) / norm(across),
    );
    const moved = finite.map((w, i) => w + (decoderError * wayInSpan[i]!) / norm(wayInSpan));
    const truth = new LimitMeter(problem, {
      finite: { decoder: moved, decoderError: 0 },
      margin: { ...limits.margin!, decoder: turned },
    }).measure(0, decoder);
    for (const name of ["alignment", "alignmentCorrected", "subspaceError"] as const) {
      const off = Math.abs(truth[name]! - found[name]!);
      expect(off, name).toBeLessThanOrEqual(found.limitErrors![name]! + CLOSE);
      isMoved[name] = Math.max(isMoved[name], off / found.limitErrors![name]!);
    }
  }
  expect(isMoved.alignment).toBeGreaterThan(0.9);
  expect(isMoved.alignmentCorrected).toBeGreaterThan(0.5);
  expect(isMoved.subspaceError).toBeGreaterThan(0.1);
  requireClose("margin", [found.limitErrors!.margin!], [1 / 2 - 1 / 2.5], CLOSE);
});

test("without a limit its figures are left out, and a decoder of zero has no direction", () => {
  const { finite } = limitsWith(0, 0);
  const found = new LimitMeter(problem, { finite: finite! }).measure(0, draw(3));
  const known = LIMIT_FIGURES.filter(({ needs }) => needs === "nothing" || needs === "finite").map(({ key }) => key);
  expect(known).toEqual(expect.arrayContaining(["margin", "subspaceError"]));
  expect(Object.keys(found).sort()).toEqual(["limitErrors", ...known].sort());
  const nothing = new LimitMeter(problem, limitsWith(0, 0)).measure(0, new Float64Array(finite!.decoder.length));
  expect(nothing.alignment).toBeNaN();
  for (const key of ["margin", "marginMax", "marginSpectral", "relativeMargin"] as const)
    expect(nothing[key]).toBeNaN();
  requireClose("subspace error", [nothing.subspaceError!], [norm(finite!.decoder)], CLOSE * norm(finite!.decoder));
});

test("limits of another problem are refused", () => {
  expect(() => new LimitMeter(problem, { finite: { decoder: new Float64Array(7), decoderError: 0 } })).toThrow(
    "towards.finite: expected a decoder of 10 × 60 = 600 values, found 7",
  );
});
