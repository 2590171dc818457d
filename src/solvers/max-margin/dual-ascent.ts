import type { GpuArray } from "../../gpu/array.ts";
import { Batch } from "../../gpu/batch.ts";
import type { Dispatch } from "../../gpu/kernel.ts";
import type { Workspace } from "../../gpu/workspace.ts";
import { readArrays } from "../../readback/read-arrays.ts";
import { contextBlocks, type ContextBlock, type DeviceShape } from "../../maps/device-shape.ts";
import { gramOnDevice, uploadEmbeddings } from "../../maps/gram.ts";
import { prepareProduct } from "../../maps/product.ts";
import { dualExtrapolation } from "../../kernels/dual-extrapolation.ts";
import { dualStep } from "../../kernels/dual-step.ts";
import { nesterovFactor } from "../../kernels/nesterov-factor.ts";
import { fitsOneWorkgroup, oneWorkgroupAscent, ascentTileOn } from "../../kernels/one-workgroup-ascent.ts";
import type { MarginCertificate } from "./certificate.ts";

/**
 * Accelerated projected ascent on the dual of a margin problem, all contexts at once and with nothing read back:
 *
 *   maximise −⟨linear, x⟩ − ½‖Σ_j x_j ĥ_jᵀ‖²  subject to  Σ_v x_jv = 0,  x ≤ room
 *
 * with the embeddings ĥ_j scaled so that the step size is 1. A context is a column of its block's matrices.
 */
export interface DualAscent {
  /** Uploads the problem in δ, δ = 0 and the points ahead of it, one array for each block; δ itself where they are left out. */
  startRound(certificate: MarginCertificate, ahead?: readonly Float32Array<ArrayBuffer>[]): void;
  /** The iterate and the point that the next step starts from, of each block, and {@link momentum}. */
  read(): Promise<Reached>;
  /** Nesterov's factor and what it restarts by, from step to step. */
  readonly momentum: GpuArray<"f32">;
  /** Multiply-adds of one iteration. */
  readonly work: number;
  /** Iterations between two certificates, at least. */
  readonly certifyEvery: number;
  /** Records so many iterations; one call for a batch. */
  iterate(batch: Batch, count: number): void;
}

