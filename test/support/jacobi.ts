import { jacobiOrder } from "../../src/kernels/jacobi-sweeps.ts";
import { requireClose } from "./compare.ts";
import { normals } from "./draw.ts";

/** A matrix as a list of its rows. */
export type Rows = readonly (readonly number[])[];

/** What the kernels' tests ask for: cosines that float32 sums of some hundred terms still tell. */
export const TOLERANCE = { tolerance: 2e-6, floor: 1e-12 };

export const random = (seed: number, vectors: number, length: number): Rows => {
  const values = normals(seed, vectors * length);
  return Array.from({ length: vectors }, (_, i) => [...values.subarray(i * length, (i + 1) * length)]);
};

/** Vector i is 10^(−6 i / n) long, about. */
export const graded = (seed: number, vectors: number, length: number): Rows =>
  random(seed, vectors, length).map((row, i) => row.map((x) => x * 10 ** ((-6 * i) / vectors)));

export const identities = (matrices: number, order: number): Rows =>
  Array.from({ length: matrices * order }, (_, i) =>
    Array.from({ length: order }, (_, k) => (i % order === k ? 1 : 0)),
  );

interface Shape {
  readonly order: number;
  readonly length: number;
}

/** Matrices side by side as the kernels take them, filled up with zeros, with rotations that have not begun. */
export function stacked(matrices: readonly Rows[]): {
  arrays: Record<"rows" | "rotation", Float32Array>;
  shape: Shape;
} {
  const order = jacobiOrder(Math.max(...matrices.map((rows) => rows.length)));
  const length = Math.ceil(Math.max(...matrices.flatMap((rows) => rows.map((row) => row.length))) / 4) * 4;
  const rows = new Float32Array(matrices.length * order * length);
  matrices.forEach((matrix, n) => matrix.forEach((row, i) => rows.set(row, (n * order + i) * length)));
  const rotation = Float32Array.from(identities(matrices.length, order).flat());
  return { arrays: { rows, rotation }, shape: { order, length } };
}

/** ‖row‖ of every row, the largest of each matrix first. */
export function lengths(rows: ArrayLike<number>, { order, length }: Shape): Float64Array {
  const all = Array.from({ length: rows.length / length }, (_, i) => Math.sqrt(dot(rows, length, i, i)));
  return Float64Array.from(
    Array.from({ length: all.length / order }, (_, n) =>
      all.slice(n * order, (n + 1) * order).sort((a, b) => b - a),
    ).flat(),
  );
}

/** The found rotation is orthogonal, and the found rows are it times the given ones: to a fifth of the 1e-5 that is asked of singular vectors. */
export function requireRotated(
  given: Record<"rows" | "rotation", Float32Array>,
  found: Record<string, Float32Array>,
  { order, length }: Shape,
): void {
  const rotation = found.rotation!;
  for (let n = 0; n < rotation.length / order / order; n++) {
    const own = rotation.subarray(n * order * order, (n + 1) * order * order);
    const gram = Float64Array.from({ length: order * order }, (_, i) =>
      dot(own, order, Math.floor(i / order), i % order),
    );
    requireClose(`rotation ${n} times its transpose`, gram, identities(1, order).flat(), 2e-6);
    const rows = given.rows.subarray(n * order * length, (n + 1) * order * length);
    const size = Math.sqrt(rows.reduce((sum, x) => sum + x * x, 0));
    const product = new Float64Array(order * length);
    for (let i = 0; i < order; i++)
      for (let j = 0; j < order; j++)
        for (let k = 0; k < length; k++) product[i * length + k]! += own[i * order + j]! * rows[j * length + k]!;
    requireClose(`rows ${n}`, found.rows!.subarray(n * order * length, (n + 1) * order * length), product, 2e-6 * size);
  }
}

function dot(rows: ArrayLike<number>, length: number, p: number, q: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += rows[p * length + k]! * rows[q * length + k]!;
  return sum;
}
