import type { SupportMatrices } from "../../float64/nuclear-certificate.ts";
import type { GpuArray } from "../../gpu/array.ts";
import type { Dispatch } from "../../gpu/kernel.ts";
import type { Workspace } from "../../gpu/workspace.ts";
import { jacobiOrder } from "../../kernels/jacobi-sweeps.ts";
import { nuclearStep } from "../../kernels/nuclear-step.ts";
import { singularClip } from "../../kernels/singular-clip.ts";
import { transpose } from "../../kernels/transpose.ts";
import { prepareProduct } from "../../maps/product.ts";
import { prepareRotationSweep } from "../../maps/svd.ts";

/** Where the iterations start. */
export interface NuclearStart {
  /** Z, a matrix of supports and words. */
  readonly solution: ArrayLike<number>;
  /** The multiplier Y, of norm 1. */
  readonly multiplier: ArrayLike<number>;
  /** Q with Q (Z + Y/ρ) of orthogonal rows, about. */
  readonly rotation: ArrayLike<number>;
  /** About what the norm of the matrices is. */
  readonly size: number;
}

/**
 * The alternating direction method of multipliers on ‖Z‖_* subject to Z = X, X feasible, with nothing read back:
 *
 *   Y ← projection onto the cone of multipliers times 1/ρ (the kernel nuclear-step),  M = Z + Y
 *   U ← M with its singular values clipped at 1/ρ: Qᵀ clip(Q M), after one sweep of rotations that starts from the Q before,  Z = M − U
 */
export interface NuclearIteration {
  /** The dispatches of one iteration. */
  readonly dispatches: readonly Dispatch[];
  /** M and U, whose difference is Z. */
  readonly moved: GpuArray<"f32">;
  readonly clipped: GpuArray<"f32">;
  /** Y/ρ, in the cone of multipliers. */
  readonly multiplier: GpuArray<"f32">;
  readonly rotation: GpuArray<"f32">;
  /** A matrix as it was read back, without what fills it up. */
  unpad(values: Float32Array): Float64Array;
  unpadRotation(values: Float32Array): Float64Array;
  /** Multiply-adds of one iteration, about. */
  readonly work: number;
}

export async function prepareNuclearIteration(
  workspace: Workspace,
  matrices: SupportMatrices,
  penalty: number,
  start: NuclearStart,
): Promise<NuclearIteration> {
  const { rows: n, columns, supports } = matrices;
  const order = jacobiOrder(n);
  const stride = Math.ceil(columns / 4) * 4;
  const pad = (at: (i: number, c: number) => number): Float32Array<ArrayBuffer> => {
    const values = new Float32Array(order * stride);
    for (let i = 0; i < n; i++) for (let c = 0; c < columns; c++) values[i * stride + c] = at(i, c);
    return values;
  };
  const { word, support } = matrices.strides(stride);
  const margins = new Float32Array(order * stride);
  for (let s = 0; s < supports.count; s++) {
    const { place, isIn } = matrices.places(s, stride);
    for (let v = 0; v < supports.vocabularySize; v++) margins[place(v)] = isIn[v] ? 0 : matrices.root(s);
  }
  const startRotation = new Float32Array(order * order);
  for (let i = 0; i < order; i++)
    for (let k = 0; k < order; k++)
      startRotation[i * order + k] = i < n && k < n ? start.rotation[i * n + k]! : i === k ? 1 : 0;

  const matrix = (label: string, data?: Float32Array<ArrayBuffer>): GpuArray<"f32"> =>
    workspace.array(label, "f32", [order, stride], data);
  const u = matrix(
    "clipped",
    pad((i, c) => start.multiplier[i * columns + c]! / penalty),
  );
  const moved = matrix(
    "moved solution",
    pad((i, c) => start.solution[i * columns + c]! + start.multiplier[i * columns + c]! / penalty),
  );
  const y = matrix("multiplier");
  const rotated = matrix("rotated");
  const cut = matrix("rotated and clipped");
  const rotation = workspace.array("rotation", "f32", [order, order], startRotation);
  const rotationT = workspace.array("rotation transposed", "f32", [order, order]);
  const shape = { rows: order, inner4: order / 4, columns4: stride / 4 };
  const [step, rotate, sweep, clip, turn, unrotate] = await Promise.all([
    workspace.prepare(nuclearStep, {
      arrays: {
        margins: matrix("margins", margins),
        u,
        moved,
        y,
        shift: workspace.array("shift", "f32", [supports.count]),
      },
      params: {
        contexts: supports.count,
        words: supports.vocabularySize,
        context_stride: support,
        word_stride: word,
      },
    }),
    prepareProduct(workspace, shape, { left: rotation, right: moved, product: rotated }),
    prepareRotationSweep(workspace, { rows: rotated, rotation }, { order, stride, size: start.size, tolerance: 0 }),
    workspace.prepare(singularClip, {
      arrays: { rows: rotated, clipped: cut, lengths: workspace.array("singular values", "f32", [order]) },
      params: { count: order, length4: stride / 4, limit: 1 / penalty },
    }),
    workspace.prepare(transpose, {
      arrays: { matrix: rotation, transposed: rotationT },
      params: { rows4: order / 4, columns4: order / 4 },
    }),
    prepareProduct(workspace, shape, { left: rotationT, right: cut, product: u }),
  ]);
  return {
    dispatches: [step, rotate, ...sweep.dispatches, clip, turn, unrotate],
    moved,
    clipped: u,
    multiplier: y,
    rotation,
    unpad: (values) =>
      Float64Array.from({ length: n * columns }, (_, i) => values[Math.floor(i / columns) * stride + (i % columns)]!),
    unpadRotation: (values) =>
      Float64Array.from({ length: n * n }, (_, i) => values[Math.floor(i / n) * order + (i % n)]!),
    work: 3 * order * order * (order + 2 * stride),
  };
}
