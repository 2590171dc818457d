import type { ArrayView, GpuArray } from "../gpu/array.ts";
import { Batch } from "../gpu/batch.ts";
import type { AdapterDescription } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { readArrays } from "../readback/read-arrays.ts";
import { withWorkspace, type Workspace } from "../gpu/workspace.ts";
import { jacobiRound } from "../kernels/jacobi-round.ts";
import { jacobiOrder, jacobiSweeps } from "../kernels/jacobi-sweeps.ts";
import { ShapeError } from "../errors.ts";
import { orthonormalised } from "../float64/orthonormal.ts";
import { norm } from "../float64/vectors.ts";
import { inSpells } from "../support/host-spells.ts";

/** Up to that order a workgroup does a whole sweep by itself. */
const ONE_WORKGROUP_ORDER = 32;
/** Vectors whose cosine float32 cannot tell from that of orthogonal ones. */
const ORTHOGONAL = 2e-6;
/** Vectors so much shorter than the largest that can be, in their square, are rounding. */
const ROUNDING = 1e-14;
const MOST_SWEEPS = 30;

/** One sweep of rotations that brings the rows of a matrix nearer to being orthogonal, and `rotation` along with them. */
export interface RotationSweep {
  readonly dispatches: readonly Dispatch[];
  /** The |cos| that pairs of vectors have met with, once the sweep is over. */
  readonly cosines: GpuArray<"f32">;
}

/**
 * Binds the kernels of a sweep over `rows` [order, stride] with `rotation` [order, order].
 * @param order a {@link jacobiOrder}; rows to fill up are zero
 * @param stride a multiple of four
 * @param size about what the norm of the matrix is
 * @param tolerance pairs of blocks with no larger cosines are left as they are
 */
export async function prepareRotationSweep(
  workspace: Workspace,
  arrays: Readonly<Record<"rows" | "rotation", ArrayView<"f32">>>,
  { order, stride, size, tolerance }: Readonly<Record<"order" | "stride" | "size" | "tolerance", number>>,
): Promise<RotationSweep> {
  const shape = { matrices: 1, order, length4: stride / 4, tolerance, floor: ROUNDING * size * size };
  if (order <= ONE_WORKGROUP_ORDER) {
    const cosines = workspace.array("cosines", "f32", [1]);
    const all = { arrays: { ...arrays, cosines }, params: { ...shape, sweeps: 1 } };
    return { cosines, dispatches: [await workspace.prepare(jacobiSweeps, all)] };
  }
  const rounds = order / 8 - 1;
  const cosines = workspace.array("cosines", "f32", [rounds, order / 16]);
  const dispatches = Array.from({ length: rounds }, (_, round) =>
    workspace.prepare(jacobiRound, { arrays: { ...arrays, cosines }, params: { ...shape, round } }),
  );
  return { cosines, dispatches: await Promise.all(dispatches) };
}

/** A = Σ_i values_i left_i right_iᵀ, with as many terms as A has rows or columns, whichever are fewer. */
export interface Svd {
  /** σ_i, descending. */
  readonly values: Float64Array;
  /** u_i as rows, one after another: [terms, rows of A]. */
  readonly left: Float64Array;
  /** v_i as rows: [terms, columns of A]. */
  readonly right: Float64Array;
  /** Sweeps of rotations that it took, 30 at most. */
  readonly sweeps: number;
  /** The largest |cos| of two vectors that the last sweep met with: 2e-6 at most, unless 30 sweeps were too few. */
  readonly largestCosine: number;
  readonly adapter: AdapterDescription;
}

/**
 * The singular value decomposition by one-sided Jacobi rotations on the GPU, in float32: values to about 2e-6 of the largest. Vectors are
 * orthonormal to float64; of values below that they are directions that rounding has left, and of zero, zeros on the longer side of A.
 * @param matrix row-major
 * @throws ShapeError unless it has rows × columns finite numbers
 */
export async function svd(gpu: Gpu, matrix: ArrayLike<number>, rows: number, columns: number): Promise<Svd> {
  return (await decompose(gpu, matrix, rows, columns, undefined))!;
}

