/** Matrices side by side whose rows are rotated, with what the rotations have come to. */
export interface JacobiArrays {
  /** [matrices, order, length] */
  readonly rows: Float64Array;
  /** [matrices, order, order] */
  readonly rotation: Float64Array;
}

export interface JacobiShape {
  readonly order: number;
  readonly length: number;
  /** Cosines up to it are left as they are. */
  readonly tolerance: number;
  /** Squared lengths up to it count as zero where the largest cosine is told. */
  readonly floor: number;
}

const BLOCK = 8;

/** Who meets whom in a round, where `last` + 1 of them (an even number) meet in pairs. */
function meetings(round: number, last: number): [number, number][] {
  return Array.from({ length: (last + 1) / 2 }, (_, slot) => [
    slot === 0 ? last : (round + slot) % last,
    (round + last - slot) % last,
  ]);
}

/** One round of a sweep over the blocks of a matrix, in place: the largest |cos| between vectors that each pair of blocks began with. */
export function jacobiBlocks(arrays: JacobiArrays, shape: JacobiShape, matrix: number, round: number): number[] {
  return meetings(round, shape.order / BLOCK - 1).map((blocks) => {
    const vectors = blocks.flatMap((block) =>
      Array.from({ length: BLOCK }, (_, i) => matrix * shape.order + block * BLOCK + i),
    );
    const largest = largestCosine(arrays.rows, shape, vectors);
    if (largest > shape.tolerance)
      for (let inner = 0; inner < 2 * BLOCK - 1; inner++)
        for (const [p, q] of meetings(inner, 2 * BLOCK - 1)) rotate(arrays, shape, vectors[p]!, vectors[q]!);
    return largest;
  });
}

function rotate({ rows, rotation }: JacobiArrays, { length, order }: JacobiShape, p: number, q: number): void {
  const inner = dot(rows, length, p, q);
  if (inner === 0) return;
  const cotangent = (dot(rows, length, q, q) - dot(rows, length, p, p)) / (2 * inner);
  const tangent = (cotangent >= 0 ? 1 : -1) / (Math.abs(cotangent) + Math.sqrt(1 + cotangent * cotangent));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = cosine * tangent;
  for (const [array, width] of [[rows, length] as const, [rotation, order] as const])
    for (let k = 0; k < width; k++) {
      const [x, y] = [array[p * width + k]!, array[q * width + k]!];
      array[p * width + k] = cosine * x - sine * y;
      array[q * width + k] = sine * x + cosine * y;
    }
}

function largestCosine(rows: Float64Array, { length, floor }: JacobiShape, vectors: readonly number[]): number {
  const squares = vectors.map((p) => dot(rows, length, p, p));
  let largest = 0;
  vectors.forEach((p, i) =>
    vectors.slice(0, i).forEach((q, k) => {
      if (Math.min(squares[i]!, squares[k]!) > floor)
        largest = Math.max(largest, Math.abs(dot(rows, length, p, q)) / Math.sqrt(squares[i]! * squares[k]!));
    }),
  );
  return largest;
}

function dot(rows: Float64Array, length: number, p: number, q: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += rows[p * length + k]! * rows[q * length + k]!;
  return sum;
}
