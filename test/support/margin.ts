import type { Problem } from "../../src/index.ts";

type Contexts = Pick<Problem, "contextCount" | "vocabularySize" | "embeddingDim" | "embeddings" | "offsets" | "tokens">;

/** Whether a word is in the support of a context. */
export function isInSupport({ offsets, tokens }: Contexts, j: number, v: number): boolean {
  return tokens.subarray(offsets[j], offsets[j + 1]).includes(v);
}

/** What the constraints of the dual leave of β (m × V): the worst row sum and entry off a support, Σ(−β_off), ‖Σ_j β_j h_jᵀ‖. */
export function dualFigures(
  problem: Contexts,
  dual: Float64Array,
): { largestSum: number; largestOff: number; total: number; norm: number; value: number } {
  const { contextCount: m, vocabularySize: V, embeddingDim: d, embeddings } = problem;
  let [largestSum, largestOff, total] = [0, -Infinity, 0];
  for (let j = 0; j < m; j++) {
    let sum = 0;
    for (let v = 0; v < V; v++) {
      sum += dual[j * V + v]!;
      if (isInSupport(problem, j, v)) continue;
      largestOff = Math.max(largestOff, dual[j * V + v]!);
      total -= dual[j * V + v]!;
    }
    largestSum = Math.max(largestSum, Math.abs(sum));
  }
  let squares = 0;
  for (let v = 0; v < V; v++)
    for (let i = 0; i < d; i++) {
      let w = 0;
      for (let j = 0; j < m; j++) w += dual[j * V + v]! * embeddings[j * d + i]!;
      squares += w * w;
    }
  return { largestSum, largestOff, total, norm: Math.sqrt(squares), value: total - squares / 2 };
}

/** What a decoder makes of the constraints: the largest difference of in-support logits, and the smallest margin of a word. */
export function decoderFigures(problem: Contexts, decoder: Float64Array): { spread: number; margin: number } {
  const { contextCount, vocabularySize: V, embeddingDim: d, embeddings } = problem;
  let [spread, margin] = [0, Infinity];
  for (let j = 0; j < contextCount; j++) {
    const logits = Array.from({ length: V }, (_, v) => {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += decoder[v * d + i]! * embeddings[j * d + i]!;
      return sum;
    });
    const inside = logits.filter((_, v) => isInSupport(problem, j, v));
    const outside = logits.filter((_, v) => !isInSupport(problem, j, v));
    spread = Math.max(spread, Math.max(...inside) - Math.min(...inside));
    margin = Math.min(margin, Math.min(...inside) - Math.max(...outside));
  }
  return { spread, margin };
}

/** A problem input whose supports have equal probabilities. */
export function uniformInput(
  embeddings: readonly (readonly number[])[],
  supports: readonly (readonly number[])[],
  vocabularySize: number,
): {
  vocabularySize: number;
  embeddingDim: number;
  embeddings: Float64Array;
  offsets: Uint32Array;
  tokens: Uint32Array;
  probabilities: Float64Array;
} {
  const offsets = new Uint32Array(supports.length + 1);
  supports.forEach((support, j) => (offsets[j + 1] = offsets[j]! + support.length));
  return {
    vocabularySize,
    embeddingDim: embeddings[0]!.length,
    embeddings: Float64Array.from(embeddings.flat()),
    offsets,
    tokens: Uint32Array.from(supports.flat()),
    probabilities: Float64Array.from(supports.flatMap((support) => support.map(() => 1 / support.length))),
  };
}

/** Orthonormal contexts: every context is by itself, with the logits (V − k)/V on a support of k words and −k/V off it. */
export function orthonormalCase(
  supports: readonly (readonly number[])[],
  vocabularySize: number,
): { input: ReturnType<typeof uniformInput>; dual: Float64Array; norm: number } {
  const V = vocabularySize;
  const embeddings = supports.map((_, j) => supports.map((_s, i) => (i === j ? 1 : 0)));
  const dual = new Float64Array(supports.length * V);
  supports.forEach((support, j) => {
    for (let v = 0; v < V; v++) dual[j * V + v] = support.includes(v) ? (V - support.length) / V : -support.length / V;
  });
  const squares = supports.reduce((sum, { length: k }) => sum + (k * (V - k)) / V, 0);
  return { input: uniformInput(embeddings, supports, V), dual, norm: Math.sqrt(squares) };
}
