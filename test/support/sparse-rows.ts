import { RandomStream } from "../../src/support/random.ts";

/** Sparse rows of random supports, as kernels take them, and the stream that drew them. */
export interface SparseRows {
  readonly rows: {
    readonly offsets: Uint32Array;
    readonly tokens: Uint32Array;
    readonly probabilities: Float64Array;
    readonly weights: Float32Array;
  };
  /** Contexts rounded up to a multiple of four. */
  readonly stride: number;
  readonly stream: RandomStream;
}

/** Supports of 1 to V words in turn; no probability is below 1e-3 of the others' sum. */
export function drawRows(sizes: {
  readonly seed: number;
  readonly words: number;
  readonly contexts: number;
}): SparseRows {
  const { seed, words, contexts } = sizes;
  const stream = new RandomStream(seed, 0);
  const [offsets, tokens, probabilities]: [number[], number[], number[]] = [[0], [], []];
  for (let j = 0; j < contexts; j++) {
    const support = stream.sample(words, 1 + ((j * 5) % words));
    const masses = Array.from(stream.dirichlet(support.length, 1), (mass) => Math.max(mass, 1e-3));
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    tokens.push(...support);
    probabilities.push(...masses.map((mass) => mass / total));
    offsets.push(tokens.length);
  }
  const rows = {
    offsets: Uint32Array.from(offsets),
    tokens: Uint32Array.from(tokens),
    probabilities: Float64Array.from(probabilities),
    weights: Float32Array.from({ length: contexts }, () => 0.1 + stream.uniform()),
  };
  return { rows, stride: Math.ceil(contexts / 4) * 4, stream };
}
