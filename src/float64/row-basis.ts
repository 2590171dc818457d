import { F64_UNIT } from "./data-subspace.ts";
import { norm } from "./vectors.ts";

/** A row taken apart by a basis: its coordinates along it, and what is left. */
export interface SplitRow {
  /** ⟨q_i, row⟩ for every vector q_i of the basis. */
  readonly along: Float64Array;
  /** row − Σ_i along_i q_i. */
  readonly rest: Float64Array;
  /** ‖rest‖. */
  readonly size: number;
}

/**
 * Rows in ℝⁿ that are independent, in float64, with an orthonormal basis of what they span: A = RᵀQ, R upper triangular. Rows are
 * added at the end (Gram and Schmidt, twice) and removed anywhere (Givens rotations).
 */
export class RowBasis {
  /** q_i as rows. */
  readonly #q: Float64Array[] = [];
  /** Columns of R: row k is Σ_i r_k[i] q_i, i ≤ k. */
  readonly #r: Float64Array[] = [];

  get length(): number {
    return this.#q.length;
  }

  split(row: Float64Array): SplitRow {
    const rest = row.slice();
    const along = new Float64Array(this.#q.length);
    // the second time for what the first has rounded
    for (let round = 0; round < 2; round++)
      for (let k = 0; k < along.length; k++) {
        const share = dot(this.#q[k]!, rest);
        along[k]! += share;
        addTo(rest, -share, this.#q[k]!);
      }
    return { along, rest, size: norm(rest) };
  }

  /** Adds a row whose rest is not zero. */
  add({ along, rest, size }: SplitRow): void {
    this.#q.push(rest.map((x) => x / size));
    const column = new Float64Array(along.length + 1);
    column.set(along);
    column[along.length] = size;
    this.#r.push(column);
  }

  /** Removes row k; those behind it move up. */
  remove(k: number): void {
    this.#r.splice(k, 1);
    for (let i = k; i < this.#r.length; i++) {
      const [a, b] = [this.#r[i]![i]!, this.#r[i]![i + 1]!];
      const length = Math.hypot(a, b);
      const [c, s] = [a / length, b / length];
      for (let column = i; column < this.#r.length; column++) rotate(this.#r[column]!, i, c, s);
      this.#r[i] = this.#r[i]!.subarray(0, i + 1);
      rotateRows(this.#q[i]!, this.#q[i + 1]!, c, s);
    }
    this.#q.pop();
  }

  /** x with Σ_k x_k row_k = Σ_i along_i q_i. */
  combination(along: ArrayLike<number>): Float64Array {
    const x = Float64Array.from(along);
    for (let k = x.length - 1; k >= 0; k--) {
      const column = this.#r[k]!;
      x[k]! /= column[k]!;
      for (let i = 0; i < k; i++) x[i]! -= x[k]! * column[i]!;
    }
    return x;
  }

  /** The coordinates y of the shortest point Σ_i y_i q_i with ⟨row_k, point⟩ = values_k for every row. */
  coordinates(values: ArrayLike<number>): Float64Array {
    const y = new Float64Array(this.length);
    for (let k = 0; k < y.length; k++) {
      const column = this.#r[k]!;
      let sum = values[k]!;
      for (let i = 0; i < k; i++) sum -= column[i]! * y[i]!;
      y[k] = sum / column[k]!;
    }
    return y;
  }

  /** Σ_i y_i q_i, of the dimension n. */
  point(y: ArrayLike<number>, n: number): Float64Array {
    const point = new Float64Array(n);
    this.#q.forEach((q, i) => addTo(point, y[i]!, q));
    return point;
  }

  /**
   * A bound on ‖A − RᵀQ‖: of k rows before it, each of two rounds takes a share away from row k, with 3u of the row's norm in the first
   * and u in the second, u = 2^-53.
   */
  factorError(): number {
    return 4 * F64_UNIT * norm(this.#r.map((column, k) => (k + 1) * norm(column)));
  }

  /**
   * A lower bound on the smallest singular value of A; 0 where float64 cannot tell it from zero; Infinity without rows. With X ≈ R⁻¹,
   * |XR − I| ≤ q u |X||R| entry by entry (Higham 2002, 8.2), hence ‖R⁻¹‖ ≤ ‖X‖ / (1 − q u ‖X‖ ‖R‖); vectors of Q are orthogonal up to
   * the n u of an inner product.
   */
  smallestSingularValue(): number {
    const q = this.length;
    if (q === 0) return Infinity;
    let [inverse, size] = [0, 0];
    for (let k = 0; k < q; k++) {
      const unit = new Float64Array(k + 1);
      unit[k] = 1;
      inverse += norm(this.combination(unit)) ** 2;
      size += norm(this.#r[k]!) ** 2;
    }
    [inverse, size] = [Math.sqrt(inverse), Math.sqrt(size)];
    const slack = q * F64_UNIT * (inverse * size + 2 * this.#q[0]!.length);
    return slack < 0.5 ? Math.max((1 - slack) / inverse - this.factorError(), 0) : 0;
  }

  /** The same rows in the same order, which can be changed by itself. */
  copy(): RowBasis {
    const copy = new RowBasis();
    copy.#q.push(...this.#q.map((q) => q.slice()));
    copy.#r.push(...this.#r.map((r) => r.slice()));
    return copy;
  }
}

export function dot(a: Float64Array, b: Float64Array): number {
  // four sums, because each addition of one sum would wait for the one before
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < a.length; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < a.length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}

/** target += factor · row. */
export function addTo(target: Float64Array, factor: number, row: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * row[i]!;
}

/** Entries i and i + 1 of a column of R. */
function rotate(column: Float64Array, i: number, c: number, s: number): void {
  const [a, b] = [column[i]!, column[i + 1]!];
  column[i] = c * a + s * b;
  column[i + 1] = c * b - s * a;
}

function rotateRows(first: Float64Array, second: Float64Array, c: number, s: number): void {
  for (let i = 0; i < first.length; i++) {
    const [a, b] = [first[i]!, second[i]!];
    first[i] = c * a + s * b;
    second[i] = c * b - s * a;
  }
}
