import type { Problem } from "../src/index.ts";
import type { LoopsName } from "./plain-descent.ts";
import { largestGramEigenvalue } from "../src/float64/gram-eigenvalue.ts";
import {
  dualBound,
  dualDecoder,
  embeddingNorms,
  primalBound,
  repairDual,
  supportMask,
  unprojectedNorm,
} from "../src/float64/margin-certificate.ts";

/** How an ascent on the CPU ended. */
export interface Ascent {
  readonly relativeGap: number;
  readonly upperBound: number;
  readonly iterations: number;
  /** Time in the iterations alone. */
  readonly iterationMs: number;
}

/** Iterations before the first look at the gap, and at least between two; later ones come after a third of the iterations so far. */
const FIRST_LOOK = 64;

/**
 * The max-margin decoder on one CPU thread in float64, by the method that the GPU has: accelerated projected ascent on the dual, all
 * contexts at once, restarted where it points back, on contexts of unit length. It ends by the same certificate, whose projection is
 * made only when the gap without it is small enough, or at the time limit.
 * @param loops how matrix products are computed: as they are written down, reading along rows, or in blocks
 */
export function ascend(problem: Problem, gapTolerance: number, limitMs: number, loops: LoopsName): Ascent {
  const begin = performance.now();
  const { vocabularySize: V } = problem;
  const mask = supportMask(problem);
  const norms = embeddingNorms(problem);
  const root = Math.sqrt(largestGramEigenvalue(problem, norms));
  const scales = norms.map((norm) => norm * root);
  const state = new State(problem, mask, scales, loops === "plain" ? plainProduct : blockedProduct);
  let [lowerBound, upperBound, relativeGap, iterations, iterationMs] = [0, Infinity, 1, 0, 0];
  for (let look = FIRST_LOOK; ; look = iterations + Math.max(FIRST_LOOK, Math.floor(iterations / 3))) {
    const spell = performance.now();
    while (iterations < look && performance.now() - begin < limitMs) {
      state.iterate();
      iterations++;
    }
    iterationMs += performance.now() - spell;
    const isLate = performance.now() - begin >= limitMs;
    const dual = state.x.map((value, i) => value / scales[Math.floor(i / V)]!);
    repairDual(problem, mask, dual);
    const decoder = dualDecoder(problem, dual);
    const bound = dualBound(problem, mask, dual, decoder);
    lowerBound = Math.max(lowerBound, bound.lowerBound);
    if (isLate || 1 - (lowerBound / unprojectedNorm(problem, mask, decoder)) ** 2 <= gapTolerance) {
      upperBound = Math.min(upperBound, primalBound(problem, mask, decoder, bound.dual)?.upperBound ?? Infinity);
      relativeGap = 1 - (lowerBound / upperBound) ** 2;
    }
    if (isLate || relativeGap <= gapTolerance) return { relativeGap, upperBound, iterations, iterationMs };
  }
}

/** The iterate x and the point y ahead of it, m × V with β_j scaled by `scales`; the gradient at y is Y Ĥ Ĥᵀ plus a linear part. */
class State {
  readonly x: Float64Array;
  readonly #y: Float64Array;
  readonly #gradient: Float64Array;
  readonly #linear: Float64Array;
  readonly #words: number;
  readonly #mask: Uint8Array;
  readonly #multiply: () => void;
  readonly #free: Uint8Array;
  #t = 1;

