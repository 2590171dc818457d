import type { Work } from "../support/host-spells.ts";
import { withFewerRows, type DecoderNorm } from "./decoder-norms.ts";
import type { Matrix } from "./matrix-norms.ts";
import { orthonormalised } from "./orthonormal.ts";
import { identity, rotationSweep } from "./row-rotations.ts";
import { norm as lengthOf } from "./vectors.ts";

/** Sweeps of a projection at most: it begins with the rotation of the one before, which is near. */
const MOST_SWEEPS = 8;
/** Cosines at which singular vectors are good enough, well below what an iteration moves. */
const ENOUGH = 1e-9;

/** Projections of matrices of one shape onto balls of the dual of a norm. */
export class DualBall {
  readonly #norm: DecoderNorm;
  readonly #rows: number;
  readonly #columns: number;
  /** Q with Q A of orthogonal rows, for the last A. */
  #rotation: Float64Array;

  /** @param rows of the matrices */
  constructor(norm: DecoderNorm, rows: number, columns: number) {
    this.#norm = norm;
    this.#rows = rows;
    this.#columns = columns;
    this.#rotation = identity(norm === "spectral" ? Math.min(rows, columns) : 0);
  }

  /** The matrix nearest to `values` [rows, columns] whose dual norm is at most `radius`. */
  *project(values: Float64Array, radius: number): Work<Float64Array> {
    if (this.#norm === "max") return shrunkToSum(values, radius);
    if (this.#norm === "spectral") return yield* this.#projectSpectrum(values, radius);
    const scale = Math.min(1, radius / lengthOf(values));
    return values.map((value) => scale * value);
  }

  *#projectSpectrum(values: Float64Array, radius: number): Work<Float64Array> {
    const [rows, columns] = [this.#rows, this.#columns];
    const wide = withFewerRows({ values, rows, columns });
    const n = wide.rows;
    const rotated = { ...wide, values: yield* times(this.#rotation, n, wide) };
    for (let sweep = 0; sweep < MOST_SWEEPS; sweep++)
      if ((yield* rotationSweep(rotated, this.#rotation)) <= ENOUGH) break;
    const singular = Float64Array.from({ length: n }, (_, i) =>
      lengthOf(rotated.values.subarray(i * wide.columns, (i + 1) * wide.columns)),
    );
    const shrunk = shrunkToSum(singular, radius);
    for (let i = 0; i < n; i++) {
      const scale = shrunk[i]! > 0 ? shrunk[i]! / singular[i]! : 0;
      for (let c = 0; c < wide.columns; c++) rotated.values[i * wide.columns + c]! *= scale;
    }
    const turnedBack = yield* times(transposed(this.#rotation, n), n, rotated);
    // the transpose of a wide matrix has the rows of the given one
    return rows <= columns ? turnedBack : transposed(turnedBack, columns);
  }

  /** Takes away what rounding has gathered in the rotation. */
  *renew(): Work<void> {
    if (this.#norm === "spectral")
      this.#rotation = yield* orthonormalised(this.#rotation, Math.min(this.#rows, this.#columns));
  }
}

/** The nearest vector with Σ |x| ≤ radius: all entries shrunk by the same, to zero at most (Michelot's method). */
function shrunkToSum(values: Float64Array, radius: number): Float64Array {
  const active = values.map(Math.abs);
  let count = active.length;
  let sum = active.reduce((total, size) => total + size, 0);
  if (sum <= radius) return values.slice();
  let threshold = 0;
  for (let before = count + 1; count < before;) {
    before = count;
    threshold = (sum - radius) / count;
    [count, sum] = [0, 0];
    for (let i = 0; i < before; i++) {
      const size = active[i]!;
      if (size <= threshold) continue;
      active[count++] = size;
      sum += size;
    }
  }
  return values.map((value) => Math.sign(value) * Math.max(Math.abs(value) - threshold, 0));
}

/** [columns of A, rows of A], row-major. */
function transposed(values: Float64Array, rows: number): Float64Array {
  const columns = values.length / rows;
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** Q A. */
function* times(q: Float64Array, n: number, { values, columns }: Matrix): Work<Float64Array> {
  const product = new Float64Array(n * columns);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const share = q[i * n + k]!;
      if (share !== 0) for (let c = 0; c < columns; c++) product[i * columns + c]! += share * values[k * columns + c]!;
    }
    yield;
  }
  return product;
}
