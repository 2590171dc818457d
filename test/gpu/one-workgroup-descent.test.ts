import type { OneWorkgroupTile } from "../../shaders/lib/one-workgroup-product.wgsl.ts";
import type { OneWorkgroupVariant } from "../../shaders/one-workgroup-descent.wgsl.ts";
import { numberParams } from "../../src/kernels/entrywise-step.ts";
import { oneWorkgroupDescent } from "../../src/kernels/one-workgroup-descent.ts";
import { residentStepOf, type Method } from "../../src/training/methods/method.ts";
import {
  oneWorkgroupDescent as reference,
  type OneWorkgroupArrays,
  type OneWorkgroupSetting,
} from "../../src/reference/one-workgroup-descent.ts";
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

interface Setting extends OneWorkgroupTile, Omit<Method, "schedule"> {
  readonly contexts: number;
  readonly dim: number;
  /** Of the embeddings; 1 when left out. */
  readonly norm?: number;
  readonly problems?: number;
  readonly spread: keyof typeof SPREADS;
  readonly steps: number;
  readonly stepSize: number;
  readonly slowing?: number;
  readonly falling?: number;
  readonly scale?: number;
  readonly taken?: number;
  /** Of what the decoder has moved by; a tenth of it, times the scale, is that of the moments. */
  readonly start?: number;
}

function descentCase(name: string, given: Setting): KernelCase {
  const { optimizer, words, contexts, dim, problems = 1, spread, steps, taken = 0, start = 0 } = given;
  const { lanes, rows, columns: tileColumns, sharing } = given;
  const { norm = 1, scale = 1 } = given;
  const { along, decay } = residentStepOf({ ...given, schedule: "constant" });
  const step = typeof along === "string" ? along : along.mirror(scale);
  const pace = { stepSize: Math.fround(given.stepSize), slowing: given.slowing ?? 0, falling: given.falling ?? 0 };
  const stride = 4 * Math.ceil(contexts / 4);
  const columns = 4 * Math.ceil(dim / 4);
  const runs = Array.from({ length: problems }, (_, problem) => {
    const seed = 10 * problem;
    const embeddingsT = drawPadded(seed + 1, columns, contexts, stride, norm / Math.sqrt(dim)).map((x, i) =>
      i < dim * stride ? x : 0,
    );
    const embeddings = embeddingsT.map((_x, i) => embeddingsT[(i % columns) * stride + Math.floor(i / columns)]!);
    const dense = drawDense(seed + 2, { words, contexts, stride }, SPREADS[spread]);
    const setting = { ...dense, embeddings, embeddingsT, columns, step, decay, steps, ...pace, scale };
    const initial = {
      moved: drawPadded(seed + 3, words, dim, columns, start),
      first: drawPadded(seed + 4, words, dim, columns, 0.1 * scale * start),
      second: drawPadded(seed + 5, words, dim, columns, 0.1 * scale * start).map((x) => x * x),
    };
    const count = taken + problem;
    return { setting, initial, count, expected: boundsOf({ ...given, ...setting }, initial, count) };
  });
  return {
    name: `${optimizer}, ${name}: ${words} words, ${contexts} contexts, dimension ${dim}, ${steps} steps, lanes ${lanes}, tile ${rows} × ${tileColumns}, sharing ${sharing}`,
    params: {
      ...{ problems, words, contexts, stride, columns, steps, scale, decay },
      ...{ step_size: pace.stepSize, slowing: pace.slowing, falling: pace.falling },
      ...numberParams(typeof along === "string" ? [] : along.numbers(scale)),
    },
    variant: {
      words,
      lanes,
      rows,
      columns: tileColumns,
      sharing,
      step: typeof along === "string" ? along : along.rule,
    },
    arrays: {
      embeddings: concatenated(runs.map(({ setting }) => setting.embeddings)),
      embeddings_t: concatenated(runs.map(({ setting }) => setting.embeddingsT)),
      relative: concatenated(runs.map(({ setting }) => setting.relative)),
      probabilities: concatenated(runs.map(({ setting }) => setting.probabilities)),
      weights: concatenated(runs.map(({ setting }) => setting.weights)),
      count: Uint32Array.from(runs, ({ count }) => count),
      // the gradient that is there counts for nothing
      moving: concatenated(
        (["moved", "moved", "first", "second"] as const).flatMap((part) => runs.map(({ initial }) => initial[part])),
      ),
    },
    check: ({ change, moving }, { count }) => {
      requireClose(
        "count",
        count!,
        Float64Array.from(runs, (run) => run.count + steps),
        0,
      );
      requireApproximate(
        "residual",
        change!,
        runs.map(({ expected }) => expected.residual),
      );
      requireApproximate(
        "moving",
        moving!,
        (["moved", "gradient", "first", "second"] as const).flatMap((part) =>
          runs.map(({ expected }) => expected[part]),
        ),
      );
    },
  };
}

