import { denseResidual, type DenseSetting } from "./lib/one-workgroup-residual.ts";
import { matrixProduct as multiply } from "./matrix-product.ts";
import { scheduledStep, type ScheduledStep } from "./step-length.ts";

/** Inputs of {@link coefficientDescent} that stay as they are. */
export interface CoefficientSetting extends DenseSetting, ScheduledStep {
  /** [stride, stride] */
  readonly gram: ArrayLike<number>;
  readonly steps: number;
  readonly momentum: number;
}

/** So many steps of one problem, in place: U ← momentum U + R, C ← C − step_k U, with R the residual at X = C G. */
export function coefficientDescent(
  setting: CoefficientSetting,
  coefficients: Float64Array,
  direction: Float64Array,
  taken: number,
): void {
  const { words, stride, gram, steps, momentum } = setting;
  for (let k = 0; k < steps; k++) {
    const residual = denseResidual(
      setting,
      multiply(coefficients, gram, { rows: words, inner: stride, columns: stride }),
    );
    const step = scheduledStep(setting, taken + k);
    residual.forEach((r, i) => {
      direction[i] = momentum * direction[i]! + r;
      coefficients[i]! -= step * direction[i];
    });
  }
}
