import type { GpuArray } from "../../gpu/array.ts";
import { Batch } from "../../gpu/batch.ts";
import type { Dispatch } from "../../gpu/kernel.ts";
import type { Workspace } from "../../gpu/workspace.ts";
import { deviceShape, type DeviceShape } from "../../maps/device-problem.ts";
import { dualExtrapolation } from "../../kernels/dual-extrapolation.ts";
import { dualStep } from "../../kernels/dual-step.ts";
import { matrixProduct } from "../../kernels/matrix-product.ts";
import { nesterovFactor } from "../../kernels/nesterov-factor.ts";
import { chooseProduct } from "../../maps/product.ts";
import { fitsOneWorkgroup, oneWorkgroupAscent, ascentTileOn } from "../../kernels/one-workgroup-ascent.ts";
import type { Problem } from "../../problem/problem.ts";

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
  /** Multiply-adds of one iteration. */
  readonly work: number;
  /** Iterations between two certificates, at least. */
  readonly certifyEvery: number;
  /** Records so many iterations; one call for a batch. */
  iterate(batch: Batch, count: number): void;
}

/** A certificate takes a few milliseconds, and so do so many iterations, in one workgroup or as a chain of dispatches. */
const CERTIFY_EVERY_IN_ONE_WORKGROUP = 128;
const CERTIFY_EVERY_IN_CHAIN = 64;

/**
 * A problem of few words and contexts stays in one workgroup, whose iterations are one dispatch; a larger one takes a chain of
 * dispatches for each.
 * @param embeddings ĥ_j, m × d row-major, with λ_max(Σ_j ĥ_j ĥ_jᵀ) ≤ 1
 */
export async function prepareDualAscent(
  workspace: Workspace,
  problem: Problem,
  embeddings: Float64Array,
): Promise<DualAscent> {
  const shape = deviceShape(problem);
  const { words, contexts, dim, paddedContexts } = shape;
  const matrix = (label: string): GpuArray<"f32"> => workspace.array(label, "f32", [words, paddedContexts]);
  const arrays = { linear: matrix("linear part"), room: matrix("room"), x: matrix("x"), y: matrix("y") };
  const state = workspace.array("momentum", "f32", [2], Float32Array.of(1, 0));
  const inOneWorkgroup = fitsOneWorkgroup(shape);
  const gram = inOneWorkgroup || contexts <= 2 * dim ? await gramMatrix(workspace, shape, embeddings) : undefined;
  if (gram && inOneWorkgroup) {
    const iterate = await prepareOneWorkgroup(workspace, shape, { ...arrays, gram, state });
    return { shape, ...arrays, work: words * contexts ** 2, certifyEvery: CERTIFY_EVERY_IN_ONE_WORKGROUP, iterate };
  }
  const chain = await prepareChain(workspace, shape, { ...arrays, state }, gram ?? embeddings);
  const iterate = (batch: Batch, count: number): void => {
    for (let k = 0; k < count; k++) batch.dispatch(...chain);
  };
  return {
    shape,
    ...arrays,
    work: words * contexts * Math.min(contexts, 2 * dim),
    certifyEvery: CERTIFY_EVERY_IN_CHAIN,
    iterate,
  };
}

type Matrix = GpuArray<"f32">;
type AscentArrays = Readonly<Record<"linear" | "room" | "x" | "y" | "state", Matrix>>;

/** How many iterations is written beside each batch, which is submitted before the next is recorded. */
async function prepareOneWorkgroup(
  workspace: Workspace,
  shape: DeviceShape,
  arrays: AscentArrays & { readonly gram: Matrix },
): Promise<DualAscent["iterate"]> {
  const { words, contexts, paddedContexts: stride } = shape;
  const plan = workspace.array("plan", "u32", [2]);
  const dispatch = await workspace.prepare(
    oneWorkgroupAscent,
    { arrays: { plan, ...arrays }, params: { problems: 1, groups: 1, contexts, words, stride } },
    ascentTileOn(workspace.gpu, shape),
  );
  return (batch, count) => {
    plan.write(Uint32Array.of(count, 0));
    batch.dispatch(dispatch);
  };
}

