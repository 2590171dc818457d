import type { FactorVariant } from "../../shaders/factor-descent.wgsl.ts";
import { factorDescent, factorWork } from "../../src/kernels/factor-descent.ts";
import { numberParams } from "../../src/kernels/entrywise-step.ts";
import { factorDescent as reference } from "../../src/reference/factor-descent.ts";
import { chooseMethod, residentStepOf, type Method } from "../../src/training/methods/method.ts";
import { F32_UNIT, requireClose, requireCloseInNorm } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { drawDense, SPREADS } from "../support/one-workgroup.ts";

interface Setting extends Partial<Method> {
  readonly words: number;
  readonly contexts: number;
  readonly dim: number;
  readonly lanes: number;
  readonly steps: number;
  readonly ridge?: number;
  readonly beside?: number;
  readonly slowing?: number;
  readonly falling?: number;
}

function descentCase(given: Setting): KernelCase {
  const { words, contexts, dim, lanes, steps, ridge = 0, beside = 0, slowing = 0, falling = 0, ...named } = given;
  const { along, decay } = residentStepOf(chooseMethod(named));
  const scale = typeof along === "string" && along !== "unit" && along !== "max" ? 1 : 2 ** 10;
  const [paddedWords, stride, columns] = [
    16 * Math.ceil(words / 16),
    4 * Math.ceil(contexts / 4),
    4 * Math.ceil(dim / 4),
  ];
  const length = (paddedWords + stride) * columns;
  // zero in rows of no word or context and in columns past the dimension
  const draw = (seed: number, size: number): Float32Array =>
    normals(seed, length, size).map((x, i) => {
      const row = Math.floor(i / columns);
      const isThere = row < words || (row >= paddedWords && row < paddedWords + contexts);
      return isThere && i % columns < dim ? x : 0;
    });
  const drawn = drawDense(2, { words, contexts, stride }, SPREADS.moderate);
  const [probabilities, weights] = [Float32Array.from(drawn.probabilities), Float32Array.from(drawn.weights)];
  const logProbabilities = probabilities.map((p) => (p > 0 ? Math.log(p) : 0));
  const [base, low, moved, first] = [draw(1, 0.7), draw(2, 1e-9), draw(3, 1e-3), draw(4, 1e-2 * scale)];
  const second = draw(5, 1e-2 * scale).map((x) => x * x);
  const stepSize = Math.fround(along === "gradient" || along === "sum" ? 0.5 : 0.01);
  const expected = {
    moved: Float64Array.from(moved),
    first: Float64Array.from(first),
    second: Float64Array.from(second),
  };
  const numbers = {
    stepSize,
    slowing,
    falling,
    scale,
    decay: Math.fround(decay),
    ridge: Math.fround(ridge),
    beside: Math.fround(beside),
  };
  reference(
    {
      ...{ words, contexts, paddedWords, stride, columns, probabilities, logProbabilities, weights, steps, ...numbers },
      base: base.map((x, i) => x + low[i]!),
      step: typeof along === "string" ? along : along.mirror(scale),
    },
    expected,
    7,
  );
  const moving = new Float32Array(4 * length);
  moving.set(moved);
  moving.set(first, 2 * length);
  moving.set(second, 3 * length);
  // per step: three products, the exponentials of the residual, and logits that cancel down to differences of a few units
  const allowed = steps * (dim + words + contexts + 100) * F32_UNIT;
  return {
    name: `${named.optimizer}, ridge ${ridge}, beside ${beside}: ${words} words, ${contexts} contexts, dimension ${dim}, ${steps} steps, lanes ${lanes}`,
    params: {
      ...{
        words,
        contexts,
        padded_words: paddedWords,
        stride,
        columns,
        steps,
        step_size: stepSize,
        slowing,
        falling,
        scale,
      },
      ...{ decay: numbers.decay, ridge: numbers.ridge, beside: numbers.beside },
      ...numberParams(typeof along === "string" ? [] : along.numbers(scale)),
    },
    variant: {
      ...{ words, lanes, rows: Math.min(words, 5), columns: lanes === 4 ? 4 : 1, dim: columns },
      sharing: lanes === 4 ? "quad" : "none",
      step: typeof along === "string" ? along : along.rule,
    } satisfies FactorVariant,
    arrays: {
      ...{ base_high: base, base_low: low, probabilities, log_probabilities: logProbabilities, weights },
      ...{
        count: Uint32Array.of(7),
        moving,
        work: new Float32Array(factorWork({ padded_words: paddedWords, stride, columns })),
      },
    },
    check: (found, { count }) => {
      requireClose("count", count!, [7 + steps], 0);
      const part = (n: number): Float32Array => found.moving!.subarray(n * length, (n + 1) * length);
      requireCloseInNorm("moved", part(0), expected.moved, allowed);
      if (along !== "gradient" && along !== "unit" && along !== "max")
        requireCloseInNorm("first", part(2), expected.first, allowed);
      if (typeof along !== "string") requireCloseInNorm("second", part(3), expected.second, allowed);
    },
  };
}

kernelSuite(
  factorDescent,
  [
    descentCase({ optimizer: "gradient-descent", ridge: 0.1, words: 5, contexts: 6, dim: 3, lanes: 4, steps: 2 }),
    descentCase({ optimizer: "momentum", beside: 0.1, words: 7, contexts: 9, dim: 6, lanes: 64, steps: 3 }),
    descentCase({ optimizer: "normalised", ridge: 0.1, words: 5, contexts: 6, dim: 3, lanes: 64, steps: 2 }),
    descentCase({
      optimizer: "adam",
      ridge: 0.01,
      slowing: 1,
      falling: 0.5,
      words: 17,
      contexts: 5,
      dim: 4,
      lanes: 4,
      steps: 3,
    }),
  ],
  [
    ["(base_low[i] + moving[i])", "base_low[i]"],
    ["column * params.padded_words + row] = value", "column * params.padded_words + row] = 0.0"],
    ["params.scale * params.ridge * value_of(i)", "params.ridge"],
    ["step_size * params.beside * value_of(i)", "0.0"],
    ["      place(i);\n    }", "    }"],
    ["count[0] = taken + params.steps", "count[0] = taken"],
    ["let weight = params.scale * weights[j];", "let weight = weights[j];"],
  ],
);
