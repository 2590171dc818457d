import type { OneWorkgroupTile } from "../../shaders/lib/one-workgroup-product.wgsl.ts";
import { coefficientDescent } from "../../src/kernels/coefficient-descent.ts";
import { coefficientDescent as reference, type CoefficientSetting } from "../../src/reference/coefficient-descent.ts";
import { matrixProduct as multiply } from "../../src/reference/matrix-product.ts";
import { scheduledStep } from "../../src/reference/step-length.ts";
import { F32_UNIT as U, requireClose } from "../support/compare.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import {
  approximateProduct,
  approximateResidual,
  concatenated,
  drawDense,
  drawPadded,
  exactly,
  requireApproximate,
  SPREADS,
  type Approximate,
} from "../support/one-workgroup.ts";

interface Setting extends OneWorkgroupTile {
  readonly contexts: number;
  readonly problems?: number;
  readonly spread: keyof typeof SPREADS;
  readonly steps: number;
  readonly stepSize: number;
  readonly slowing?: number;
  readonly falling?: number;
  readonly momentum?: number;
  readonly taken?: number;
  /** Of the coefficients and the direction that are there. */
  readonly start?: number;
}

function descentCase(name: string, given: Setting): KernelCase {
  const { words, contexts, problems = 1, spread, steps, taken = 0, start = 0 } = given;
  const { lanes, rows, columns, sharing } = given;
  const pace = {
    stepSize: Math.fround(given.stepSize),
    slowing: Math.fround(given.slowing ?? 0),
    falling: given.falling ?? 0,
    momentum: Math.fround(given.momentum ?? 0),
  };
  const hasMomentum = pace.momentum > 0;
  const stride = 4 * Math.ceil(contexts / 4);
  const runs = Array.from({ length: problems }, (_, problem) => {
    const seed = 10 * problem;
    const dense = drawDense(seed + 1, { words, contexts, stride }, SPREADS[spread]);
    const setting = { ...dense, ...pace, gram: drawGram(seed + 2, contexts, stride), steps };
    const initial = {
      coefficients: drawPadded(seed + 3, words, contexts, stride, start),
      direction: drawPadded(seed + 4, words, contexts, stride, start),
    };
    const count = taken + problem;
    return { setting, initial, count, expected: boundsOf(setting, initial, count) };
  });
  return {
    name: `${name}: ${words} words, ${contexts} contexts, ${steps} steps, lanes ${lanes}, tile ${rows} × ${columns}, sharing ${sharing}`,
    params: {
      ...{ problems, words, contexts, stride, steps },
      ...{ step_size: pace.stepSize, slowing: pace.slowing, falling: pace.falling, momentum: pace.momentum },
    },
    variant: { words, lanes, rows, columns, sharing, hasMomentum },
    arrays: {
      gram: concatenated(runs.map(({ setting }) => setting.gram)),
      relative: concatenated(runs.map(({ setting }) => setting.relative)),
      probabilities: concatenated(runs.map(({ setting }) => setting.probabilities)),
      weights: concatenated(runs.map(({ setting }) => setting.weights)),
      count: Uint32Array.from(runs, ({ count }) => count),
      coefficients: concatenated(runs.map(({ initial }) => initial.coefficients)),
      ...(hasMomentum && { direction: concatenated(runs.map(({ initial }) => initial.direction)) }),
    },
    check: (found, { count }) => {
      const counts = runs.map((run) => run.count + steps);
      requireClose("count", count!, counts, 0);
      for (const name of ["coefficients", "change", ...(hasMomentum ? (["direction"] as const) : [])] as const) {
        const expected = runs.map((run) => run.expected[name]);
        requireApproximate(name, found[name]!, expected);
      }
    },
  };
}

/** Inner products of random embeddings, zero past the contexts. */
function drawGram(seed: number, contexts: number, stride: number): Float32Array {
  const dim = contexts + 2;
  const embeddings = drawPadded(seed, dim, contexts, stride, 1 / Math.sqrt(dim));
  const transposed = embeddings.map((_x, i) => embeddings[(i % dim) * stride + Math.floor(i / dim)]!);
  return Float32Array.from(multiply(transposed, embeddings, { rows: stride, inner: dim, columns: stride }));
}

type Arrays<T> = Record<"coefficients" | "direction", T>;

