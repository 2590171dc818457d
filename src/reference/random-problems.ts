import { naturalLog } from "../support/elementary.ts";
import { philox4x32, type Words4 } from "../support/random.ts";

/** Which of the problems of a seed, and of what size. */
export interface RandomProblemsShape {
  readonly seed: number;
  /** Number of the first problem, below 2^32. */
  readonly first: number;
  readonly count: number;
  readonly contexts: number;
  readonly dim: number;
  readonly words: number;
  readonly support: number;
  /** `"dirichlet"` is flat on the simplex. */
  readonly probability: "dirichlet" | "uniform";
}

/** Upper words of the counters; `synthetic` has 1 to 5. */
const PURPOSES = { embeddings: 16, supports: 17, probabilities: 18 } as const;

/** The arrays of the kernel random-problems: the same tokens, and the other values before they are rounded to float32. */
export function randomProblems(shape: RandomProblemsShape): {
  embeddings: Float64Array;
  tokens: Uint32Array;
  probabilities: Float64Array;
} {
  const { count, contexts, dim, support } = shape;
  const embeddings = new Float64Array(count * contexts * dim);
  const tokens = new Uint32Array(count * contexts * support);
  const probabilities = new Float64Array(tokens.length);
  for (let row = 0; row < count * contexts; row++) {
    const drawn = randomContext(shape, row);
    embeddings.set(drawn.embedding, row * dim);
    tokens.set(drawn.tokens, row * support);
    probabilities.set(drawn.probabilities, row * support);
  }
  return { embeddings, tokens, probabilities };
}

/** One of all contexts of the problems, numbered through. */
export function randomContext(
  shape: RandomProblemsShape,
  row: number,
): { embedding: Float64Array; tokens: Uint32Array; probabilities: Float64Array } {
  const { dim, support, probability } = shape;
  const embedding = new Float64Array(dim);
  for (let i = 0; i < dim; i++) {
    const words = blockOf(shape, i >> 2, row, PURPOSES.embeddings);
    embedding[i] = normalsOf(words[i & 2]!, words[(i & 2) + 1]!)[i % 2]!;
  }
  return {
    embedding,
    tokens: Uint32Array.from(drawSupport(shape, row)),
    probabilities:
      probability === "dirichlet"
        ? Float64Array.from(drawProbabilities(shape, row))
        : new Float64Array(support).fill(1 / support),
  };
}

function blockOf({ seed, first, contexts }: RandomProblemsShape, block: number, row: number, purpose: number): Words4 {
  const counter: Words4 = [block, row % contexts, purpose, first + Math.floor(row / contexts)];
  return philox4x32(counter, [seed >>> 0, Math.floor(seed / 2 ** 32)]);
}

const uniformOf = (word: number): number => ((word >>> 9) + 0.5) * 2 ** -23;

function normalsOf(radiusWord: number, angleWord: number): [number, number] {
  const radius = Math.sqrt(-2 * naturalLog(uniformOf(radiusWord)));
  const quarters = (angleWord >>> 30) + ((angleWord >>> 8) & 0x3fffff) * 2 ** -22 - 0.5;
  return [radius * Math.cos((quarters * Math.PI) / 2), radius * Math.sin((quarters * Math.PI) / 2)];
}

/** Floyd's algorithm: k draws, every subset equally likely. */
function drawSupport(shape: RandomProblemsShape, row: number): number[] {
  const chosen = new Set<number>();
  for (let i = 0; i < shape.support; i++) {
    const last = shape.words - shape.support + i;
    const token = numberBelow(last + 1, blockOf(shape, i, row, PURPOSES.supports));
    chosen.add(chosen.has(token) ? last : token);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** The upper half of word · n for the first of three words without bias (Lemire 2019); n is at most 2^16, so products are exact. */
function numberBelow(n: number, words: Words4): number {
  const word = words.slice(0, 2).find((w) => (w * n) % 2 ** 32 >= 2 ** 32 % n) ?? words[2];
  return Math.floor((word * n) / 2 ** 32);
}

function drawProbabilities(shape: RandomProblemsShape, row: number): number[] {
  const exponentials = Array.from(
    { length: shape.support },
    (_, i) => -naturalLog(uniformOf(blockOf(shape, i >> 2, row, PURPOSES.probabilities)[i % 4]!)),
  );
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((x) => x / sum);
}
