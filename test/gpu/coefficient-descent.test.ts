import type { ResidentTile } from "../../shaders/lib/resident-product.wgsl.ts";
import { coefficientDescent } from "../../src/kernels/coefficient-descent.ts";
import { coefficientDescent as reference, type CoefficientSetting } from "../../src/reference/coefficient-descent.ts";
import { logits as multiply } from "../../src/reference/logits.ts";
import { F32_UNIT as U, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import {
  approximateProduct,
  approximateResidual,
  concatenated,
  drawDense,
  exactly,
  SPREADS,
  type Approximate,
} from "../support/resident.ts";

interface Setting extends Omit<ResidentTile, "words"> {
  readonly words: number;
  readonly contexts: number;
  readonly problems?: number;
  readonly spread: keyof typeof SPREADS;
  readonly steps: number;
  readonly stepSize: number;
  readonly slowing?: number;
  readonly momentum?: number;
  readonly taken?: number;
  /** Of the coefficients and the direction that are there. */
  readonly start?: number;
}

/** Zero in the columns past the contexts. */
function drawPadded(seed: number, rows: number, contexts: number, stride: number, scale: number): Float32Array {
  return normals(seed, rows * stride, scale).map((x, i) => (i % stride < contexts ? x : 0));
}

function descentCase(name: string, given: Setting): KernelCase {
  const { words, contexts, problems = 1, steps, slowing = 0, taken = 0, start = 0, spread, ...rest } = given;
  const [stepSize, momentum] = [Math.fround(rest.stepSize), Math.fround(rest.momentum ?? 0)];
  const stride = 4 * Math.ceil(contexts / 4);
  const runs = Array.from({ length: problems }, (_, problem) => {
    const seed = 10 * problem;
    const dim = contexts + 2;
    const embeddings = drawPadded(seed + 1, dim, contexts, stride, 1 / Math.sqrt(dim));
    const transposed = Float32Array.from(embeddings, (_x, i) => embeddings[(i % dim) * stride + Math.floor(i / dim)]!);
    const gram = Float32Array.from(multiply(transposed, embeddings, { rows: stride, inner: dim, columns: stride }));
    const dense = drawDense(seed + 2, { words, contexts, stride }, SPREADS[spread]);
    const setting = { ...dense, gram, steps, stepSize, slowing: Math.fround(slowing), momentum };
    const coefficients = drawPadded(seed + 3, words, contexts, stride, start);
    const direction = drawPadded(seed + 4, words, contexts, stride, start);
    const count = taken + problem;
    const ends = { coefficients: Float64Array.from(coefficients), direction: Float64Array.from(direction) };
    reference(setting, ends.coefficients, ends.direction, count);
    return { setting, coefficients, direction, count, ends, bounds: errorsOf(setting, coefficients, direction, count) };
  });
  const all = (part: (run: (typeof runs)[number]) => ArrayLike<number>): Float64Array =>
    Float64Array.from(runs.flatMap((run) => Array.from(part(run))));
  const requireAll = (
    what: string,
    found: Float32Array,
    expected: (run: (typeof runs)[number]) => ArrayLike<number>,
    errors: (run: (typeof runs)[number]) => ArrayLike<number>,
  ): void => {
    const allowed = all(errors);
    // nothing moves past the contexts
    requireClose(what, found, all(expected), (i) => (i % stride < contexts ? allowed[i]! : 0));
  };
  const hasMomentum = momentum > 0;
  return {
    name: `${name}: ${words} words, ${contexts} contexts, ${steps} steps, lanes ${rest.lanes}, tile ${rest.rows} × ${rest.columns}, sharing ${rest.sharing}`,
    params: { problems, words, contexts, stride, steps, step_size: stepSize, slowing, momentum },
    variant: { words, lanes: rest.lanes, rows: rest.rows, columns: rest.columns, sharing: rest.sharing, hasMomentum },
    arrays: {
      gram: concatenated(runs.map(({ setting }) => setting.gram)),
      relative: concatenated(runs.map(({ setting }) => setting.relative)),
      probabilities: concatenated(runs.map(({ setting }) => setting.probabilities)),
      weights: concatenated(runs.map(({ setting }) => setting.weights)),
      count: Uint32Array.from(runs, ({ count }) => count),
      coefficients: concatenated(runs.map((run) => run.coefficients)),
      ...(hasMomentum && { direction: concatenated(runs.map((run) => run.direction)) }),
    },
    check: (found, { count }) => {
      requireClose(
        "count",
        count!,
        Float64Array.from(runs, (run) => run.count + steps),
        0,
      );
      requireAll(
        "coefficients",
        found.coefficients!,
        ({ ends }) => ends.coefficients,
        ({ bounds }) => bounds.moved,
      );
      requireAll(
        "change",
        found.change!,
        ({ bounds }) => bounds.change.values,
        ({ bounds }) => bounds.change.errors,
      );
      if (hasMomentum)
        requireAll(
          "direction",
          found.direction!,
          ({ ends }) => ends.direction,
          ({ bounds }) => bounds.turned,
        );
    },
  };
}

/** How far the kernel's arrays may be from the mirror's after all steps, as each step hands its errors on to the next. */
function errorsOf(
  setting: CoefficientSetting,
  start: Float32Array,
  startDirection: Float32Array,
  taken: number,
): { moved: Float64Array; turned: Float64Array; change: Approximate } {
  const { words, stride, gram, steps, stepSize, slowing, momentum } = setting;
  let [coefficients, direction, change] = [exactly(start), exactly(startDirection), exactly([])];
  for (let k = 0; k < steps; k++) {
    change = approximateProduct(coefficients, gram, { rows: words, inner: stride, columns: stride });
    const residual = approximateResidual(setting, change);
    const step = stepSize / Math.sqrt(1 + slowing * (taken + k));
    const next = { moved: coefficients.values.slice(), turned: direction.values.slice() };
    reference({ ...setting, steps: 1 }, next.moved, next.turned, taken + k);
    const turned = next.turned.map(
      (u, i) =>
        momentum * direction.errors[i]! +
        residual.errors[i]! +
        (momentum > 0 ? U * (Math.abs(momentum * direction.values[i]!) + Math.abs(u)) : 0),
    );
    // a root and a quotient, for which WGSL allows 4.5 and 2.5 units of the last place, three roundings before and one product
    const moved = next.moved.map(
      (c, i) => coefficients.errors[i]! + step * (turned[i]! + 18 * U * Math.abs(next.turned[i]!)) + U * Math.abs(c),
    );
    direction = { values: next.turned, errors: turned };
    coefficients = { values: next.moved, errors: moved };
  }
  return { moved: coefficients.errors, turned: direction.errors, change };
}

const ONE = { lanes: 4, rows: 2, columns: 1, sharing: "none" } as const;
const QUAD = { lanes: 4, rows: 5, columns: 4, sharing: "quad" } as const;
const WIDE = { lanes: 64, rows: 3, columns: 1, sharing: "none" } as const;
const WIDE_QUAD = { lanes: 64, rows: 4, columns: 2, sharing: "quad" } as const;
const sloped = { slowing: 1, taken: 98, start: 0.1 };
const turning = { momentum: 0.9, start: 0.1 };

kernelSuite(
  coefficientDescent,
  [
    descentCase("one step", { words: 2, contexts: 1, spread: "moderate", steps: 1, stepSize: 1, ...ONE }),
    descentCase("near the log-odds", { words: 5, contexts: 4, spread: "near", steps: 1, stepSize: 1, ...QUAD }),
    descentCase("near the log-odds", { words: 5, contexts: 3, spread: "near", steps: 1, stepSize: 1, ...ONE }),
    descentCase("close to the log-odds", { words: 5, contexts: 3, spread: "close", steps: 1, stepSize: 1, ...ONE }),
    descentCase("momentum", { words: 5, contexts: 3, spread: "moderate", steps: 3, stepSize: 1, ...turning, ...ONE }),
    descentCase("slowing", { words: 5, contexts: 3, spread: "moderate", steps: 3, stepSize: 5, ...sloped, ...QUAD }),
    descentCase("large", { words: 5, contexts: 4, spread: "large", steps: 1, stepSize: 1, ...QUAD }),
    descentCase("huge", { words: 5, contexts: 4, spread: "huge", steps: 1, stepSize: 1, ...ONE }),
    descentCase("three problems", {
      ...{ words: 5, contexts: 5, problems: 3, spread: "moderate", steps: 2, stepSize: 1 },
      ...{ momentum: 0.5, ...sloped, ...QUAD },
    }),
    descentCase("rows that do not divide", {
      ...{ words: 13, contexts: 50, spread: "moderate", steps: 3, stepSize: 10, start: 0.1, ...WIDE },
    }),
    descentCase("rows that do not divide", {
      ...{ words: 10, contexts: 50, spread: "near", steps: 4, stepSize: 10, ...turning, start: 1e-7, ...WIDE_QUAD },
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
    ["/ sqrt(1.0 + params.slowing * f32(taken + k))", ""],
    ["f32(taken + k)", "f32(k)"],
    ["f32(taken + k)", "f32(taken)"],
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
    ["p_1 * (a_1 - scale * t_1)", "p_1 * a_1 * 0.5"],
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
    ["min(tile / quads_across, 2u)", "tile / quads_across"],
    ["min(first_row + 1u, 4u)", "min(first_row + 1u, 3u)"],
    ["if (first_row + 1u < 5u)", "if (first_row < 5u)"],
    ["if (first_column + 4u < params.stride)", "if (first_column < params.stride)"],
    ["first_column = (tile % quads_across) * 4u", "first_column = (tile % quads_across) * 8u"],
    ["fma(a_1_0, b_0_0, sum_1_0)", "a_1_0 * b_0_0"],
    ["i < params.stride; i += 4u", "i + 4u < params.stride; i += 4u"],
    ["problem >= params.problems", "problem > params.problems"],
  ],
);
