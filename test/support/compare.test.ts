import { describe, expect, test } from "vitest";
import { requireClose, requireCloseInNorm, requireRelative, requireSameBits } from "./compare.ts";

describe("requireClose", () => {
  test("accepts what is within the bound, and the bound itself", () => {
    requireClose("x", [1, 2.5], [1, 2], 0.5);
    requireClose("x", [1, 2.5], [1, 2], (i) => i / 2);
  });
  test.each([
    ["a difference above the bound", [1, 2.6], [1, 2], 0.5],
    ["NaN found", [1, NaN], [1, 2], 0.5],
    ["NaN expected", [1, 2], [1, NaN], 0.5],
    ["two NaN", [NaN], [NaN], 0.5],
    ["a NaN bound", [1], [1], NaN],
    ["infinities", [Infinity], [Infinity], 0.5],
    ["too few values", [1], [1, 2], 0.5],
    ["too many values", [1, 2, 3], [1, 2], 0.5],
    ["no values", [], [], 0.5],
  ])("refuses %s", (_, actual, expected, bound) => {
    expect(() => requireClose("x", actual, expected, bound)).toThrow(/^x/);
  });
});

describe("requireCloseInNorm", () => {
  test("compares norms", () => {
    requireCloseInNorm("x", [3, 4.05], [3, 4], 0.0101);
    expect(() => requireCloseInNorm("x", [3, 4.05], [3, 4], 0.0099)).toThrow(/in norm/);
  });
  test.each([
    ["NaN", [3, NaN], [3, 4]],
    ["another length", [3], [3, 4]],
    ["an expectation of zero", [0, 0], [0, 0]],
  ])("refuses %s", (_, actual, expected) => {
    expect(() => requireCloseInNorm("x", actual, expected, 0.5)).toThrow(/^x/);
  });
});

test("requireRelative refuses NaN and what is too far off", () => {
  requireRelative("x", 1.01, 1, 0.011);
  expect(() => requireRelative("x", 1.02, 1, 0.011)).toThrow();
  expect(() => requireRelative("x", NaN, 1, 0.011)).toThrow();
  expect(() => requireRelative("x", 1, NaN, 0.011)).toThrow();
});

test("requireSameBits tells -0 from 0 and lengths apart", () => {
  requireSameBits("x", Float32Array.of(1, NaN), Float32Array.of(1, NaN));
  expect(() => requireSameBits("x", Float32Array.of(0), Float32Array.of(-0))).toThrow(/other bits/);
  expect(() => requireSameBits("x", Float32Array.of(0), Float32Array.of(0, 0))).toThrow(/bytes/);
});