/** A step of an optimiser whose constants are known. */
type Described = OneWorkgroupSetting & Omit<Method, "schedule">;

type Moving<T> = Record<keyof OneWorkgroupArrays, T>;

/** What the arrays are after all steps, and how far the kernel's may be off, as each step hands its errors on to the next. */
function boundsOf(
  setting: Described,
  start: Moving<Float32Array>,
  taken: number,
): Moving<Approximate> & Record<"residual" | "gradient", Approximate> {
  const { words, stride, columns, embeddings, embeddingsT, steps, scale } = setting;
  const ends = mapped(start, (part) => Float64Array.from(part));
  reference(setting, ends, taken);
  const scaled = { ...setting, weights: Float64Array.from(setting.weights, (weight) => scale * weight) };
  let now = mapped(start, exactly);
  let [residual, gradient] = [exactly([]), exactly([])];
  for (let k = 0; k < steps; k++) {
    const change = approximateProduct(now.moved, embeddingsT, { rows: words, inner: columns, columns: stride });
    residual = approximateResidual(scaled, change);
    gradient = approximateProduct(residual, embeddings, { rows: words, inner: stride, columns });
    const values = mapped(now, (part) => part.values.slice());
    reference({ ...setting, steps: 1 }, values, taken + k);
    const errors = stepErrors(setting, now, values, gradient, taken + k);
    now = mapped(values, (part, name) => ({ values: part, errors: errors[name] }));
  }
  return { ...mapped(now, ({ errors }, name) => ({ values: ends[name], errors })), residual, gradient };
}

function mapped<T, S>(
  { moved, first, second }: Moving<T>,
  f: (part: T, name: keyof OneWorkgroupArrays) => S,
): Moving<S> {
  return { moved: f(moved, "moved"), first: f(first, "first"), second: f(second, "second") };
}

/**
 * Errors of what one step moves, from `now` to `next`. Roots and quotients of the step's length and of g are up to 4.5 and 2.5
 * units of the last place, two units of rounding each, and come to 30 with the roundings between.
 */