/** {@link svd}, or undefined as soon as the signal is aborted. */
export async function decompose(
  gpu: Gpu,
  matrix: ArrayLike<number>,
  rows: number,
  columns: number,
  signal: AbortSignal | undefined,
): Promise<Svd | undefined> {
  if (matrix.length !== rows * columns || !(rows >= 1 && columns >= 1))
    throw new ShapeError(`matrix: expected ${rows} × ${columns} = ${rows * columns} values, found ${matrix.length}`);
  let largest = 0;
  for (let i = 0; i < matrix.length; i++) largest = Math.max(largest, Math.abs(matrix[i]!));
  if (!(largest < Infinity)) throw new ShapeError(`matrix: expected finite numbers, found ${largest}`);
  const areRows = rows <= columns;
  const [vectors, length] = areRows ? [rows, columns] : [columns, rows];
  const order = jacobiOrder(vectors);
  const stride = Math.ceil(length / 4) * 4;
  const scale = largest || 1;
  if (signal?.aborted) return undefined;
  return withWorkspace(gpu, async (workspace) => {
    const at = (i: number, k: number): number => matrix[areRows ? i * columns + k : k * columns + i]! / scale;
    const [given, start] = [new Float32Array(order * stride), new Float32Array(order * order)];
    for (let i = 0; i < vectors; i++) for (let k = 0; k < length; k++) given[i * stride + k] = at(i, k);
    for (let i = 0; i < order; i++) start[i * order + i] = 1;
    const arrays = {
      rows: workspace.array("rows", "f32", [order, stride], given),
      rotation: workspace.array("rotation", "f32", [order, order], start),
    };
    const size = norm(given);
    const sweep = await workspace.unlessAborted(signal, () =>
      prepareRotationSweep(workspace, arrays, { order, stride, size, tolerance: ORTHOGONAL }),
    );
    if (!sweep) return undefined;
    let [sweeps, largestCosine] = [0, Infinity];
    while (sweeps < MOST_SWEEPS && largestCosine > ORTHOGONAL) {
      const read = await workspace.unlessAborted(signal, () => {
        const batch = new Batch(workspace.gpu, "singular values");
        batch.dispatch(...sweep.dispatches);
        batch.submit();
        return readArrays(sweep.cosines);
      });
      if (!read) return undefined;
      largestCosine = read[0].reduce((a, b) => Math.max(a, b));
      sweeps++;
    }
    const read = await workspace.unlessAborted(signal, () => readArrays(arrays.rows, arrays.rotation));
    if (!read) return undefined;
    const [rotated, rotation] = read;
    const found = sorted({ long: rotated, short: rotation, vectors, length, order, stride });
    const long = await inSpells(orthonormalised(found.long, length), signal);
    const short = await inSpells(orthonormalised(found.short, vectors), signal);
    if (!long || !short) return undefined;
    const [left, right] = areRows ? [short, long] : [long, short];
    return {
      values: found.values.map((value) => value * scale),
      left,
      right,
      sweeps,
      largestCosine,
      adapter: gpu.adapter,
    };
  });
}

/** The rotated rows by length, scaled to length 1, without what fills up; a vector of zeros has no direction. */
function sorted({
  long,
  short,
  vectors,
  length,
  order,
  stride,
}: Readonly<Record<"long" | "short", Float32Array>> &
  Readonly<Record<"vectors" | "length" | "order" | "stride", number>>): Record<
  "values" | "long" | "short",
  Float64Array
> {
  // what fills up is zero, has never been rotated, and so stands at the end
  const values = Float64Array.from({ length: vectors }, (_, i) => norm(long.subarray(i * stride, (i + 1) * stride)));
  const largest = values.reduce((a, b) => Math.max(a, b));
  const places = Array.from(values, (_, i) => i).sort((a, b) => values[b]! - values[a]!);
  const rowsOf = (array: Float32Array, width: number, kept: number, scaleOf: (i: number) => number): Float64Array =>
    Float64Array.from(
      places.flatMap((i) => Array.from(array.subarray(i * width, i * width + kept), (x) => x * scaleOf(i))),
    );
  const isTold = (i: number): boolean => values[i]! > Math.sqrt(ROUNDING) * largest;
  return {
    values: Float64Array.from(places, (i) => values[i]!),
    long: rowsOf(long, stride, length, (i) => (isTold(i) ? 1 / values[i]! : 0)),
    short: rowsOf(short, order, vectors, () => 1),
  };
}
