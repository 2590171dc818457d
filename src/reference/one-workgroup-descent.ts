import { absoluteSum } from "./absolute-sum.ts";
import { entrywiseStep, type EntryRule64 } from "./entrywise-step.ts";
import { denseResidual, type DenseSetting } from "./lib/one-workgroup-residual.ts";
import { innerProduct } from "./inner-product.ts";
import { matrixProduct as multiply } from "./matrix-product.ts";
import { steepestLength, stepLength, type ScheduledStep } from "./step-length.ts";

/** Inputs of {@link oneWorkgroupDescent} that stay as they are. */
export interface OneWorkgroupSetting extends DenseSetting, ScheduledStep {
  /** H, [stride, columns], and its transpose. */
  readonly embeddings: ArrayLike<number>;
  readonly embeddingsT: ArrayLike<number>;
  readonly columns: number;
  readonly step: "gradient" | "sum" | "unit" | "max" | EntryRule64;
  /** Of a sum. */
  readonly decay: number;
  readonly steps: number;
  /** What gradients are multiplied by. */
  readonly scale: number;
}

/** What steps hand on to the next, [words, columns] each. */
export interface OneWorkgroupArrays {
  /** What the decoder has moved by. */
  readonly moved: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** So many steps of one problem, in place: the gradient R H of the residual at X = D Hᵀ, and the optimiser's step along it. */
export function oneWorkgroupDescent(
  setting: OneWorkgroupSetting,
  { moved, first, second }: OneWorkgroupArrays,
  taken: number,
): void {
  const { words, stride, columns, embeddings, embeddingsT, step, decay, steps, scale, ...pace } = setting;
  for (let k = 0; k < steps; k++) {
    const change = multiply(moved, embeddingsT, { rows: words, inner: columns, columns: stride });
    const residual = denseResidual(setting, change);
    const gradient = multiply(residual, embeddings, { rows: words, inner: stride, columns }).map((g) => scale * g);
    const length = stepLength(pace, taken + k, step === "unit" ? innerProduct(gradient, gradient) : 1);
    if (step === "max") {
      const steepest = steepestLength(pace, taken + k, absoluteSum(gradient) / scale);
      gradient.forEach((g, i) => (moved[i]! -= steepest * Math.sign(g)));
    } else if (typeof step === "function") entrywiseStep(moved, [first, second], gradient, length, step(taken + k + 1));
    else
      gradient.forEach((g, i) => {
        if (step === "sum") first[i] = decay * first[i]! + g;
        const direction = step === "sum" ? first[i]! : g;
        moved[i]! -= (length * direction) / (step === "unit" ? 1 : scale);
      });
  }
}
