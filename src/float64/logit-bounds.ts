import { OptionError } from "../errors.ts";
import type { Problem } from "../problem/problem.ts";

/** What the difference of two logits may be off by: absolute up to a difference of 1, relative beyond. */
const TOLERANCE = 1e-4;

/** max_v ‖W_v‖ · max_j ‖h_j‖, above every logit in size. */
export function logitBound({ embeddings, embeddingDim }: Problem, decoder: ArrayLike<number>): number {
  return largestNorm(decoder, embeddingDim) * largestNorm(embeddings, embeddingDim);
}

function largestNorm(rows: ArrayLike<number>, columns: number): number {
  let largest = 0;
  for (let i = 0; i < rows.length; i += columns) {
    let square = 0;
    for (let c = i; c < i + columns; c++) square += rows[c]! ** 2;
    largest = Math.max(largest, square);
  }
  return Math.sqrt(largest);
}

/**
 * Requires float64 to tell every word's logit from the largest of its context, and of its support: to 1e-4, relative where they
 * differ by more than 1. Words with equal rows have equal logits.
 * @throws OptionError naming the first context and words where it does not
 */
export function requireTellingLogits(problem: Problem, decoder: ArrayLike<number>): void {
  const { contextCount, vocabularySize, embeddingDim: d, embeddings, offsets, tokens } = problem;
  const [logits, errors] = [new Float64Array(vocabularySize), new Float64Array(vocabularySize)];
  const words = Uint32Array.from(logits, (_, v) => v);
  for (let j = 0; j < contextCount; j++) {
    for (let v = 0; v < vocabularySize; v++) {
      let [logit, size] = [0, 0];
      for (let i = 0; i < d; i++) {
        const term = decoder[v * d + i]! * embeddings[j * d + i]!;
        logit += term;
        size += Math.abs(term);
      }
      logits[v] = logit;
      // d products and d sums round once each
      errors[v] = d * 2 ** -53 * size;
    }
    for (const among of [words, tokens.subarray(offsets[j], offsets[j + 1])]) {
      const top = among.reduce((best, v) => (logits[v]! > logits[best]! ? v : best), among[0]!);
      for (const v of among) {
        const allowed = TOLERANCE * Math.max(1, logits[top]! - logits[v]!);
        if (errors[v]! + errors[top]! <= allowed || equalRows(decoder, v, top, d)) continue;
        throw new OptionError(
          "decoder",
          `expected logits whose differences float64 can tell, found ${logits[v]} and ${logits[top]} for words ${v} and ${top} in context ${j}`,
        );
      }
    }
  }
}

function equalRows(matrix: ArrayLike<number>, a: number, b: number, columns: number): boolean {
  for (let i = 0; i < columns; i++) if (matrix[a * columns + i] !== matrix[b * columns + i]) return false;
  return true;
}