async function prepareChain(
  workspace: Workspace,
  shape: DeviceShape,
  { linear, room, x, y, state }: AscentArrays,
  through: Matrix | Float64Array,
): Promise<readonly Dispatch[]> {
  const { words, contexts, paddedContexts: stride } = shape;
  const moved = workspace.array("moved", "f32", [words, stride]);
  const overlap = workspace.array("overlap", "f32", [contexts]);
  const shift = workspace.array("shift", "f32", [contexts]);
  const gradient = await prepareGradient(workspace, shape, through, y, moved);
  const step = await Promise.all([
    workspace.prepare(dualStep, {
      arrays: { linear, room, y, x, moved, overlap, shift },
      params: { contexts, words, stride },
    }),
    workspace.prepare(nesterovFactor, { arrays: { overlap, state }, params: { contexts } }),
    workspace.prepare(dualExtrapolation, { arrays: { moved, state, x, y }, params: { length: words * stride } }),
  ]);
  return [...gradient, ...step];
}

/** Ĥ [paddedContexts, paddedDim] and Ĥᵀ on the device. */
function uploadEmbeddings(
  workspace: Workspace,
  { contexts, dim, paddedDim, paddedContexts }: DeviceShape,
  embeddings: Float64Array,
): { h: Matrix; hT: Matrix } {
  const rows = new Float32Array(paddedContexts * paddedDim);
  const columns = new Float32Array(paddedDim * paddedContexts);
  for (let j = 0; j < contexts; j++)
    for (let i = 0; i < dim; i++) rows[j * paddedDim + i] = columns[i * paddedContexts + j] = embeddings[j * dim + i]!;
  return {
    h: workspace.array("scaled embeddings", "f32", [paddedContexts, paddedDim], rows),
    hT: workspace.array("scaled embeddings transposed", "f32", [paddedDim, paddedContexts], columns),
  };
}

/** The kernel for logits, which is a product of any two matrices. */
const prepareProduct = async (
  workspace: Workspace,
  left: Matrix,
  right: Matrix,
  result: Matrix,
  params: { rows: number; inner4: number; columns4: number },
): Promise<Dispatch> =>
  workspace.prepare(
    matrixProduct,
    { arrays: { left, right, product: result }, params },
    await chooseProduct(workspace.gpu, params),
  );

/** Ĥ Ĥᵀ [paddedContexts, paddedContexts]: where m ≤ 2d a product with it takes fewer multiply-adds, and no more memory, than with Ĥ and Ĥᵀ. */
async function gramMatrix(workspace: Workspace, shape: DeviceShape, embeddings: Float64Array): Promise<Matrix> {
  const { contexts, paddedDim, paddedContexts } = shape;
  const { h, hT } = uploadEmbeddings(workspace, shape, embeddings);
  const gram = workspace.array("Gram matrix", "f32", [paddedContexts, paddedContexts]);
  const batch = new Batch(workspace.gpu, "Gram matrix");
  const params = { rows: contexts, inner4: paddedDim / 4, columns4: paddedContexts / 4 };
  batch.dispatch(await prepareProduct(workspace, h, hT, gram, params));
  batch.submit();
  return gram;
}

/** G = Y Ĥ Ĥᵀ through the Gram matrix, or by way of the decoder W = Y Ĥ. */
async function prepareGradient(
  workspace: Workspace,
  shape: DeviceShape,
  through: Matrix | Float64Array,
  y: Matrix,
  gradient: Matrix,
): Promise<readonly Dispatch[]> {
  const { words, paddedDim, paddedContexts } = shape;
  const [dim4, contexts4] = [paddedDim / 4, paddedContexts / 4];
  const intoContexts = { rows: words, inner4: contexts4, columns4: contexts4 };
  if (!(through instanceof Float64Array)) return [await prepareProduct(workspace, y, through, gradient, intoContexts)];
  const { h, hT } = uploadEmbeddings(workspace, shape, through);
  const decoder = workspace.array("dual decoder", "f32", [words, paddedDim]);
  return Promise.all([
    prepareProduct(workspace, y, h, decoder, { ...intoContexts, columns4: dim4 }),
    prepareProduct(workspace, decoder, hT, gradient, { ...intoContexts, inner4: dim4 }),
  ]);
}