/** What an ascent has come to. */
export interface Reached {
  readonly blocks: readonly ReachedBlock[];
  readonly momentum: Float32Array;
}
interface ReachedBlock {
  readonly first: number;
  readonly contexts: number;
  readonly stride: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** The dual of a block of contexts on the device, [V, stride]. */
interface AscentBlock extends ContextBlock {
  readonly linear: Matrix;
  readonly room: Matrix;
  readonly x: Matrix;
  readonly y: Matrix;
}

/** A certificate takes a few milliseconds, and so do so many iterations, in one workgroup or as a chain of dispatches. */
const CERTIFY_EVERY_IN_ONE_WORKGROUP = 128;
const CERTIFY_EVERY_IN_CHAIN = 64;

/**
 * A problem of few words and contexts stays in one workgroup, whose iterations are one dispatch; a larger one takes a chain of
 * dispatches for each, and one whose V m numbers are more than a binding may hold goes through blocks of contexts.
 * @param shape of the problem; its `contextsAtOnce` may be all padded contexts, or any multiple of 64 below
 * @param embeddings ĥ_j, m × d row-major, with λ_max(Σ_j ĥ_j ĥ_jᵀ) ≤ 1
 */
export async function prepareDualAscent(
  workspace: Workspace,
  shape: DeviceShape,
  embeddings: Float64Array,
): Promise<DualAscent> {
  const { words, contexts, dim } = shape;
  const blocks = contextBlocks(shape).map((block): AscentBlock => {
    const matrix = (label: string): Matrix => workspace.array(label, "f32", [words, block.paddedContexts]);
    return { ...block, linear: matrix("linear part"), room: matrix("room"), x: matrix("x"), y: matrix("y") };
  });
  const momentum = workspace.array("momentum", "f32", [2], Float32Array.of(1, 0));
  const [block] = blocks;
  const isWhole = blocks.length === 1;
  const inOneWorkgroup = isWhole && fitsOneWorkgroup(shape);
  const throughGram = inOneWorkgroup || (isWhole && contexts <= 2 * dim);
  const gram = throughGram ? await gramOnDevice(workspace, shape, embeddings) : undefined;
  return {
    startRound: (certificate, ahead) => startRound(blocks, certificate, ahead),
    read: () => readReached(blocks, momentum),
    momentum,
    ...(gram && inOneWorkgroup
      ? {
          work: words * contexts ** 2,
          certifyEvery: CERTIFY_EVERY_IN_ONE_WORKGROUP,
          iterate: await prepareOneWorkgroup(workspace, shape, { ...block!, gram, state: momentum }),
        }
      : {
          work: words * contexts * (gram ? contexts : 2 * dim),
          certifyEvery: CERTIFY_EVERY_IN_CHAIN,
          iterate: await prepareChain(workspace, shape, blocks, momentum, gram ?? embeddings),
        }),
  };
}

type Matrix = GpuArray<"f32">;
type AscentArrays = Readonly<Record<"linear" | "room" | "x" | "y" | "state", Matrix>>;

function startRound(
  blocks: readonly AscentBlock[],
  certificate: MarginCertificate,
  ahead: readonly Float32Array<ArrayBuffer>[] = [],
): void {
  const round = blocks.map(({ first, contexts, paddedContexts, linear: { length } }) => ({
    ...{ first, contexts, stride: paddedContexts },
    ...{ linear: new Float32Array(length), room: new Float32Array(length) },
  }));
  certificate.writeRound(...round);
  for (const [n, { linear, room, x, y }] of blocks.entries()) {
    linear.write(round[n]!.linear);
    room.write(round[n]!.room);
    x.write(new Float32Array(x.length));
    y.write(ahead[n] ?? new Float32Array(y.length));
  }
}

async function readReached(blocks: readonly AscentBlock[], momentum: Matrix): Promise<Reached> {
  const [state, ...arrays] = await readArrays(momentum, ...blocks.flatMap(({ x, y }) => [x, y]));
  return {
    momentum: state,
    blocks: blocks.map(({ first, contexts, paddedContexts: stride }, n) => ({
      ...{ first, contexts, stride },
      ...{ x: arrays[2 * n]!, y: arrays[2 * n + 1]! },
    })),
  };
}

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
  blocks: readonly AscentBlock[],
  state: Matrix,
  through: Matrix | Float64Array,
): Promise<DualAscent["iterate"]> {
  const { words, contexts } = shape;
  const overlap = workspace.array("overlap", "f32", [contexts]);
  const shift = workspace.array("shift", "f32", [contexts]);
  const moved = blocks.map(({ paddedContexts }) => workspace.array("moved", "f32", [words, paddedContexts]));
  const { before, gradients } = await prepareGradients(workspace, shape, through, blocks, moved);
  const steps = await Promise.all(
    blocks.map(({ first, contexts: own, paddedContexts: stride, linear, room, y, x }, n) =>
      workspace.prepare(dualStep, {
        arrays: { linear, room, y, x, moved: moved[n]!, overlap: overlap.from(first), shift: shift.from(first) },
        params: { contexts: own, words, stride },
      }),
    ),
  );
  const factor = await workspace.prepare(nesterovFactor, { arrays: { overlap, state }, params: { contexts } });
  const extrapolations = await Promise.all(
    blocks.map(({ x, y }, n) =>
      workspace.prepare(dualExtrapolation, {
        arrays: { moved: moved[n]!, state, x, y },
        params: { length: x.length },
      }),
    ),
  );
  const chain = [...before, ...gradients.flatMap((gradient, n) => [gradient, steps[n]!]), factor, ...extrapolations];
  return (batch, count) => {
    for (let k = 0; k < count; k++) batch.dispatch(...chain);
  };
}

/** G = Y Ĥ Ĥᵀ of each block: through the Gram matrix where all is one, or by way of the decoder W = Y Ĥ, summed block after block. */
async function prepareGradients(
  workspace: Workspace,
  shape: DeviceShape,
  through: Matrix | Float64Array,
  blocks: readonly AscentBlock[],
  gradients: readonly Matrix[],
): Promise<{ readonly before: readonly Dispatch[]; readonly gradients: readonly Dispatch[] }> {
  const { words, paddedDim } = shape;
  const dim4 = paddedDim / 4;
  if (!(through instanceof Float64Array)) {
    const [{ paddedContexts, y }] = blocks as readonly [AscentBlock];
    const size = { rows: words, inner4: paddedContexts / 4, columns4: paddedContexts / 4 };
    const arrays = { left: y, right: through, product: gradients[0]! };
    return { before: [], gradients: [await prepareProduct(workspace, size, arrays)] };
  }
  const { h, hT } = uploadEmbeddings(workspace, shape, through);
  const decoder = workspace.array("dual decoder", "f32", [words, paddedDim]);
  return {
    before: await Promise.all(
      blocks.map(({ first, paddedContexts, y }, n) => {
        const size = { rows: words, inner4: paddedContexts / 4, columns4: dim4 };
        const arrays = { left: y, right: h.from(first * paddedDim), product: decoder };
        return prepareProduct(workspace, size, arrays, { adds: n > 0 });
      }),
    ),
    gradients: await Promise.all(
      blocks.map(({ first, paddedContexts }, n) => {
        const size = { rows: words, inner4: dim4, columns4: paddedContexts / 4 };
        const arrays = { left: decoder, right: hT.from(first * paddedDim), product: gradients[n]! };
        return prepareProduct(workspace, size, arrays);
      }),
    ),
  };
}
