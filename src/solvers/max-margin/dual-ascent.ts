import type { GpuArray } from "../../gpu/array.ts";
import { Batch } from "../../gpu/batch.ts";
import type { Dispatch } from "../../gpu/kernel.ts";
import type { Workspace } from "../../gpu/workspace.ts";
import { deviceShape, type DeviceShape } from "../../maps/device-shape.ts";
import { gramOnDevice, uploadEmbeddings } from "../../maps/gram.ts";
import { prepareProduct } from "../../maps/product.ts";
import { dualExtrapolation } from "../../kernels/dual-extrapolation.ts";
import { dualStep } from "../../kernels/dual-step.ts";
import { nesterovFactor } from "../../kernels/nesterov-factor.ts";
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
  /** Nesterov's factor and what it restarts by, from step to step. */
  readonly momentum: GpuArray<"f32">;
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
  const gram = inOneWorkgroup || contexts <= 2 * dim ? await gramOnDevice(workspace, shape, embeddings) : undefined;
  if (gram && inOneWorkgroup) {
    const iterate = await prepareOneWorkgroup(workspace, shape, { ...arrays, gram, state });
    return {
      shape,
      ...arrays,
      momentum: state,
      work: words * contexts ** 2,
      certifyEvery: CERTIFY_EVERY_IN_ONE_WORKGROUP,
      iterate,
    };
  }
  const chain = await prepareChain(workspace, shape, { ...arrays, state }, gram ?? embeddings);
  const iterate = (batch: Batch, count: number): void => {
    for (let k = 0; k < count; k++) batch.dispatch(...chain);
  };
  return {
    shape,
    ...arrays,
    momentum: state,
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
  if (!(through instanceof Float64Array))
    return [await prepareProduct(workspace, intoContexts, { left: y, right: through, product: gradient })];
  const { h, hT } = uploadEmbeddings(workspace, shape, through);
  const decoder = workspace.array("dual decoder", "f32", [words, paddedDim]);
  return Promise.all([
    prepareProduct(workspace, { ...intoContexts, columns4: dim4 }, { left: y, right: h, product: decoder }),
    prepareProduct(workspace, { ...intoContexts, inner4: dim4 }, { left: decoder, right: hT, product: gradient }),
  ]);
}
