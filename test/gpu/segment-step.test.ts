import { segmentStep } from "../../src/kernels/segment-step.ts";
import { segmentStep as reference } from "../../src/reference/segment-step.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { absoluteProduct, normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { oneFaultOfEachKind, productShapes, SMALL_VARIANTS, SMALLEST_PRODUCTS } from "../support/products.ts";

function stepCase(
  { name, variant, shape: params }: ReturnType<typeof productShapes>[number],
  { stepSize, decay }: { stepSize: number; decay: number },
): KernelCase {
  const { rows, inner4, columns4 } = params;
  const shape = { rows, inner: 4 * inner4, columns: 4 * columns4 };
  const residual = normals(1, shape.rows * shape.inner);
  const embeddings = normals(2, shape.inner * shape.columns);
  const before = normals(3, shape.rows * shape.columns, 3);
  const expected = Float64Array.from(before);
  // the device holds both in float32
  reference(expected, residual, embeddings, shape, Math.fround(stepSize), Math.fround(decay));
  const sizes = absoluteProduct(residual, embeddings, shape);
  return {
    name: `${rows} × ${shape.inner} by ${shape.inner} × ${shape.columns}, step ${stepSize}, decay ${decay}, ${name}`,
    params: { rows, inner4, columns4, step_size: stepSize, decay },
    variant,
    arrays: { residual, embeddings, moving: before },
    check: ({ moving }) =>
      requireClose(
        "moving",
        moving!,
        expected,
        // the gradient errs as a float32 product does; it is scaled, and so is what was there; their sum is rounded
        (i) =>
          (shape.inner + 1) * F32_UNIT * Math.abs(stepSize) * sizes[i]! +
          F32_UNIT * (Math.abs(decay * before[i]!) + Math.abs(expected[i]!)),
      ),
  };
}

const small = (step: { stepSize: number; decay: number }): KernelCase[] =>
  Object.entries(SMALL_VARIANTS).map(([name, variant]) =>
    stepCase({ name, variant, shape: { rows: 5, inner4: 3, columns4: 5 } }, step),
  );

kernelSuite(
  segmentStep,
  [
    ...productShapes(SMALLEST_PRODUCTS).map((one) => stepCase(one, { stepSize: 0.5, decay: 1 })),
    ...small({ stepSize: -1, decay: 0.9 }),
    ...small({ stepSize: -1, decay: 0 }),
  ],
  [
    ...oneFaultOfEachKind("residual"),
    ["- params.step_size * gradient", "+ params.step_size * gradient"],
    ["params.decay * moving[i]", "moving[i]", ({ params }) => params["decay"] !== 1],
    ["moving[i] = params.decay * moving[i] -", "moving[i] = -"],
  ],
);
