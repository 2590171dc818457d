import { RandomStream } from "../../src/support/random.ts";

/** `length` standard normal float32 numbers, times `scale`; the same for the same seed. */
export function normals(seed: number, length: number, scale = 1): Float32Array {
  const stream = new RandomStream(seed, 0);
  return Float32Array.from({ length }, () => scale * stream.normal());
}

/** Σ_i |a_i b_i| over an inner index, for error bounds of products: |A| |B| with A [rows, inner], B [inner, columns]. */
export function absoluteProduct(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  shape: { rows: number; inner: number; columns: number },
): Float64Array {
  const { rows, inner, columns } = shape;
  const result = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < inner; i++)
      for (let c = 0; c < columns; c++) result[r * columns + c]! += Math.abs(a[r * inner + i]! * b[i * columns + c]!);
  return result;
}

/** Whole numbers from 0 to n − 1, the same for the same seed (Mulberry32: fast, for mutations by the thousand). */
export function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

/** `length` words of 32 random bits. */
export function bits(seed: number, length: number): Uint32Array {
  const roll = dice(seed);
  return Uint32Array.from({ length }, () => roll(2 ** 32));
}