/** What the arrays are after all steps, and how far the kernel's may be off, as each step hands its errors on to the next. */
function boundsOf(
  setting: CoefficientSetting,
  start: Arrays<Float32Array>,
  taken: number,
): Arrays<Approximate> & { readonly change: Approximate } {
  const { words, stride, gram, steps, momentum } = setting;
  const ends = {
    coefficients: Float64Array.from(start.coefficients),
    direction: Float64Array.from(start.direction),
  };
  reference(setting, ends.coefficients, ends.direction, taken);
  let [coefficients, direction, change] = [exactly(start.coefficients), exactly(start.direction), exactly([])];
  for (let k = 0; k < steps; k++) {
    change = approximateProduct(coefficients, gram, { rows: words, inner: stride, columns: stride });
    const residual = approximateResidual(setting, change);
    const step = scheduledStep(setting, taken + k);
    const next = { coefficients: coefficients.values.slice(), direction: direction.values.slice() };
    reference({ ...setting, steps: 1 }, next.coefficients, next.direction, taken + k);
    const turned = next.direction.map(
      (u, i) =>
        momentum * direction.errors[i]! +
        residual.errors[i]! +
        (momentum > 0 ? U * (Math.abs(momentum * direction.values[i]!) + Math.abs(u)) : 0),
    );
    // a root and a quotient, for which WGSL allows 4.5 and 2.5 units of the last place, three roundings before and one product
    const moved = next.coefficients.map(
      (c, i) => coefficients.errors[i]! + step * (turned[i]! + 18 * U * Math.abs(next.direction[i]!)) + U * Math.abs(c),
    );
    direction = { values: next.direction, errors: turned };
    coefficients = { values: next.coefficients, errors: moved };
  }
  return {
    coefficients: { values: ends.coefficients, errors: coefficients.errors },
    direction: { values: ends.direction, errors: direction.errors },
    change,
  };
}

const ONE = { lanes: 4, rows: 2, columns: 1, sharing: "none" } as const;
const QUAD = { lanes: 4, rows: 5, columns: 4, sharing: "quad" } as const;
const WIDE = { lanes: 64, rows: 3, columns: 1, sharing: "none" } as const;
const WIDE_QUAD = { lanes: 64, rows: 4, columns: 2, sharing: "quad" } as const;
const sloped = { slowing: 1, falling: 0.5, taken: 98, start: 0.1 };

