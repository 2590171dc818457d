import type { ArrayView, GpuArray } from "../gpu/array.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import type { Workspace } from "../gpu/workspace.ts";
import { absoluteSum } from "../kernels/absolute-sum.ts";
import { inChunks, innerProduct, partialCount } from "../kernels/inner-product.ts";
import { sum } from "../kernels/sum.ts";

/** The parts of ‖x‖², one a workgroup, whose sum it is; `partials` has {@link partialCount} of them. */
export function prepareSquares(
  workspace: Workspace,
  x: ArrayView<"f32">,
  partials: GpuArray<"f32">,
  length = x.length,
): Promise<Dispatch> {
  return prepareInner(workspace, x, x, partials, length);
}

/** The parts of ⟨a, b⟩, of its first `length` terms. */
export function prepareInner(
  workspace: Workspace,
  a: ArrayView<"f32">,
  b: ArrayView<"f32">,
  partials: GpuArray<"f32">,
  length = a.length,
): Promise<Dispatch> {
  return workspace.prepare(innerProduct, { arrays: { a, b, partials }, params: inChunks(length, partials.length) });
}

/** The parts of Σ |x_i|, one a workgroup, as many as {@link prepareSquares} has. */
export function prepareAbsoluteSum(
  workspace: Workspace,
  x: ArrayView<"f32">,
  partials: GpuArray<"f32">,
): Promise<Dispatch> {
  return workspace.prepare(absoluteSum, {
    arrays: { x, partials },
    params: inChunks(x.length, partials.length),
  });
}

/** sums[place] ← ‖x‖², or that of its first `length` entries. */
export function prepareSquaredNorm(
  workspace: Workspace,
  x: ArrayView<"f32">,
  sums: GpuArray<"f32">,
  place: number,
  length = x.length,
): Promise<Dispatch[]> {
  const terms = workspace.array("norm partials", "f32", [partialCount(length)]);
  return Promise.all([
    prepareSquares(workspace, x, terms, length),
    workspace.prepare(sum, { arrays: { terms, sums }, params: { rows: terms.length, columns: 1, first: place } }),
  ]);
}