  constructor(problem: Problem, mask: Uint8Array, scales: Float64Array, multiply: MatrixProduct) {
    const { contextCount: m, vocabularySize: V, embeddingDim: d, embeddings } = problem;
    this.#words = V;
    this.#mask = mask;
    this.x = new Float64Array(m * V);
    this.#y = new Float64Array(m * V);
    this.#gradient = new Float64Array(m * V);
    this.#linear = Float64Array.from(mask, (inSupport, i) => (1 - inSupport) / scales[Math.floor(i / V)]!);
    this.#free = new Uint8Array(V);
    const rows = Float64Array.from(embeddings, (h, i) => h / scales[Math.floor(i / d)]!);
    if (m <= 2 * d) {
      const gram = new Float64Array(m * m);
      multiply(rows, transpose(rows, m, d), gram, m, d, m);
      this.#multiply = () => multiply(gram, this.#y, this.#gradient, m, m, V);
    } else {
      const columns = transpose(rows, m, d);
      const decoder = new Float64Array(d * V);
      this.#multiply = () => {
        multiply(columns, this.#y, decoder, d, m, V);
        multiply(rows, decoder, this.#gradient, m, d, V);
      };
    }
  }

  iterate(): void {
    this.#multiply();
    const [x, y, gradient, linear] = [this.x, this.#y, this.#gradient, this.#linear];
    let overlap = 0;
    for (let i = 0; i < y.length; i++) gradient[i] = y[i]! - (gradient[i]! + linear[i]!);
    for (let start = 0; start < y.length; start += this.#words) {
      const shift = this.#shiftOf(gradient, start);
      for (let v = 0; v < this.#words; v++) {
        const i = start + v;
        const next = this.#free[v] ? gradient[i]! - shift : 0;
        overlap += (y[i]! - next) * (next - x[i]!);
        gradient[i] = next;
      }
    }
    const t = 0.5 * (1 + Math.sqrt(1 + 4 * this.#t * this.#t));
    const factor = overlap > 0 ? 0 : (this.#t - 1) / t;
    this.#t = overlap > 0 ? 1 : t;
    for (let i = 0; i < y.length; i++) {
      const next = gradient[i]!;
      y[i] = next + factor * (next - x[i]!);
      x[i] = next;
    }
  }

  /** τ of the projection min(b − τ, 0 off the support): the mean of the words that are not clipped, of which there are ever fewer. */
  #shiftOf(b: Float64Array, start: number): number {
    const [free, mask, words] = [this.#free, this.#mask, this.#words];
    let [count, total] = [words, 0];
    for (let v = 0; v < words; v++) {
      total += b[start + v]!;
      free[v] = 1;
    }
    for (;;) {
      const before = count;
      const shift = total / count;
      for (let v = 0; v < words; v++)
        if (free[v] && !mask[start + v] && b[start + v]! >= shift) {
          free[v] = 0;
          total -= b[start + v]!;
          count--;
        }
      if (count === before) return shift;
    }
  }
}

/** C = A B with A rows × inner, B inner × columns. */
type MatrixProduct = (
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  rows: number,
  inner: number,
  columns: number,
) => void;

const plainProduct: MatrixProduct = (a, b, c, rows, inner, columns) => {
  c.fill(0);
  for (let r = 0; r < rows; r++)
    for (let k = 0; k < inner; k++) {
      const factor = a[r * inner + k]!;
      for (let j = 0; j < columns; j++) c[r * columns + j]! += factor * b[k * columns + j]!;
    }
};

/** Two rows by four columns at a time, whose sums stay in registers. */
const blockedProduct: MatrixProduct = (a, b, c, rows, inner, columns) => {
  const [evenRows, fours] = [rows & ~1, columns & ~3];
  for (let r = 0; r < evenRows; r += 2) {
    const [first, second] = [r * inner, (r + 1) * inner];
    for (let j = 0; j < fours; j += 4) {
      let [s0, s1, s2, s3, t0, t1, t2, t3] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let k = 0, i = j; k < inner; k++, i += columns) {
        const [p, q] = [a[first + k]!, a[second + k]!];
        const [b0, b1, b2, b3] = [b[i]!, b[i + 1]!, b[i + 2]!, b[i + 3]!];
        s0 += p * b0;
        s1 += p * b1;
        s2 += p * b2;
        s3 += p * b3;
        t0 += q * b0;
        t1 += q * b1;
        t2 += q * b2;
        t3 += q * b3;
      }
      const [i, k] = [r * columns + j, (r + 1) * columns + j];
      [c[i], c[i + 1], c[i + 2], c[i + 3]] = [s0, s1, s2, s3];
      [c[k], c[k + 1], c[k + 2], c[k + 3]] = [t0, t1, t2, t3];
    }
  }
  for (let r = 0; r < rows; r++)
    for (let j = r < evenRows ? fours : 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[r * inner + k]! * b[k * columns + j]!;
      c[r * columns + j] = sum;
    }
};

function transpose(matrix: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);
}