kernelSuite(
  coefficientDescent,
  [
    descentCase("three problems", {
      ...{ words: 5, contexts: 3, problems: 3, spread: "moderate", steps: 3, stepSize: 5, ...sloped, ...ONE },
    }),
    descentCase("three problems with momentum", {
      ...{ words: 5, contexts: 5, problems: 3, spread: "moderate", steps: 3, stepSize: 1, momentum: 0.5 },
      ...{ ...sloped, ...QUAD },
    }),
    descentCase("near the log-odds", { words: 5, contexts: 4, spread: "near", steps: 1, stepSize: 1, ...ONE }),
    descentCase("near the log-odds", { words: 5, contexts: 3, spread: "near", steps: 1, stepSize: 1, ...QUAD }),
    descentCase("moved along together", { words: 5, contexts: 4, spread: "moved", steps: 1, stepSize: 1, ...ONE }),
    descentCase("close to the log-odds", { words: 5, contexts: 3, spread: "close", steps: 1, stepSize: 1, ...ONE }),
    descentCase("large", { words: 5, contexts: 4, spread: "large", steps: 1, stepSize: 1, ...QUAD }),
    descentCase("huge", { words: 5, contexts: 4, spread: "huge", steps: 1, stepSize: 1, ...ONE }),
    descentCase("rare", { words: 5, contexts: 4, spread: "rare", steps: 1, stepSize: 1, ...ONE }),
    descentCase("one context", { words: 2, contexts: 1, spread: "moderate", steps: 2, stepSize: 1, ...ONE }),
    descentCase("rows that do not divide", {
      ...{ words: 13, contexts: 50, spread: "moderate", steps: 3, stepSize: 10, start: 0.1, ...WIDE },
    }),
    descentCase("rows that do not divide", {
      ...{ words: 10, contexts: 50, spread: "near", steps: 4, stepSize: 10, momentum: 0.9, start: 1e-7, ...WIDE_QUAD },
    }),
    descentCase("as software adapters have it", {
      ...{ words: 32, contexts: 50, spread: "moderate", steps: 2, stepSize: 10, start: 0.1, ...QUAD, rows: 11 },
    }),
  ],
  [
    ["coefficients[i] -= step_size * residual", "coefficients[i] += step_size * residual"],
    ["coefficients[i] -= step_size * residual", "coefficients[i] = -step_size * residual"],
    ["params.momentum * direction[i] + residual", "residual"],
    ["direction[i] = turned", "direction[i] = residual"],
    ["coefficients[i] -= step_size * turned", "coefficients[i] -= step_size * residual"],
    ["sqrt(1.0 + params.slowing * f32(taken + k))", "1.0"],
    ["* (1.0 + params.falling * f32(taken + k))", ""],
    ["params.slowing * f32(taken + k)", "params.slowing * f32(k)"],
    ["params.falling * f32(taken + k)", "params.falling * f32(taken)"],
    ["count[problem] = taken + params.steps", "count[problem] = params.steps"],
    ["k < params.steps", "k + 1u < params.steps"],
    ["let first = problem * params.words * params.stride", "let first = 0u"],
    ["let gram_first = problem * params.stride * params.stride", "let gram_first = 0u"],
    ["weights[problem * params.contexts + j]", "weights[j]"],
    ["j < params.contexts", "j < params.stride"],
    ["j < params.contexts", "j + 1u < params.contexts"],
    ["relative[i + 1u * params.stride]", "relative[i + 1u * params.contexts]"],
    ["+ change[i + 1u * params.stride]", ""],
    ["let t_1 = x_1 - mean", "let t_1 = x_1"],
    ["p_0 * x_0 + p_1 * x_1", "p_0 * x_0 + x_1"],
    ["max(peak - LARGEST_EXPONENT, 0.0)", "0.0"],
    ["let scale = exp(-shift)", "let scale = 1.0"],
    ["e_1 = exp(t_1 - shift)", "e_1 = exp(t_1)"],
    ["scale * (x + small_exp_minus_one_minus(x))", "scale * x"],
    ["scale * (x + small_exp_minus_one_minus(x))", "x + small_exp_minus_one_minus(x)"],
    ["scale * (x + small_exp_minus_one_minus(x)), abs(x) < 0.5", "exponential - scale, false"],
    ["abs(x) < 0.5);", "abs(x) < 5.0);"],
    ["1.0 / 24.0 + x", "1.0 / 25.0 + x"],
    ["p_0 * a_0 + p_1 * a_1", "p_0 * (a_0 - scale * t_0) + p_1 * (a_1 - scale * t_1)"],
    ["p_0 * a_0 + p_1 * a_1", "p_0 * a_0"],
    ["p_1 * (a_1 - excess - off_sum)", "p_1 * (a_1 - off_sum)"],
    ["p_1 * (a_1 - excess - off_sum)", "p_1 * (a_1 - excess)"],
    ["p_1 * (a_1 - excess - off_sum)", "a_1 - excess - off_sum"],
    ["select(e_1, 0.0, p_1 > 0.0)", "e_1"],
    ["weight / (scale + excess + off_sum)", "weight / (scale + off_sum)"],
    ["weight / (scale + excess + off_sum)", "1.0 / (scale + excess + off_sum)"],
    ["quadSwapX(a_0_0)", "quadSwapY(a_0_0)"],
    ["quadSwapDiagonal(a_1_0)", "a_1_0"],
    ["((lane % 4u) ^ 2u)", "2u"],
    ["coefficients[row_0 + i + 2u]", "coefficients[row_0 + i + 1u]"],
    ["min(first_row + 0u, 4u)", "min(first_row + 0u, 3u)"],
    ["if (first_row + 1u < 5u)", "if (first_row < 5u)"],
    ["if (first_column + 4u < params.stride)", "if (first_column < params.stride)"],
    ["first_column = (tile % quads_across) * 4u", "first_column = (tile % quads_across) * 8u"],
    ["fma(a_1_0, b_0_0, sum_1_0)", "a_1_0 * b_0_0"],
    ["i < params.stride; i += 4u", "i + 4u < params.stride; i += 4u"],
    ["problem >= params.problems", "problem > params.problems"],
  ],
);
