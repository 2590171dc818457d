import { adamStep } from "./adam-step.ts";
import { denseResidual, type DenseSetting } from "./lib/one-workgroup-residual.ts";
import { innerProduct } from "./inner-product.ts";
import { matrixProduct as multiply } from "./matrix-product.ts";
import { stepLength } from "./step-length.ts";

/** Inputs of {@link oneWorkgroupDescent} that stay as they are. */
export interface OneWorkgroupSetting extends DenseSetting {
  /** H, [stride, columns], and its transpose. */
  readonly embeddings: ArrayLike<number>;
  readonly embeddingsT: ArrayLike<number>;
  readonly columns: number;
  readonly method: {
    readonly optimizer: string;
    readonly momentum?: number;
    readonly betas?: readonly [number, number];
    readonly epsilon?: number;
  };
  readonly steps: number;
  readonly stepSize: number;
  readonly slowing: number;
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
  const { words, stride, columns, embeddings, embeddingsT, method, steps, scale, ...pace } = setting;
  const { optimizer, momentum = 0, betas = [0, 0], epsilon = 0 } = method;
  for (let k = 0; k < steps; k++) {
    const change = multiply(moved, embeddingsT, { rows: words, inner: columns, columns: stride });
    const residual = denseResidual(setting, change);
    const gradient = multiply(residual, embeddings, { rows: words, inner: stride, columns }).map((g) => scale * g);
    const length = stepLength(pace, taken + k, optimizer === "normalised" ? innerProduct(gradient, gradient) : 1);
    if (optimizer === "adam")
      adamStep({ decoder: moved, first, second }, gradient, length, {
        count: taken + k + 1,
        betas,
        epsilon: scale * epsilon,
      });
    else
      gradient.forEach((g, i) => {
        if (optimizer === "momentum") first[i] = momentum * first[i]! + g;
        const direction = optimizer === "momentum" ? first[i]! : g;
        moved[i]! -= (length * direction) / (optimizer === "normalised" ? 1 : scale);
      });
  }
}