function stepErrors(
  { optimizer, momentum = 0, betas = [0, 0], epsilon = 0, scale, ...pace }: Described,
  now: Moving<Approximate>,
  next: Moving<Float64Array>,
  gradient: Approximate,
  taken: number,
): Moving<Float64Array> {
  const step = scheduledStep(pace, taken);
  const g = gradient.values;
  const after = (change: (i: number) => number): Float64Array =>
    next.moved.map((x, i) => now.moved.errors[i]! + change(i) + U * Math.abs(x));
  const still = { first: now.first.errors, second: now.second.errors };
  if (optimizer === "normalised") {
    const total = g.reduce((sum, x) => sum + x * x, 0);
    if (total === 0) return { ...still, moved: now.moved.errors };
    const shared = g.reduce((sum, x, i) => sum + Math.abs(x) * gradient.errors[i]!, 0) / total;
    // half of what the sum of squares, in up to as many parts as there are, is off by
    const relative = shared + ((g.length + 2) / 2 + 30) * U;
    return {
      ...still,
      moved: after((i) => (step / Math.sqrt(total)) * (gradient.errors[i]! + Math.abs(g[i]!) * relative)),
    };
  }
  if (optimizer === "max-steepest") {
    const total = g.reduce((sum, x) => sum + Math.abs(x), 0);
    const shared = gradient.errors.reduce((sum, error) => sum + error, 0) + (g.length + 30) * U * total;
    // a sign that the errors leave open is worth twice the step
    const isOpen = (i: number): boolean => Math.abs(g[i]!) <= gradient.errors[i]! && gradient.errors[i]! > 0;
    return { ...still, moved: after((i) => (step / scale) * (shared + (isOpen(i) ? 2 * total : 0))) };
  }
  if (optimizer === "adam") {
    const [rate1, rate2] = betas.map((beta) => 1 - beta) as [number, number];
    const [c1, c2] = betas.map((beta) => 1 - beta ** (taken + 1)) as [number, number];
    // the rate, the difference, the product, the sum, and in the second one the square, each rounded
    const first = next.first.map(
      (m, i) =>
        betas[0] * now.first.errors[i]! +
        rate1 * gradient.errors[i]! +
        U * (Math.abs(m) + 4 * rate1 * (Math.abs(g[i]!) + Math.abs(now.first.values[i]!))),
    );
    const second = next.second.map((v, i) => {
      const dg = gradient.errors[i]!;
      return (
        betas[1] * now.second.errors[i]! +
        rate2 * (2 * Math.abs(g[i]!) + dg) * dg +
        U * (v + 5 * rate2 * (g[i]! ** 2 + now.second.values[i]!))
      );
    });
    // both corrections are good to 16 roundings: their exponents are rounded twice, exp errs by 3 + 2|x| units of the last place
    const moved = after((i) => {
      const size = Math.sqrt(next.second[i]! / c2);
      if (size === 0) return 0;
      const whole = size + scale * epsilon;
      const ratio = Math.abs(next.first[i]! / c1) / whole;
      return step * (first[i]! / c1 / whole + ratio * (second[i]! / c2 / size / whole + 62 * U));
    });
    return { moved, first, second };
  }
  if (optimizer === "gradient-descent")
    return { ...still, moved: after((i) => (step / scale) * (gradient.errors[i]! + 30 * U * Math.abs(g[i]!))) };
  const first = next.first.map(
    (u, i) =>
      momentum * now.first.errors[i]! +
      gradient.errors[i]! +
      U * (Math.abs(momentum * now.first.values[i]!) + Math.abs(u)),
  );
  return { ...still, first, moved: after((i) => (step / scale) * (first[i]! + 30 * U * Math.abs(next.first[i]!))) };
}

const ONE = { lanes: 4, rows: 2, columns: 1, sharing: "none" } as const;
const QUAD = { lanes: 4, rows: 5, columns: 4, sharing: "quad" } as const;
const WIDE = { lanes: 64, rows: 3, columns: 1, sharing: "none" } as const;
const WIDE_QUAD = { lanes: 64, rows: 4, columns: 2, sharing: "quad" } as const;
/** Several problems in the middle of a run. */
const MIDDLE = {
  ...{ words: 5, contexts: 3, dim: 6, problems: 3, spread: "moderate", steps: 3, stepSize: 0.5 },
  ...{ slowing: 0.5, falling: 0.25, scale: 8, taken: 10, start: 0.1 },
} as const satisfies Partial<Setting>;
const GD = { optimizer: "gradient-descent" } as const;
const MOMENTUM = { optimizer: "momentum", momentum: 0.75 } as const;
const MAX_STEEPEST = { optimizer: "max-steepest" } as const;
const NORMALISED = { optimizer: "normalised" } as const;
const ADAM = { optimizer: "adam", betas: [0.75, 0.875], epsilon: 1e-2 } as const;
/** Only a rule counts its steps. */
const isEntrywise = ({ variant }: KernelCase): boolean => typeof (variant as OneWorkgroupVariant).step !== "string";
const FIRST = { words: 5, contexts: 4, dim: 3, steps: 1, stepSize: 1 } as const;

