import { describe, expect, test } from "vitest";
import { createProblem } from "../../src/problem/problem.ts";
import { supportMask } from "../../src/float64/margin-certificate.ts";
import { nearestRay } from "../../src/float64/nearest-ray.ts";
import { dualFigures, uniformInput } from "../support/margin.ts";

// Three contexts on a line of one dimension: word 0 is to lead at 1 and 2, word 1 at 3. No decoder leads both.
const line = createProblem(uniformInput([[1], [2], [3]], [[0], [0], [1]], 2));
const mask = supportMask(line);

describe("the nearest ray", () => {
  test("makes the decoder vanish, keeps rows at zero, and stays near", () => {
    // 3 (1, −1) against (−1, 1) of 3 is a ray; this is a hundredth off it
    const dual = Float64Array.from([3, -3, 0.01, -0.01, -1, 1]);
    const ray = nearestRay(line, mask, dual)!;
    const { largestSum, largestOff, total, norm } = dualFigures(line, ray);
    expect(largestSum).toBeLessThan(1e-15);
    expect(norm).toBeLessThan(1e-14);
    expect(largestOff).toBeLessThanOrEqual(0);
    expect(total).toBeGreaterThan(3.9);
    ray.forEach((b, i) => expect(Math.abs(b - dual[i]!)).toBeLessThan(0.02));
  });

  test("leaves multipliers that count as zero at zero", () => {
    const ray = nearestRay(line, mask, Float64Array.from([3, -3, 1e-9, -1e-9, -1, 1]))!;
    expect([ray[2], ray[3]]).toEqual([0, 0]);
  });

  test("is nothing where the problem is separable", () => {
    const two = createProblem(uniformInput([[1], [2]], [[0], [0]], 2));
    const ray = nearestRay(two, supportMask(two), Float64Array.from([1, -1, 1, -1]))!;
    // what is orthogonal to both rows of the decoder has multipliers of either sign
    expect(Math.max(ray[1]!, ray[3]!)).toBeGreaterThan(0.1);
  });

  test("is not sought in problems that are too large", () => {
    const large = { ...line, contextCount: 1e4, vocabularySize: 1e3, embeddingDim: 1e3 };
    expect(nearestRay(large, mask, new Float64Array(6))).toBeUndefined();
  });
});
