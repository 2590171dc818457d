import { OptionError } from "../errors.ts";
import { RandomStream } from "../support/random.ts";

/**
 * How context embeddings are drawn. `gaussian`: entries N(0, 1); `unit-sphere`: rows uniform on the unit sphere;
 * `orthonormal`: orthonormal rows, uniform among those, which needs as many dimensions as contexts.
 */
export type EmbeddingLaw = "gaussian" | "unit-sphere" | "orthonormal";

/** Numbers of all embeddings that are drawn: 2 GiB of float64. */
export const MOST_DRAWN_NUMBERS = 2 ** 28;

/** @throws OptionError when m × d are more numbers than are drawn */
export function requireDrawable(count: number, dim: number): void {
  if (count * dim > MOST_DRAWN_NUMBERS)
    throw new OptionError(
      "embeddingDim",
      `expected embeddings of at most ${MOST_DRAWN_NUMBERS} numbers, found ${count} × ${dim} = ${count * dim}`,
    );
}

/** Names of the laws. */
export const EMBEDDING_LAWS: readonly EmbeddingLaw[] = ["gaussian", "unit-sphere", "orthonormal"];

/**
 * Draws context embeddings.
 * @param count m, rows
 * @param dim d, columns
 * @returns m × d, row-major
 * @throws OptionError for an unknown law, an orthonormal one with dim < count, or more than 2^28 numbers
 */
export function drawEmbeddings(law: EmbeddingLaw, count: number, dim: number, stream: RandomStream): Float64Array {
  requireDrawable(count, dim);
  const embeddings = new Float64Array(count * dim);
  let j = 0;
  for (const row of drawEmbeddingRows(law, count, dim, stream)) embeddings.set(row, j++ * dim);
  return embeddings;
}

/**
 * The rows of {@link drawEmbeddings} one at a time, for a caller that must not hold the thread for long.
 * @throws OptionError like {@link drawEmbeddings}, at the first row
 */
export function* drawEmbeddingRows(
  law: EmbeddingLaw,
  count: number,
  dim: number,
  stream: RandomStream,
): Generator<Float64Array, void, void> {
  if (!EMBEDDING_LAWS.includes(law))
    throw new OptionError("embedding", `expected one of ${EMBEDDING_LAWS.join(", ")}, found ${String(law)}`);
  if (law === "orthonormal" && dim < count)
    throw new OptionError(
      "embeddingDim",
      `expected at least ${count}, one dimension per context, for orthonormal embeddings, found ${dim}`,
    );
  const earlier: Float64Array[] = [];
  for (let j = 0; j < count; j++) {
    const row = Float64Array.from({ length: dim }, () => stream.normal());
    if (law === "unit-sphere") normalise(row);
    if (law === "orthonormal") {
      // Once leaves a remainder of order u × (norm before / norm after), twice one of order u.
      for (let pass = 0; pass < 2; pass++) for (const unit of earlier) removeComponent(row, unit);
      normalise(row);
      earlier.push(row);
    }
    yield row;
  }
}

function removeComponent(row: Float64Array, unit: Float64Array): void {
  // Two sums, because each addition of one sum would wait for the one before.
  let even = 0;
  let odd = 0;
  for (let i = 0; i + 1 < row.length; i += 2) {
    even += row[i]! * unit[i]!;
    odd += row[i + 1]! * unit[i + 1]!;
  }
  if (row.length % 2 === 1) even += row[row.length - 1]! * unit[row.length - 1]!;
  const inner = even + odd;
  for (let i = 0; i < row.length; i++) row[i]! -= inner * unit[i]!;
}

function normalise(row: Float64Array): void {
  let square = 0;
  for (const x of row) square += x * x;
  const norm = Math.sqrt(square);
  for (let i = 0; i < row.length; i++) row[i]! /= norm;
}

/**
 * Embeddings of token sequences: h = L^(−1/2) Σ_p g(p, token at p), over the L positions p of a context counted from its
 * end (0 is the last token), with g(p, token) ~ N(0, I) independent for each pair. Every entry of h has unit variance, and
 * two contexts share the vectors of the tokens that they have at the same distance from the end.
 * @param contexts m token sequences of length ≥ 1, tokens 0 … 2^32 − 1
 * @param dim d
 * @param seed 0 … 2^53 − 1
 * @returns m × d, row-major
 * @throws OptionError for a bad seed
 */
export function positionalEmbeddings(contexts: readonly ArrayLike<number>[], dim: number, seed: number): Float64Array {
  const embeddings = new Float64Array(contexts.length * dim);
  let j = 0;
  for (const row of positionalEmbeddingRows(contexts, dim, seed)) embeddings.set(row, j++ * dim);
  return embeddings;
}

/** The rows of {@link positionalEmbeddings} one at a time, for a caller that must not hold the thread for long. */
export function* positionalEmbeddingRows(
  contexts: readonly ArrayLike<number>[],
  dim: number,
  seed: number,
): Generator<Float64Array, void, void> {
  for (const context of contexts) {
    const row = new Float64Array(dim);
    const scale = 1 / Math.sqrt(context.length);
    for (let i = 0; i < context.length; i++) {
      const position = context.length - 1 - i;
      // Streams below 2^32 are left to other purposes of the same seed.
      const stream = new RandomStream(seed, (position + 1) * 2 ** 32 + context[i]!);
      for (let k = 0; k < dim; k++) row[k]! += scale * stream.normal();
    }
    yield row;
  }
}
