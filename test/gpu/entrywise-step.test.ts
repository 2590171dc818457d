import { entrywiseStep, numberParams } from "../../src/kernels/entrywise-step.ts";
import { entrywiseStep as reference } from "../../src/reference/entrywise-step.ts";
import type { AdamConstants } from "../../src/training/methods/adam.ts";
import type { StepRule } from "../../src/training/methods/definition.ts";
import { METHODS } from "../../src/training/methods/index.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { drawPair, joinPair } from "../support/pairs.ts";

interface Setting {
  readonly length: number;
  readonly count: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** Of the gradient; the moments that are there are of the same. */
  readonly scale: number;
  /** This entry has had no gradient before, and now one of this size. */
  readonly lone?: number;
}

const STEP = 0.125;
/** The rule that does all that a rule can do. */
const ADAM = METHODS.adam.step as Extract<StepRule<AdamConstants>, { kind: "entrywise" }>;

function adamCase(name: string, { length, count, betas, epsilon, scale, lone }: Setting): KernelCase {
  const gradient = normals(1, length, scale);
  const isFirst = count === 1;
  const first = isFirst ? new Float32Array(length) : normals(2, length, scale / 2);
  const second = isFirst ? new Float32Array(length) : normals(3, length, scale).map((x) => x * x);
  if (lone !== undefined) [gradient[1], first[1], second[1]] = [lone, 0, 0];
  const decoder = drawPair(4, length, 10);
  const before = joinPair(decoder.high, decoder.low);
  const expected = {
    decoder: before.slice(),
    first: Float64Array.from(first),
    second: Float64Array.from(second),
  };
  // a gradient whose square float32 does not hold is none
  const felt = lone === undefined ? gradient : gradient.with(1, 0);
  const rule = ADAM.mirror({ betas, epsilon: Math.fround(epsilon) }, 1);
  reference(expected.decoder, [expected.first, expected.second], felt, STEP, rule(count));
  const [rate1, rate2] = betas.map((beta) => 1 - beta) as [number, number];
  const [c1, c2] = betas.map((beta) => 1 - beta ** count) as [number, number];
  // the rate, the difference, the product, the sum, and in the second one the square, each rounded
  const firstError = (i: number): number =>
    F32_UNIT * (Math.abs(expected.first[i]!) + 4 * rate1 * (Math.abs(gradient[i]!) + Math.abs(first[i]!))) +
    (i === 1 ? Math.abs(lone ?? 0) : 0);
  const secondError = (i: number): number =>
    F32_UNIT * (expected.second[i]! + 5 * rate2 * (gradient[i]! ** 2 + second[i]!));
  /**
   * Roots and quotients (4.5 and 2.5 units of the last place in WGSL, two units of rounding each) come to 30 units, each
   * correction to 16: its exponent is rounded twice, exp errs by 3 + 2|x| units of the last place.
   */
  const moveError = (i: number): number => {
    if (expected.second[i] === 0) return 0;
    const size = Math.sqrt(expected.second[i]! / c2) + epsilon;
    const ratio = Math.abs(expected.first[i]! / c1 / size);
    return STEP * (firstError(i) / c1 / size + ratio * (62 * F32_UNIT + secondError(i) / expected.second[i]!));
  };
  return {
    name,
    params: { length, zero: 0, averages: 2, ...numberParams(ADAM.numbers({ betas, epsilon }, 1)) },
    variant: ADAM.rule,
    arrays: {
      gradient,
      step_length: Float32Array.of(STEP),
      count: Uint32Array.of(count),
      first_average: first,
      second_average: second,
      decoder: decoder.high,
      decoder_low: decoder.low,
    },
    check: (found) => {
      requireClose("first moment", found.first_average!, expected.first, firstError);
      requireClose("second moment", found.second_average!, expected.second, secondError);
      requireClose(
        "decoder",
        joinPair(found.decoder!, found.decoder_low!),
        expected.decoder,
        (i) => moveError(i) + 2 ** -45 * (Math.abs(before[i]!) + Math.abs(expected.decoder[i]!)),
      );
    },
  };
}

const betas = [0.9, 0.99] as const;

kernelSuite(
  entrywiseStep,
  [
    adamCase("the first step", { length: 4, count: 1, betas, epsilon: 1e-8, scale: 1 }),
    adamCase("a step in the middle, two workgroups", { length: 1032, count: 7, betas, epsilon: 1e-3, scale: 0.1 }),
    adamCase("a step far on", { length: 1100, count: 1e6, betas, epsilon: 1e-8, scale: 1e-6 }),
    adamCase("epsilon above the gradient", { length: 12, count: 3, betas, epsilon: 0.5, scale: 0.1 }),
    adamCase("no averages", { length: 12, count: 3, betas: [0, 0], epsilon: 0, scale: 1 }),
    adamCase("long averages", { length: 12, count: 40, betas: [0.999, 0.9999], epsilon: 1e-8, scale: 1 }),
    adamCase("gradients as large as their scale lets them", {
      length: 8,
      count: 2,
      betas,
      epsilon: 2 ** 40,
      scale: 2 ** 57,
    }),
    adamCase("an entry without gradient", { length: 8, count: 5, betas, epsilon: 0, scale: 1, lone: 0 }),
    adamCase("an entry whose square underflows", { length: 8, count: 5, betas, epsilon: 0, scale: 1, lone: 1e-25 }),
  ],
  [
    ["rate1 * (g - first)", "rate1 * g"],
    ["rate2 * (g * g - second)", "rate2 * (g - second)"],
    ["rate2 * (g * g", "rate1 * (g * g"],
    ["first_average[i] = first", "first_average[i] = g"],
    ["second_average[i] = second", "second_average[i] = g * g"],
    ["first / c1", "first"],
    ["second / c2", "second"],
    ["f32(count[0])", "f32(count[0] - 1u)"],
    ["size + epsilon", "size"],
    ["(first / c1) / (size + epsilon)", "(first / c1) / sqrt(size * size + epsilon)"],
    ["size > Entry()", "size >= Entry()"],
    ["log_beta1 = params.number2", "log_beta1 = params.number4"],
    ["-step_length[0] * direction", "step_length[0] * direction"],
    ["Pair(decoder[i], decoder_low[i])", "Pair(decoder[i], vec4f())"],
    ["decoder_low[i] = moved.low", "decoder_low[i] = vec4f()"],
    ["4u * i >= params.length", "4u * i > params.length"],
    ["4u * i >= params.length", "i >= params.length"],
  ],
);
