import type { GpuArray } from "../gpu/array.ts";
import { Batch } from "../gpu/batch.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import type { Workspace } from "../gpu/workspace.ts";
import { deviceShape, type DeviceShape } from "../kernels/device-problem.ts";
import { dualExtrapolation } from "../kernels/dual-extrapolation.ts";
import { dualStep } from "../kernels/dual-step.ts";
import { logits } from "../kernels/logits.ts";
import { momentum } from "../kernels/momentum.ts";
import { chooseProduct } from "../kernels/choose-product.ts";
import type { Problem } from "../problem/problem.ts";

/**
 * Accelerated projected ascent on the dual of a margin problem, all contexts at once and with nothing read back:
 *
 *   maximise −⟨linear, x⟩ − ½‖Σ_j x_j ĥ_jᵀ‖²  subject to  Σ_v x_jv = 0,  x ≤ room
 *
 * with the embeddings ĥ_j scaled so that the step size is 1. Matrices are [V, paddedContexts]: a context is a column.
 */
export interface DualAscent {
  readonly shape: DeviceShape;
  readonly linear: GpuArray<"f32">;
  readonly room: GpuArray<"f32">;
  /** The iterate. */
  readonly x: GpuArray<"f32">;
  /** The point that the next step starts from. */
  readonly y: GpuArray<"f32">;
  /** Records one iteration. */
  iterate(batch: Batch): void;
}

/** @param embeddings ĥ_j, m × d row-major, with λ_max(Σ_j ĥ_j ĥ_jᵀ) ≤ 1 */
export async function prepareDualAscent(
  workspace: Workspace,
  problem: Problem,
  embeddings: Float64Array,
): Promise<DualAscent> {
  const shape = deviceShape(problem);
  const { words, contexts, paddedContexts } = shape;
  const matrix = (label: string): GpuArray<"f32"> => workspace.array(label, "f32", [words, paddedContexts]);
  const [linear, room, x, y, moved] = ["linear part", "room", "x", "y", "moved"].map(matrix) as [
    GpuArray<"f32">,
    GpuArray<"f32">,
    GpuArray<"f32">,
    GpuArray<"f32">,
    GpuArray<"f32">,
  ];
  const overlap = workspace.array("overlap", "f32", [contexts]);
  const state = workspace.array("momentum", "f32", [2], Float32Array.of(1, 0));
  const gradient = await prepareGradient(workspace, shape, embeddings, y, moved);
  const step = await Promise.all([
    workspace.prepare(
      dualStep,
      { arrays: { linear, room, y, x, moved, overlap }, params: { contexts, words, stride: paddedContexts } },
      undefined,
    ),
    workspace.prepare(momentum, { arrays: { overlap, state }, params: { contexts } }, undefined),
    workspace.prepare(
      dualExtrapolation,
      { arrays: { moved, state, x, y }, params: { length: words * paddedContexts } },
      undefined,
    ),
  ]);
  return { shape, linear, room, x, y, iterate: (batch) => batch.dispatch(...gradient, ...step) };
}

/**
 * G = Y Ĥ Ĥᵀ by the kernel for logits, which is a product of any two matrices: with the Gram matrix of the contexts where
 * m ≤ 2d, when that takes fewer multiply-adds and no more memory than Ĥ and Ĥᵀ, otherwise by way of the decoder W = Y Ĥ.
 */
async function prepareGradient(
  workspace: Workspace,
  { words, contexts, dim, paddedDim, paddedContexts }: DeviceShape,
  embeddings: Float64Array,
  y: GpuArray<"f32">,
  gradient: GpuArray<"f32">,
): Promise<readonly Dispatch[]> {
  const rows = new Float32Array(paddedContexts * paddedDim);
  const columns = new Float32Array(paddedDim * paddedContexts);
  for (let j = 0; j < contexts; j++)
    for (let i = 0; i < dim; i++) rows[j * paddedDim + i] = columns[i * paddedContexts + j] = embeddings[j * dim + i]!;
  const h = workspace.array("scaled embeddings", "f32", [paddedContexts, paddedDim], rows);
  const hT = workspace.array("scaled embeddings transposed", "f32", [paddedDim, paddedContexts], columns);
  const [dim4, contexts4] = [paddedDim / 4, paddedContexts / 4];
  const product = async (
    left: GpuArray<"f32">,
    right: GpuArray<"f32">,
    result: GpuArray<"f32">,
    params: { rows: number; inner4: number; columns4: number },
  ): Promise<Dispatch> =>
    workspace.prepare(
      logits,
      { arrays: { decoder: left, embeddings_t: right, logits: result }, params },
      await chooseProduct(workspace.gpu, params),
    );
  if (contexts <= 2 * dim) {
    const gram = workspace.array("Gram matrix", "f32", [paddedContexts, paddedContexts]);
    const batch = new Batch(workspace.gpu, "Gram matrix");
    batch.dispatch(await product(h, hT, gram, { rows: contexts, inner4: dim4, columns4: contexts4 }));
    batch.submit();
    return [await product(y, gram, gradient, { rows: words, inner4: contexts4, columns4: contexts4 })];
  }
  const decoder = workspace.array("dual decoder", "f32", [words, paddedDim]);
  return Promise.all([
    product(y, h, decoder, { rows: words, inner4: contexts4, columns4: dim4 }),
    product(decoder, hT, gradient, { rows: words, inner4: dim4, columns4: contexts4 }),
  ]);
}
