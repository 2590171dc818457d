import type { DistinctSupports } from "../problem/distinct-supports.ts";
import { projectOntoRoom } from "../reference/lib/project-onto-room.ts";
import type { Work } from "../support/host-spells.ts";
import { F64_UNIT } from "./data-subspace.ts";
import { norm } from "./vectors.ts";
import { gramOfRows, nuclearNormBound, spectralNormBound, type Matrix } from "./matrix-norms.ts";

/**
 * Bounds on the nuclear margin, from any matrices, in float64. With n_s contexts of support s, X = diag(√n_s) L over the distinct supports:
 *
 *   minimise ‖X‖_*  subject to  X_sz = X_sz' for z, z' ∈ S_s,  X_sz − X_sv ≥ √n_s for z ∈ S_s, v ∉ S_s
 *   maximise Σ_s √n_s Σ_{v∉S_s} (−Y_sv)  subject to  ‖Y‖_2 ≤ 1,  Σ_v Y_sv = 0,  Y_sv ≤ 0 for v ∉ S_s
 *
 * What rounding can have done is added to the unsafe side.
 */

/** Matrices of words by supports, the fewer of the two as rows. */
export class SupportMatrices {
  readonly supports: DistinctSupports;
  readonly rows: number;
  readonly columns: number;
  /** Whether words are the rows. */
  readonly #areWords: boolean;

  constructor(supports: DistinctSupports) {
    this.supports = supports;
    this.#areWords = supports.vocabularySize <= supports.count;
    this.rows = Math.min(supports.vocabularySize, supports.count);
    this.columns = Math.max(supports.vocabularySize, supports.count);
  }

  /** How far the same support is from one word to the next, and the same word from one support to the next, where rows lie `stride` apart. */
  strides(stride = this.columns): { word: number; support: number } {
    return this.#areWords ? { word: stride, support: 1 } : { word: 1, support: stride };
  }

  /** √n_s. */
  root(s: number): number {
    return Math.sqrt(this.supports.multiplicities[s]!);
  }

  zeros(): Matrix {
    return { values: new Float64Array(this.rows * this.columns), rows: this.rows, columns: this.columns };
  }

  /** Where the words of a support stand, and which of them are in it. */
  places(s: number, stride?: number): { place: (v: number) => number; isIn: Uint8Array } {
    const { word, support } = this.strides(stride);
    const isIn = new Uint8Array(this.supports.vocabularySize);
    for (const v of this.supports.words[s]!) isIn[v] = 1;
    return { place: (v) => s * support + v * word, isIn };
  }

  /** √n_s times the centred supports S̃: 1 − |S_s|/V in the support and −|S_s|/V off it, which meets every constraint. */
  proxy(): Matrix {
    const matrix = this.zeros();
    const V = this.supports.vocabularySize;
    for (let s = 0; s < this.supports.count; s++) {
      const { place, isIn } = this.places(s);
      const share = this.supports.words[s]!.length / V;
      for (let v = 0; v < V; v++) matrix.values[place(v)] = this.root(s) * (isIn[v]! - share);
    }
    return matrix;
  }

  /** [m, V] of every context, from a matrix whose rows and columns are those of distinct supports: each part is divided by √n_s. */
  toContexts({ values }: Matrix): Float64Array {
    const { ofContext, vocabularySize: V } = this.supports;
    const all = new Float64Array(ofContext.length * V);
    ofContext.forEach((s, j) => {
      const { word, support } = this.strides();
      for (let v = 0; v < V; v++) all[j * V + v] = values[s * support + v * word]! / this.root(s);
    });
    return all;
  }

  /** The matrix nearest to a given one that meets every constraint. */
  feasible(given: ArrayLike<number>): Matrix {
    const matrix = this.zeros();
    const V = this.supports.vocabularySize;
    for (let s = 0; s < this.supports.count; s++) {
      const { place, isIn } = this.places(s);
      const root = this.root(s);
      // with the margin added off the support: equal in it, and at most that off it
      const b = Float64Array.from({ length: V }, (_, v) => -(given[place(v)]! + (isIn[v] ? 0 : root)));
      const multiplier = projectOntoRoom(
        b,
        Float64Array.from(isIn, (inside) => (inside ? Infinity : 0)),
      );
      const [first = 0] = this.supports.words[s]!;
      const level = multiplier[first]! - b[first]!;
      for (let v = 0; v < V; v++) matrix.values[place(v)] = isIn[v] ? level : Math.min(given[place(v)]!, level - root);
    }
    return matrix;
  }

