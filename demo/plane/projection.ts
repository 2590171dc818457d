/** The plane that vectors of d coordinates are shown in. */
export interface Projection {
  /** d. */
  readonly dimension: number;
  /** Two orthonormal rows of d coordinates; the second is zero where there is no second direction. */
  readonly basis: readonly [Float64Array, Float64Array];
  /** What the directions lead: nothing where d ≤ 2 and they are the coordinates themselves; of trained embeddings the supports. */
  readonly of: "coordinates" | "margin" | "contexts" | "supports";
}

/** Directions that are iterated at once: those beyond the two make them converge. */
const BLOCK = 8;
const MOST_PASSES = 200;
/** Multiplications of all passes: a large matrix gets fewer of them. */
const MOST_WORK = 2e8;
/** The share of the energy by which a pass must move what two directions hold. */
const SETTLED = 1e-14;

/** The coordinates of vectors in one or two dimensions. */
export function coordinates(dimension: number): Projection {
  const unit = (k: number): Float64Array => Float64Array.from({ length: dimension }, (_, i) => (i === k ? 1 : 0));
  return { dimension, basis: [unit(0), unit(1)], of: "coordinates" };
}

/**
 * The two leading right singular vectors of a matrix of `rows` × d: the plane that holds the most of its energy, found by subspace
 * iteration with rotations (Golub and Van Loan, Matrix Computations, 2013, sections 8.2.4 and 8.6.3). The largest component of each is positive.
 */
export function leadingPlane(
  matrix: ArrayLike<number>,
  dimension: number,
  of: Exclude<Projection["of"], "coordinates">,
): Projection {
  const d = dimension;
  const rows = matrix.length / d;
  const count = Math.min(BLOCK, d);
  const passes = Math.min(MOST_PASSES, Math.max(4, Math.floor(MOST_WORK / (2 * rows * d * count))));
  let directions = orthonormal(Array.from({ length: count }, (_, k) => start(k, d)));
  let before = 0;
  for (let pass = 0; pass < passes; pass++) {
    const images = directions.map((direction) => times(matrix, direction, rows, d));
    rotate(images, directions);
    const held = square(images[0]!) + (images[1] ? square(images[1]) : 0);
    if (Math.abs(held - before) <= SETTLED * held) break;
    before = held;
    if (pass + 1 < passes) directions = orthonormal(images.map((image) => transposeTimes(matrix, image, d)));
  }
  const [first, second = new Float64Array(d)] = directions;
  return { dimension, basis: [withSign(first!), withSign(second)], of };
}

/** Of a matrix of rows of d values, Mᵀu of each of two vectors made orthonormal; zero where it has no direction of its own. */
export function directionsAlong(
  matrix: ArrayLike<number>,
  dimension: number,
  [first, second]: Projection["basis"],
): Projection["basis"] {
  const [one, two] = orthonormal([first, second].map((vector) => transposeTimes(matrix, vector, dimension)));
  return [one!, two!];
}

/** The rows of a matrix in the plane, as pairs. */
export function project({ basis, dimension: d }: Projection, matrix: ArrayLike<number>): Float64Array {
  const pairs = new Float64Array((2 * matrix.length) / d);
  for (let i = 0, from = 0; from < matrix.length; i += 2, from += d)
    for (let k = 0; k < d; k++) {
      pairs[i]! += matrix[from + k]! * basis[0][k]!;
      pairs[i + 1]! += matrix[from + k]! * basis[1][k]!;
    }
  return pairs;
}

/** ‖M P Pᵀ‖² / ‖M‖², 1 where M = 0. */
export function shareInPlane(projection: Projection, matrix: ArrayLike<number>): number {
  const all = square(matrix);
  return all === 0 ? 1 : square(project(projection, matrix)) / all;
}

/** Σ x². */
export function square(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

/** Numbers of no pattern, the same every time: fractions of multiples of the golden ratio. */
const start = (k: number, d: number): Float64Array =>
  Float64Array.from({ length: d }, (_, i) => ((((i + 1) * (k + 1) + k) * 0.6180339887498949) % 1) - 0.5);

/** Makes the images pairwise orthogonal, largest first, and turns the directions along. */
function rotate(images: Float64Array[], directions: Float64Array[]): void {
  for (let sweep = 0; sweep < 30; sweep++) {
    let turned = false;
    for (let p = 0; p < images.length; p++)
      for (let q = p + 1; q < images.length; q++) {
        const [pp, qq] = [square(images[p]!), square(images[q]!)];
        const inner = dot(images[p]!, images[q]!);
        if (!(Math.abs(inner) > 1e-15 * Math.sqrt(pp * qq))) continue;
        turned = true;
        const angle = Math.atan2(2 * inner, pp - qq) / 2;
        turn(images[p]!, images[q]!, angle);
        turn(directions[p]!, directions[q]!, angle);
      }
    if (!turned) break;
  }
  const order = images.map((image, k) => ({ image, direction: directions[k]! }));
  order.sort((a, b) => square(b.image) - square(a.image));
  order.forEach(({ image, direction }, k) => ((images[k] = image), (directions[k] = direction)));
}

function turn(a: Float64Array, b: Float64Array, angle: number): void {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    a[i] = cosine * x + sine * y;
    b[i] = cosine * y - sine * x;
  }
}

/** Gram and Schmidt's, twice, for it loses what it subtracts; what depends on the others becomes zero. */
function orthonormal(vectors: Float64Array[]): Float64Array[] {
  vectors.forEach((vector, k) => {
    const size = Math.sqrt(square(vector));
    for (let again = 0; again < 2; again++)
      for (const other of vectors.slice(0, k)) {
        const along = dot(vector, other);
        for (let i = 0; i < vector.length; i++) vector[i]! -= along * other[i]!;
      }
    const left = Math.sqrt(square(vector));
    const scale = left > 1e-12 * size ? 1 / left : 0;
    for (let i = 0; i < vector.length; i++) vector[i]! *= scale;
  });
  return vectors;
}

/** M x, of so many rows of d values. */
export function times(matrix: ArrayLike<number>, vector: Float64Array, rows: number, d: number): Float64Array {
  const image = new Float64Array(rows);
  for (let i = 0; i < rows; i++) for (let k = 0; k < d; k++) image[i]! += matrix[i * d + k]! * vector[k]!;
  return image;
}

function transposeTimes(matrix: ArrayLike<number>, image: Float64Array, d: number): Float64Array {
  const vector = new Float64Array(d);
  for (let i = 0; i < image.length; i++) for (let k = 0; k < d; k++) vector[k]! += matrix[i * d + k]! * image[i]!;
  return vector;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function withSign(direction: Float64Array): Float64Array {
  const largest = direction.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
  return largest < 0 ? direction.map((x) => -x) : direction;
}
