import { drawEmbeddings, type EmbeddingLaw } from "../../problem/embeddings.ts";
import { createProblem, type Problem } from "../../problem/problem.ts";
import { exponential } from "../../support/elementary.ts";
import { RandomStream } from "../../support/random.ts";
import { problemOfCounts, type Lesson } from "./lesson.ts";
import type { GeneralisationWork } from "./work.ts";

/** Standard deviation of the teacher's logits: with twelve words, an entropy of about 1.5. */
const LOGIT_DEVIATION = 1.9;
const FRESH_CONTEXTS = 1000;
/** One stream for each purpose. */
const STREAMS = { teacher: 1, embeddings: 2, samples: 3, fresh: 4 } as const;

/**
 * A teacher W_0 with independent normal entries, p*(h) = softmax(W_0 h) of any embedding h; m contexts with as many next words drawn from
 * p* for each, and a thousand other contexts of the same law.
 */
export function drawTeacher(
  law: EmbeddingLaw,
  { words: V, contexts: m, dim: d, samples }: GeneralisationWork,
  seed: number,
): Lesson {
  const stream = (purpose: keyof typeof STREAMS): RandomStream => new RandomStream(seed, STREAMS[purpose]);
  // E‖h‖² is d of Gaussian embeddings, 1 on the sphere
  const deviation = LOGIT_DEVIATION / (law === "gaussian" ? Math.sqrt(d) : 1);
  const entries = stream("teacher");
  const teacher = Float64Array.from({ length: V * d }, () => deviation * entries.normal());
  const taught = (count: number, purpose: "embeddings" | "fresh"): Problem =>
    distributionsOf(teacher, V, drawEmbeddings(law, count, d, stream(purpose)), d);
  const seen = taught(m, "embeddings");
  const counts = drawCounts(seen, samples, stream("samples"));
  const { embeddings, contextLabels = [] } = seen;
  return {
    training: problemOfCounts({ vocabularySize: V, embeddings, contextLabels }, counts),
    ...{ seen, fresh: taught(FRESH_CONTEXTS, "fresh"), freshShare: 0, counts },
  };
}

/** softmax(W h_j) of contexts, every word in every support. */
function distributionsOf(decoder: Float64Array, V: number, embeddings: Float64Array, d: number): Problem {
  const m = embeddings.length / d;
  const probabilities = new Float64Array(m * V);
  for (let j = 0; j < m; j++) {
    const logits = Float64Array.from({ length: V }, (_, v) => {
      let logit = 0;
      for (let i = 0; i < d; i++) logit += decoder[v * d + i]! * embeddings[j * d + i]!;
      return logit;
    });
    const largest = logits.reduce((a, b) => Math.max(a, b));
    const parts = logits.map((logit) => exponential(logit - largest));
    const total = parts.reduce((a, b) => a + b);
    for (let v = 0; v < V; v++) probabilities[j * V + v] = parts[v]! / total;
  }
  return createProblem({
    ...{ vocabularySize: V, embeddingDim: d, embeddings, probabilities },
    offsets: Array.from({ length: m + 1 }, (_, j) => j * V),
    tokens: Array.from({ length: m * V }, (_, k) => k % V),
    contextLabels: Array.from({ length: m }, (_, j) => `context ${j}`),
  });
}

/** How often each word is drawn after each context, m × V. */
function drawCounts(
  { contextCount: m, vocabularySize: V, probabilities }: Problem,
  samples: number,
  stream: RandomStream,
): Int32Array {
  const counts = new Int32Array(m * V);
  for (let j = 0; j < m; j++)
    for (let s = 0; s < samples; s++) {
      let [left, word] = [stream.uniform(), 0];
      while (word < V - 1 && (left -= probabilities[j * V + word]!) > 0) word++;
      counts[j * V + word]!++;
    }
  return counts;
}