  /** A multiplier made feasible but for its norm, and what its entries off the supports sum to with their margins. */
  multiplier(given: ArrayLike<number>): { readonly matrix: Matrix; readonly value: number } {
    const matrix = this.zeros();
    const { values } = matrix;
    const V = this.supports.vocabularySize;
    let value = 0;
    for (let s = 0; s < this.supports.count; s++) {
      const { place, isIn } = this.places(s);
      // to leave out the mean makes no norm larger, to spread it over the support would
      let mean = 0;
      for (let v = 0; v < V; v++) mean += given[place(v)]! / V;
      let [sum, off] = [0, 0];
      for (let v = 0; v < V; v++) {
        const centred = given[place(v)]! - mean;
        const entry = isIn[v] ? centred : Math.min(centred, 0);
        values[place(v)] = entry;
        sum += entry;
        if (!isIn[v]) off -= entry;
      }
      const words = this.supports.words[s]!;
      for (const v of words) values[place(v)]! -= sum / words.length;
      value += this.root(s) * off;
    }
    return { matrix, value };
  }
}

/** What is known of the nuclear margin: lowerBound ≤ ‖L_mm‖_* ≤ upperBound. */
export class NuclearCertificate {
  readonly matrices: SupportMatrices;
  lowerBound = 0;
  upperBound: number;
  /** Y of the lower bound, with ‖Y‖_2 ≤ 1. */
  multiplier: Matrix;
  /** X of the upper bound. */
  solution: Matrix;

  constructor(matrices: SupportMatrices) {
    this.matrices = matrices;
    this.multiplier = matrices.zeros();
    this.solution = matrices.proxy();
    // of any matrix: its norm times the root of its rank at most
    const { rows, values } = this.solution;
    this.upperBound = Math.sqrt(rows) * norm(values) * (1 + (values.length + 4) * F64_UNIT);
  }

  get relativeGap(): number {
    return Math.max(1 - this.lowerBound / this.upperBound, 0);
  }

  /** Keeps X if its norm, with what is orthogonal to some digits, is proved to be below the upper bound. */
  *offerSolution(given: ArrayLike<number>, rotation: ArrayLike<number>): Work<void> {
    const solution = this.matrices.feasible(given);
    this.keepSolution(solution, (yield* nuclearNormBound(solution, rotation)) * (1 + 8 * F64_UNIT));
  }

  /** Keeps X, which meets the constraints, if its bound is below the one that is known. */
  keepSolution(solution: Matrix, bound: number): void {
    if (!(bound < this.upperBound)) return;
    this.upperBound = bound;
    this.solution = solution;
  }

  /** Keeps Y if what it proves is above the lower bound. */
  *offerMultiplier(given: ArrayLike<number>): Work<void> {
    const { matrix, value } = this.matrices.multiplier(given);
    const size = yield* spectralNormBound(matrix);
    // a row whose sum is zero but for rounding is one whose sum is, moved by as much
    const { rows, columns, values } = matrix;
    let sizes = 0;
    for (const entry of values) sizes += Math.abs(entry);
    const terms = rows + columns + 4;
    const bound = (value * (1 - terms * F64_UNIT)) / (size + terms * F64_UNIT * sizes);
    if (!(bound > this.lowerBound)) return;
    this.lowerBound = bound;
    this.multiplier = { ...matrix, values: values.map((entry) => entry / size) };
  }
}

/**
 * The polar factor Σ_i u_i v_iᵀ of a matrix, whose vectors are known to some digits, in float64: the iteration of Newton and Schulz,
 * Y ← Y (3 I − Yᵀ Y) / 2, squares the error of those lengths that are near 1, and leaves the others zero.
 */
export function* polarFactor(given: Matrix): Work<Matrix> {
  let { values } = given;
  const { rows, columns } = given;
  for (let step = 0; step < 3; step++) {
    const gram = yield* gramOfRows({ values, rows, columns });
    const next = values.map((entry) => 1.5 * entry);
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < rows; k++) {
        const g = gram[i * rows + k]! / 2;
        for (let c = 0; c < columns; c++) next[i * columns + c]! -= g * values[k * columns + c]!;
      }
      yield { done: i, total: rows };
    }
    values = next;
  }
  return { values, rows, columns };
}
