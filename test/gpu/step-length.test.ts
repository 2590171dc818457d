import { stepLength } from "../../src/kernels/step-length.ts";
import { steepestLength, stepLength as reference } from "../../src/reference/step-length.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function lengthCase(
  name: string,
  parts: Float32Array,
  {
    stepSize,
    slowing,
    falling = 0,
    steepness = 0,
    taken,
  }: { stepSize: number; slowing: number; falling?: number; steepness?: number; taken: number },
): KernelCase {
  const total = parts.reduce((sum, part) => sum + part, 0);
  const pace = { stepSize: Math.fround(stepSize), slowing, falling };
  const expected = steepness > 0 ? steepestLength(pace, taken, total * steepness) : reference(pace, taken, total);
  return {
    name,
    params: { terms: parts.length, step_size: stepSize, slowing, falling, steepness },
    arrays: { parts, count: Uint32Array.of(taken) },
    check: (found, wholes) => {
      // two roots and two quotients, for which WGSL allows 4.5 and 2.5 units of the last place, and a sum of few terms a lane
      requireClose("step length", found.step_length!, [expected], 40 * F32_UNIT * expected);
      requireClose("count", wholes.count!, [taken + 1], 0);
    },
  };
}

const one = Float32Array.of(1);
const many = normals(1, 195).map((x) => x * x);

kernelSuite(
  stepLength,
  [
    lengthCase("the first step of a constant size", one, { stepSize: 0.25, slowing: 0, taken: 0 }),
    lengthCase("a later step of a constant size", one, { stepSize: 0.25, slowing: 0, taken: 99 }),
    lengthCase("the first step of a schedule", one, { stepSize: 0.25, slowing: 1, taken: 0 }),
    lengthCase("a later step of a schedule", one, { stepSize: 0.25, slowing: 1, taken: 98 }),
    lengthCase("a later step of a faster schedule", one, { stepSize: 0.25, slowing: 0, falling: 1, taken: 98 }),
    lengthCase("a step past what float32 counts", one, { stepSize: 3, slowing: 1, taken: 2 ** 24 + 1 }),
    lengthCase("a norm of many parts", many, { stepSize: 0.01, slowing: 0, taken: 5 }),
    lengthCase("a norm of many parts under a schedule", many, { stepSize: 0.01, slowing: 1, taken: 5 }),
    lengthCase("the largest norm", Float32Array.of(2 ** 121), { stepSize: 0.01, slowing: 0, taken: 5 }),
    lengthCase("a steepest step", many, { stepSize: 0.01, slowing: 1, steepness: 2 ** -9, taken: 5 }),
    lengthCase("a norm of zero", new Float32Array(3), { stepSize: 0.01, slowing: 0, taken: 5 }),
  ],
  [
    ["i < params.terms", "i + 1u < params.terms"],
    ["i += 64u", "i += 128u"],
    ["count[0] = taken + 1u", "count[0] = taken"],
    ["count[0] = taken + 1u", "count[0] = u32(f32(taken) + 1.0)"],
    ["params.slowing * f32(taken)", "f32(taken)"],
    ["params.slowing * f32(taken)", "params.slowing * f32(taken + 1u)"],
    ["params.falling * f32(taken)", "f32(taken)"],
    ["params.falling * f32(taken)", "params.falling * f32(taken + 1u)"],
    ["(sqrt(1.0 + params.slowing * f32(taken))", "((1.0 + params.slowing * f32(taken))"],
    ["/ sqrt(total)", "/ total"],
    ["total * params.steepness)", "total)"],
    ["params.steepness > 0.0", "false"],
    ["total > 0.0", "total >= 0.0"],
    ["lane > 0u || group_index(group, groups) > 0u", "lane > 0u"],
  ],
);
