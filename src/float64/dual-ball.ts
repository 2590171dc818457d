import type { Work } from "../support/host-spells.ts";
import type { DecoderNorm } from "./decoder-norms.ts";
import { orthonormalised } from "./orthonormal.ts";
import { timesTransposed, transposed } from "./products.ts";
import { diagonalSweep, identity } from "./row-rotations.ts";
import { norm as lengthOf } from "./vectors.ts";

/** Sweeps of a projection at most: it begins with the rotation of the one before, which is near. */
const MOST_SWEEPS = 8;
/** Cosines of singular vectors that are always, and never, good enough. */
const [FINEST, COARSEST] = [1e-12, 1e-4];

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

  /**
   * The matrix nearest to `values` [rows, columns] whose dual norm is at most `radius`.
   * @param accuracy of it, relative, where singular vectors are iterated for
   */
  *project(values: Float64Array, radius: number, accuracy: number): Work<Float64Array> {
    if (this.#norm === "max") return shrunkToSum(values, radius);
    if (this.#norm === "spectral") return yield* this.#projectSpectrum(values, radius, accuracy);
    const scale = Math.min(1, radius / lengthOf(values));
    return values.map((value) => scale * value);
  }

  /** Qᵀ f Q A with Q the singular vectors and f what is left of a singular value, as a part of it. */
  *#projectSpectrum(values: Float64Array, radius: number, accuracy: number): Work<Float64Array> {
    const [rows, columns] = [this.#rows, this.#columns];
    const isTall = rows > columns;
    const n = Math.min(rows, columns);
    const across = isTall ? values : transposed(values, n);
    const rotated = yield* timesTransposed(this.#rotation, across, n);
    const gram = yield* timesTransposed(rotated, rotated, rotated.length / n);
    const enough = Math.min(Math.max(accuracy, FINEST), COARSEST);
    for (let sweep = 0; sweep < MOST_SWEEPS; sweep++)
      if ((yield* diagonalSweep(gram, this.#rotation, n, enough)) === 0) break;
    const singular = Float64Array.from({ length: n }, (_, i) => Math.sqrt(Math.max(gram[i * n + i]!, 0)));
    const shrunk = shrunkToSum(singular, radius);
    const kept = Array.from(singular.keys()).filter((i) => shrunk[i]! > 0);
    const vectors = new Float64Array(n * kept.length);
    const scaled = new Float64Array(n * kept.length);
    kept.forEach((i, k) => {
      for (let c = 0; c < n; c++) {
        vectors[c * kept.length + k] = this.#rotation[i * n + c]!;
        scaled[c * kept.length + k] = (shrunk[i]! / singular[i]!) * this.#rotation[i * n + c]!;
      }
    });
    if (kept.length === 0) return new Float64Array(values.length);
    const part = yield* timesTransposed(scaled, vectors, kept.length);
    return isTall ? yield* timesTransposed(values, part, n) : yield* timesTransposed(part, across, n);
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