kernelSuite(
  oneWorkgroupDescent,
  [
    ...[GD, MOMENTUM, NORMALISED, ADAM, MAX_STEEPEST].map((method) =>
      descentCase("three problems in the middle", { ...MIDDLE, ...method, ...ONE }),
    ),
    ...[GD, MOMENTUM, NORMALISED, ADAM].map((method) =>
      descentCase("the first step near the log-odds", { ...FIRST, spread: "near", scale: 2 ** 20, ...method, ...QUAD }),
    ),
    descentCase("the first step, large", { ...FIRST, spread: "large", ...GD, ...ONE }),
    descentCase("the first step, huge", { ...FIRST, spread: "huge", ...ADAM, epsilon: 0, ...ONE }),
    descentCase("one context", { ...FIRST, words: 2, contexts: 1, dim: 1, spread: "moderate", ...NORMALISED, ...ONE }),
    descentCase("no gradient", { ...MIDDLE, norm: 0, ...NORMALISED, ...ONE }),
    descentCase("many threads", { ...MIDDLE, words: 13, contexts: 50, dim: 10, ...NORMALISED, ...WIDE }),
    descentCase("many threads", { ...MIDDLE, words: 10, contexts: 50, dim: 37, ...ADAM, ...WIDE_QUAD }),
    descentCase("as software adapters have it", {
      ...{ ...MIDDLE, words: 32, contexts: 10, dim: 8, problems: 1, steps: 2, ...MOMENTUM, ...QUAD, rows: 11 },
    }),
  ],
  [
    [
      "moving[moved_first + i] -= step_size * (g / params.scale)",
      "moving[moved_first + i] += step_size * (g / params.scale)",
    ],
    ["(g / params.scale)", "g"],
    ["(turned / params.scale)", "turned"],
    ["params.decay * moving[gradient_first + part + i] + g", "g"],
    ["moving[gradient_first + part + i] = turned", "moving[gradient_first + part + i] = g"],
    ["moving[moved_first + i] -= step_length * g", "moving[moved_first + i] -= step_size * g"],
    ["step_size / sqrt(total)", "step_size / total"],
    ["i < 4u; i++", "i < 3u; i++"],
    ["i < 64u; i++", "i < 63u; i++"],
    ["parts[lane] = own", "parts[lane] = 0.0 * own"],
    ["step_size * (total / params.scale)", "step_size * total"],
    ["step_length * sign(g)", "step_size * sign(g)"],
    ["own += abs(", "own += ("],
    ["rate1 * (g - first)", "rate1 * g"],
    ["rate2 * (g * g - second)", "rate2 * g * g"],
    ["moving[first_place] = first", "moving[first_place] = g"],
    ["moving[first_place + part] = second", "moving[first_place + part] = g * g"],
    ["step_number * log_beta1", "(step_number - 1.0) * log_beta1"],
    ["step_number = f32(taken + k + 1u)", "step_number = f32(k + 1u)", isEntrywise],
    ["size + epsilon", "size"],
    ["size > Entry()", "size >= Entry()"],
    ["total > 0.0", "total >= 0.0"],
    ["sqrt(1.0 + params.slowing * f32(taken + k))", "1.0"],
    ["* (1.0 + params.falling * f32(taken + k))", ""],
    ["params.falling * f32(taken + k)", "params.falling * f32(k)"],
    ["count[problem] = taken + params.steps", "count[problem] = taken + 1u"],
    ["k < params.steps", "k + 1u < params.steps"],
    ["let first = problem * params.words * params.stride", "let first = 0u"],
    ["let embedding_first = problem * params.stride * params.columns", "let embedding_first = 0u"],
    ["let moved_first = problem * length", "let moved_first = 0u"],
    ["let length = params.words * params.columns", "let length = params.words * params.stride"],
    ["weights[problem * params.contexts + j]", "weights[j]"],
    ["params.scale * weights", "weights"],
    ["j < params.contexts", "j < params.stride"],
    ["+ change[i + 1u * params.stride];", ";"],
    ["= share * select(e_1, p_1 * (a_1 - excess - off_sum)", "= share * select(e_1, p_1 * (a_1 - off_sum)"],
    ["max(peak - LARGEST_EXPONENT, 0.0)", "0.0"],
    ["scale * (x + small_exp_minus_one_minus(x)), abs(x) < 0.5", "exponential - scale, false"],
    ["let a_0_1 = moving[row_0 + i + 1u]", "let a_0_1 = moving[row_0 + i]"],
    ["let a_0_1 = change[row_0 + i + 1u]", "let a_0_1 = change[row_0 + i]"],
    ["let b_1_0 = embeddings[line_1 + column_0]", "let b_1_0 = embeddings[line_0 + column_0]"],
    ["let b_1_0 = embeddings_t[line_1 + column_0]", "let b_1_0 = embeddings_t[line_0 + column_0]"],
    [
      "moving[gradient_first + (first_row + 1u) * params.columns",
      "moving[gradient_first + (first_row + 1u) * params.stride",
    ],
    ["problem >= params.problems", "problem > params.problems"],
  ],
);
