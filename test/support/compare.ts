/** Rounding unit of float32. */
export const F32_UNIT: number = 2 ** -24;

/**
 * Every |actual − expected| ≤ allowed(i), with lengths equal and nothing NaN on either side.
 * @throws Error naming the first index that fails.
 */
export function requireClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  allowed: number | ((i: number) => number),
): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: ${actual.length} values, expected ${expected.length}`);
  if (expected.length === 0) throw new Error(`${what}: nothing to compare`);
  for (let i = 0; i < expected.length; i++) {
    const bound = typeof allowed === "number" ? allowed : allowed(i);
    const difference = Math.abs(actual[i]! - expected[i]!);
    // written so that a NaN anywhere fails
    if (!(difference <= bound))
      throw new Error(`${what}[${i}]: ${actual[i]}, expected ${expected[i]} ± ${bound}, differs by ${difference}`);
  }
}

/** ‖actual − expected‖ / ‖expected‖ ≤ allowed, in the Euclidean norm; `expected` must not be zero. */
export function requireCloseInNorm(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  allowed: number,
): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: ${actual.length} values, expected ${expected.length}`);
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    size += expected[i]! ** 2;
  }
  if (!(Math.sqrt(difference / size) <= allowed))
    throw new Error(`${what}: differs by ${Math.sqrt(difference / size)} in norm, at most ${allowed} is allowed`);
}

/** |actual − expected| ≤ allowed · |expected|. */
export function requireRelative(what: string, actual: number, expected: number, allowed: number): void {
  if (!(Math.abs(actual - expected) <= allowed * Math.abs(expected)))
    throw new Error(`${what}: ${actual}, expected ${expected}, relative difference above ${allowed}`);
}

/** The same bits, NaNs included. */
export function requireSameBits(what: string, actual: ArrayBufferView, expected: ArrayBufferView): void {
  const [a, b] = [bytesOf(actual), bytesOf(expected)];
  if (a.length !== b.length) throw new Error(`${what}: ${a.length} bytes, expected ${b.length}`);
  const different = a.findIndex((byte, i) => byte !== b[i]);
  if (different >= 0) throw new Error(`${what}: other bits from byte ${different} on`);
}

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
