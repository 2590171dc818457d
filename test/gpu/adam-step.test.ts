import { adamRates, adamStep } from "../../src/kernels/adam-step.ts";
import { adamStep as reference } from "../../src/reference/adam-step.ts";
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
  reference(expected, felt, STEP, { count, betas, epsilon: Math.fround(epsilon) });
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
    params: { length, zero: 0, ...adamRates(betas), epsilon },
    arrays: {
      gradient,
      step_length: Float32Array.of(STEP),
      count: Uint32Array.of(count),
      first_moment: first,
      second_moment: second,
      decoder: decoder.high,
      decoder_low: decoder.low,
    },
    check: (found) => {
      requireClose("first moment", found.first_moment!, expected.first, firstError);
      requireClose("second moment", found.second_moment!, expected.second, secondError);
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
  adamStep,
  [
    adamCase("the first step", { length: 4, count: 1, betas, epsilon: 1e-8, scale: 1 }),
    adamCase("a step in the middle, two workgroups", { length: 260, count: 7, betas, epsilon: 1e-3, scale: 0.1 }),
    adamCase("a step far on", { length: 520, count: 1e6, betas, epsilon: 1e-8, scale: 1e-6 }),
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
    ["params.rate1 * (g - first_moment[i])", "params.rate1 * g"],
    ["params.rate2 * (g * g - second_moment[i])", "params.rate2 * (g - second_moment[i])"],
    ["params.rate2 * (g * g", "params.rate1 * (g * g"],
    ["first_moment[i] = first", "first_moment[i] = g"],
    ["second_moment[i] = second", "second_moment[i] = g * g"],
    ["first / -exp_minus_one(k * params.log_beta1)", "first"],
    ["second / -exp_minus_one(k * params.log_beta2)", "second"],
    ["f32(count[0])", "f32(count[0] - 1u)"],
    ["size + params.epsilon", "size"],
    ["mean / (size + params.epsilon)", "mean / sqrt(size * size + params.epsilon)"],
    ["size > vec4f()", "size >= vec4f()"],
    ["-step_length[0] * ratio", "step_length[0] * ratio"],
    ["Pair(decoder[i], decoder_low[i])", "Pair(decoder[i], vec4f())"],
    ["decoder_low[i] = moved.low", "decoder_low[i] = vec4f()"],
    ["4u * i >= params.length", "4u * i > params.length"],
    ["4u * i >= params.length", "i >= params.length"],
  ],
);
