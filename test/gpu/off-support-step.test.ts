import { offSupportStep } from "../../src/kernels/off-support-step.ts";
import { offSupportStep as reference } from "../../src/reference/off-support-step.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { absoluteProduct, normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { drawPair, joinPair } from "../support/pairs.ts";
import { oneFaultOfEachKind, productShapes, SMALL_VARIANTS, SMALLEST_PRODUCTS } from "../support/products.ts";

interface Step {
  stepSize: number;
  decay: number;
  /** False for contexts that others follow. */
  isLast?: boolean;
}

function stepCase(
  { name, variant, shape: params }: ReturnType<typeof productShapes>[number],
  { stepSize, decay, isLast = true }: Step,
): KernelCase {
  const { rows, inner4, columns4 } = params;
  const shape = { rows, inner: 4 * inner4, columns: 4 * columns4 };
  const length = shape.rows * shape.columns;
  const residual = normals(1, shape.rows * shape.inner);
  const embeddings = normals(2, shape.inner * shape.columns);
  const inPair = drawPair(3, length, 10);
  const offPair = drawPair(4, length, 10);
  const off = joinPair(offPair.high, offPair.low);
  const before = off.slice();
  // the device holds the step in float32
  reference(off, residual, embeddings, shape, Math.fround(stepSize), Math.fround(decay));
  const whole = joinPair(inPair.high, inPair.low).map((x, i) => x + off[i]!);
  const sizes = absoluteProduct(residual, embeddings, shape);
  // the gradient errs as a float32 product does, and once more when it is scaled; a pair then keeps 2^-45 of its value
  const allowed = (i: number): number =>
    (shape.inner + 2) * F32_UNIT * Math.abs(stepSize) * sizes[i]! +
    2 ** -45 * (Math.abs(before[i]!) + Math.abs(whole[i]!) + Math.abs(off[i]!));
  return {
    name: `${rows} × ${shape.inner} by ${shape.inner} × ${shape.columns}, step ${stepSize}, decay ${decay}, ${name}${isLast ? "" : ", not the last"}`,
    params: { rows, inner4, columns4, zero: 0, is_last: isLast ? 1 : 0, step_size: stepSize, decay },
    variant,
    arrays: {
      residual,
      embeddings,
      in_high: inPair.high,
      in_low: inPair.low,
      off_high: offPair.high,
      off_low: offPair.low,
    },
    check: (found) => {
      requireClose("off", joinPair(found.off_high!, found.off_low!), off, allowed);
      if (!isLast) {
        const whole = new Set([...found.whole_high!, ...found.whole_low!]);
        if (whole.size > 1) throw new Error(`whole: expected to stay as it is, found ${[...whole].join(", ")}`);
        return;
      }
      requireClose("whole", joinPair(found.whole_high!, found.whole_low!), whole, allowed);
      requireClose(
        "whole, high part",
        found.whole_high!,
        whole,
        (i) => 2 * F32_UNIT * Math.abs(whole[i]!) + allowed(i),
      );
    },
  };
}

const small = (step: Step): KernelCase =>
  stepCase({ name: "none", variant: SMALL_VARIANTS.none, shape: { rows: 5, inner4: 3, columns4: 5 } }, step);
const isSmall = ({ variant }: KernelCase): boolean => variant === SMALL_VARIANTS.none;

kernelSuite(
  offSupportStep,
  [
    ...productShapes(SMALLEST_PRODUCTS).map((one) => stepCase(one, { stepSize: 0.5, decay: 1 })),
    small({ stepSize: -1, decay: 1 }),
    // a step far below the last bit of the float32 that it is added to must not be lost
    small({ stepSize: 1e-10, decay: 1 }),
    small({ stepSize: 2, decay: 0.9 }),
    small({ stepSize: -1, decay: 0 }),
    small({ stepSize: -1, decay: 0.9, isLast: false }),
  ],
  [
    ...oneFaultOfEachKind("residual"),
    ["-params.step_size * gradient", "params.step_size * gradient", isSmall],
    ["Pair(off_high[i], off_low[i])", "Pair(off_high[i], vec4f())", isSmall],
    ["vec4f(params.decay)", "vec4f(1.0)", isSmall],
    ["Pair(in_high[i], in_low[i])", "Pair(in_high[i], vec4f())", isSmall],
    ["off_low[i] = off.low", "off_low[i] = vec4f()", isSmall],
    ["sum.low + (p.low + q.low)", "sum.low + p.low", isSmall],
    ["params.is_last == 0u", "false", isSmall],
    ["whole_low[i] = whole.low", "whole_low[i] = vec4f()", isSmall],
    ["seal(a - from_a) + seal(b - from_b)", "seal(a - from_a)", isSmall],
    ["return fast_two_sum(sum.high, sum.low + p.low)", "return Pair(sum.high, p.low)", isSmall],
  ],
);
