import { innerProduct } from "../reference/inner-product.ts";

/** SSIM's constant (Wang et al. 2004), as Zhao et al. take it. */
const STRUCTURE_CONSTANT = 1e-5;

const rowsOf = (matrix: Float64Array, d: number): Float64Array[] =>
  Array.from({ length: matrix.length / d }, (_, i) => matrix.subarray(i * d, (i + 1) * d));

/** A Aᵀ [n, n] of a matrix [n, d]. */
export function gramMatrix(matrix: Float64Array, d: number): Float64Array {
  const rows = rowsOf(matrix, d);
  const n = rows.length;
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k <= i; k++) gram[i * n + k] = gram[k * n + i] = innerProduct(rows[i]!, rows[k]!);
  return gram;
}

/** Cosines between vectors, [n, n], from their inner products; 0 where a vector is zero. */
export function cosines(gram: Float64Array): Float64Array {
  const n = Math.sqrt(gram.length);
  const lengths = Float64Array.from({ length: n }, (_, i) => Math.sqrt(gram[i * n + i]!));
  return gram.map((inner, at) => {
    const size = lengths[Math.floor(at / n)]! * lengths[at % n]!;
    return size > 0 ? Math.min(Math.max(inner / size, -1), 1) : 0;
  });
}

/** ⟨a, b⟩ / (‖a‖ ‖b‖), NaN where one is zero: of Gram matrices the similarity of two geometries that does not see their sizes. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const size = Math.sqrt(innerProduct(a, a)) * Math.sqrt(innerProduct(b, b));
  return size > 0 ? Math.min(Math.max(innerProduct(a, b) / size, -1), 1) : NaN;
}

/**
 * The structure term of SSIM between two matrices, (σ_xy + C) / (σ_x σ_y + C) with C = 1e-5, over their entries: the correlation of two
 * pictures. 1 for pictures that differ by brightness and contrast alone.
 */
export function structureSimilarity(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length;
  let [meanX, meanY] = [0, 0];
  for (let i = 0; i < n; i++) {
    meanX += x[i]! / n;
    meanY += y[i]! / n;
  }
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [a, b] = [x[i]! - meanX, y[i]! - meanY];
    xx += (a * a) / n;
    yy += (b * b) / n;
    xy += (a * b) / n;
  }
  return (xy + STRUCTURE_CONSTANT) / (Math.sqrt(xx * yy) + STRUCTURE_CONSTANT);
}

/**
 * How far rows of one group are from each other beside how far groups are: the root of Σ_j ‖x_j − x̄_g(j)‖² over Σ_j ‖x̄_g(j) − x̄‖²,
 * with the mean of a group and of all. 0 where every group is one point; NaN where all groups are the same one.
 * @param groups of each row of a matrix [n, d]
 */
export function spreadWithin(matrix: Float64Array, d: number, groups: ArrayLike<number>): number {
  const rows = rowsOf(matrix, d);
  const meanOf = (members: readonly Float64Array[]): Float64Array =>
    Float64Array.from({ length: d }, (_, i) => members.reduce((sum, row) => sum + row[i]!, 0) / members.length);
  const byGroup = new Map<number, Float64Array[]>();
  rows.forEach((row, j) => byGroup.set(groups[j]!, [...(byGroup.get(groups[j]!) ?? []), row]));
  const mean = meanOf(rows);
  const distance = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0);
  let [within, between] = [0, 0];
  for (const members of byGroup.values()) {
    const own = meanOf(members);
    for (const row of members) within += distance(row, own);
    between += members.length * distance(own, mean);
  }
  return between > 0 ? Math.sqrt(within / between) : NaN;
}
