import { POLAR_ITERATIONS, QUINTIC } from "../float64/polar.ts";
import type { GpuArray } from "../gpu/array.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import type { Workspace } from "../gpu/workspace.ts";
import { partialCount } from "../kernels/inner-product.ts";
import { quinticFactor } from "../kernels/quintic-factor.ts";
import { transpose } from "../kernels/transpose.ts";
import { unitMatrix } from "../kernels/unit-matrix.ts";
import { prepareSquares } from "./norms.ts";
import { prepareProduct } from "./product.ts";

/**
 * The polar factor of a matrix G on the device in float32, by Newton and Schulz's iteration with the quintic polynomial: U Vᵀ of
 * G = U Σ Vᵀ but for small singular values. One that is a share s of the Frobenius norm ‖G‖ becomes {@link polarValue}(s): from
 * s = 5e-4 on 1 to 6e-5, below that less, and none is above 1 but for rounding. What rounding leaves in the place of a singular value
 * of zero is some 1e-7 of the largest and is multiplied by up to 6,638: less than 5e-3 stands in its place. Zero for a matrix whose
 * squared norm is below 2^-100.
 * @param matrix [rows, 4 columns4], whose square sum float32 holds
 */
export async function preparePolar(
  workspace: Workspace,
  matrix: GpuArray<"f32">,
  { rows, columns4 }: Readonly<Record<"rows" | "columns4", number>>,
): Promise<{
  /** [rows rounded up to a multiple of four with zeros, 4 columns4] */
  polar: GpuArray<"f32">;
  dispatches: readonly Dispatch[];
}> {
  const [rows4, columns] = [Math.ceil(rows / 4), 4 * columns4];
  const isWide = rows4 <= columns4;
  const size = 4 * Math.min(rows4, columns4);
  const array = (label: string, ...shape: number[]): GpuArray<"f32"> => workspace.array(label, "f32", shape);
  const parts = array("parts of the squared norm", partialCount(rows * columns));
  const [polar, other] = [array("polar factor", 4 * rows4, columns), array("next polar factor", 4 * rows4, columns)];
  const transposed = array("polar factor transposed", columns, 4 * rows4);
  const [gram, square, factor] = ["Gram matrix", "its square", "quintic factor"].map((label) =>
    array(`${label} of the polar factor`, size, size),
  ) as [GpuArray<"f32">, GpuArray<"f32">, GpuArray<"f32">];
  const inSize = { rows: size, inner4: size / 4, columns4: size / 4 };
  const across = { rows: 4 * rows4, inner4: size / 4, columns4 };
  const iteration = (x: GpuArray<"f32">, next: GpuArray<"f32">): Promise<Dispatch>[] => [
    workspace.prepare(transpose, { arrays: { matrix: x, transposed }, params: { rows4, columns4 } }),
    prepareProduct(
      workspace,
      { ...inSize, inner4: isWide ? columns4 : rows4 },
      { left: isWide ? x : transposed, right: isWide ? transposed : x, product: gram },
    ),
    prepareProduct(workspace, inSize, { left: gram, right: gram, product: square }),
    workspace.prepare(quinticFactor, {
      arrays: { gram, square, factor },
      params: { size, identity: QUINTIC.identity, gram_weight: QUINTIC.gram, square_weight: QUINTIC.square },
    }),
    prepareProduct(workspace, across, { left: isWide ? factor : x, right: isWide ? x : factor, product: next }),
  ];
  const [measure, divide, there, back] = await Promise.all([
    prepareSquares(workspace, matrix, parts, rows * columns),
    workspace.prepare(unitMatrix, {
      arrays: { matrix, parts, unit: polar },
      params: { length: rows * columns, terms: parts.length },
    }),
    Promise.all(iteration(polar, other)),
    Promise.all(iteration(other, polar)),
  ]);
  const twice = Array.from({ length: POLAR_ITERATIONS / 2 }, () => [...there, ...back]);
  return { polar, dispatches: [measure, divide, ...twice.flat()] };
}
