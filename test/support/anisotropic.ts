import { drawEmbeddings } from "../../src/problem/embeddings.ts";
import { synthetic } from "../../src/problem/synthetic.ts";
import type { Problem } from "../../src/problem/problem.ts";
import { RandomStream } from "../../src/support/random.ts";

const STREAM = 77;
/** Mean cosine of two contexts. */
const COSINE = 0.9;

/**
 * A drawn problem whose embeddings are as hidden states of language models are: one common mean, and around it variances ∝ 1/i along
 * axes that are rotated at random; two contexts have a cosine of 0.9 on average. Entries are of the size 1.
 */
export function anisotropic(sizes: {
  readonly contextCount: number;
  readonly embeddingDim: number;
  readonly vocabularySize: number;
  readonly supportSize: number;
  readonly seed?: number;
}): Problem {
  const { contextCount: m, embeddingDim: d, seed = 1 } = sizes;
  const stream = new RandomStream(seed, STREAM);
  const axes = drawEmbeddings("orthonormal", d, d, stream);
  const mean = drawEmbeddings("unit-sphere", 1, d, stream);
  const total = Array.from({ length: d }, (_, i) => 1 / (i + 1)).reduce((sum, x) => sum + x);
  const embeddings = new Float64Array(m * d);
  for (let j = 0; j < m; j++) {
    const row = embeddings.subarray(j * d, (j + 1) * d);
    row.set(mean);
    for (let i = 0; i < d; i++) {
      const along = stream.normal() * Math.sqrt((1 / COSINE - 1) / total / (i + 1));
      for (let k = 0; k < d; k++) row[k]! += along * axes[i * d + k]!;
    }
  }
  return { ...synthetic(sizes), embeddings: embeddings.map((h) => h * Math.sqrt(d)) };
}
