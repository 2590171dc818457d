import { absoluteSum } from "./absolute-sum.ts";
import { entrywiseStep, type EntryRule64 } from "./entrywise-step.ts";
import { innerProduct } from "./inner-product.ts";
import { denseResidual } from "./lib/one-workgroup-residual.ts";
import { matrixProduct as multiply } from "./matrix-product.ts";
import { steepestLength, stepLength, type ScheduledStep } from "./step-length.ts";
import { transpose } from "./transpose.ts";

/** Inputs of {@link factorDescent} that stay as they are. */
export interface FactorSetting extends ScheduledStep {
  readonly words: number;
  readonly contexts: number;
  /** Rows of W, with those that are zero. */
  readonly paddedWords: number;
  /** Rows of H. */
  readonly stride: number;
  readonly columns: number;
  /** W above H, [paddedWords + stride, columns]. */
  readonly base: ArrayLike<number>;
  /** p, 0 off the supports, and log p there, [words, stride]. */
  readonly probabilities: ArrayLike<number>;
  readonly logProbabilities: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
  readonly step: "gradient" | "sum" | "unit" | "max" | EntryRule64;
  readonly decay: number;
  readonly steps: number;
  readonly scale: number;
  /** λ in the gradient, and beside it. */
  readonly ridge: number;
  readonly beside: number;
}

/** So many steps of both factors, in place: `moved` is what they have moved by, `first` and `second` what the method keeps. */
export function factorDescent(
  setting: FactorSetting,
  { moved, first, second }: Readonly<Record<"moved" | "first" | "second", Float64Array>>,
  taken: number,
): void {
  const { words, contexts, paddedWords, stride, columns, base, step, decay, steps, scale, ridge, beside } = setting;
  for (let k = 0; k < steps; k++) {
    const factors = moved.map((change, i) => base[i]! + change);
    const w = factors.subarray(0, words * columns);
    const h = factors.subarray(paddedWords * columns);
    const hT = transpose(h, { rows: stride, columns });
    const logits = multiply(w, hT, { rows: words, inner: columns, columns: stride });
    const residual = denseResidual(
      {
        ...{ words, contexts, stride },
        probabilities: setting.probabilities,
        weights: setting.weights,
        relative: logits,
      },
      Float64Array.from(setting.logProbabilities, (log) => -log),
    );
    const gradient = factors.map((value) => scale * ridge * value);
    multiply(residual, h, { rows: words, inner: stride, columns }).forEach((g, i) => (gradient[i]! += scale * g));
    multiply(transpose(residual, { rows: words, columns: stride }), w, { rows: stride, inner: words, columns }).forEach(
      (g, i) => (gradient[paddedWords * columns + i]! += scale * g),
    );
    const length = stepLength(setting, taken + k, step === "unit" ? innerProduct(gradient, gradient) : 1);
    const stepSize = stepLength(setting, taken + k, 1);
    if (step === "max") {
      const steepest = steepestLength(setting, taken + k, absoluteSum(gradient) / scale);
      gradient.forEach((g, i) => (moved[i]! -= steepest * Math.sign(g)));
    } else if (typeof step === "function") entrywiseStep(moved, [first, second], gradient, length, step(taken + k + 1));
    else
      gradient.forEach((g, i) => {
        if (step === "sum") first[i] = decay * first[i]! + g;
        const direction = step === "sum" ? first[i]! : g;
        moved[i]! -= (length * direction) / (step === "unit" ? 1 : scale);
      });
    factors.forEach((value, i) => (moved[i]! -= stepSize * beside * value));
  }
}
