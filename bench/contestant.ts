import type { Problem } from "../src/index.ts";

/** What every contestant computes: W ← W − η Σ_j π_j (softmax(W h_j) − p_j) h_jᵀ, in float32 unless its form says otherwise. */
export interface Setting {
  readonly problem: Problem;
  /** W at the start, V × d. */
  readonly start: Float32Array;
  /** η. */
  readonly stepSize: number;
}

/** One way of making iterations, ready to run. */
export interface Contestant {
  /** The decoder (V × d) after so many steps from the start. */
  decoderAfter(steps: number): Promise<ArrayLike<number>>;
  /** ms of one iteration, submission included, compilation and upload not. */
  measure(windowMs: number): Promise<number>;
  close(): void;
}

/** A peer in one of the forms in which the iteration can be written for it. */
export interface Entry {
  readonly peer: string;
  readonly form: string;
  /** The limit of its precision: 2^-24 or 2^-53. */
  readonly roundoff: number;
  open(setting: Setting): Promise<Contestant>;
}

export const FLOAT32_ROUNDOFF: number = 2 ** -24;
export const FLOAT64_ROUNDOFF: number = 2 ** -53;

/**
 * The arrays of a peer that has dense arrays only. η and π_j are in them, so that no peer spends an operation on either.
 */
export interface DenseArrays {
  /** m × d: h_j. */
  readonly embeddings: Float32Array;
  /** m × d: η π_j h_j. */
  readonly scaled: Float32Array;
  /** m × V: p_j. */
  readonly labels: Float32Array;
  /** m × V: η π_j p_j. */
  readonly scaledLabels: Float32Array;
}

export function denseArrays({ problem, stepSize }: Setting): DenseArrays {
  const { contextCount: m, vocabularySize: V, embeddingDim: d, embeddings, offsets, tokens, probabilities } = problem;
  const labels = new Float32Array(m * V);
  const scaledLabels = new Float32Array(m * V);
  const scaled = new Float32Array(m * d);
  for (let j = 0; j < m; j++) {
    const scale = stepSize * problem.weights[j]!;
    for (let i = j * d; i < (j + 1) * d; i++) scaled[i] = scale * embeddings[i]!;
    for (let e = offsets[j]!; e < offsets[j + 1]!; e++) {
      labels[j * V + tokens[e]!] = probabilities[e]!;
      scaledLabels[j * V + tokens[e]!] = scale * probabilities[e]!;
    }
  }
  return { embeddings: Float32Array.from(embeddings), scaled, labels, scaledLabels };
}
