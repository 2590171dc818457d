import type { Problem } from "../problem/problem.ts";
import type { TrainEmbeddingsResult } from "../training/train-embeddings.ts";

/** What Zhao et al. say of a run of both factors, in words, and where it lies outside of that. */
export function embeddingTheory(
  { contextCount: m, vocabularySize: V, tokens }: Problem,
  { dimension, ridge, optimizer }: Pick<TrainEmbeddingsResult, "dimension" | "ridge" | "optimizer">,
): string {
  if (tokens.length === m * V)
    return "Every word follows every context: the loss meets its entropy bound at L_in, up to a number for each context, and there is no L_mm.";
  const full = Math.min(m, V);
  return [
    "As λ → 0 the logits L = H Wᵀ of the minimisers go as L_in + R L_mm with R growing without end (Zhao et al., arXiv 2408.15417): L_in has the log-odds of the data, and L_mm depends on the supports alone.",
    ridge > 0
      ? "A run at one λ tends to where that λ leaves it, at a finite R."
      : "This run has no λ: that it goes the same way is expected, and not proved.",
    ...(dimension < full
      ? [
          `With d = ${dimension} below min(V, m) = ${full} logits have a rank of at most d, and their limit can be another.`,
        ]
      : []),
    ...(optimizer === "adam" ? ["With Adam the limit can be another."] : []),
  ].join(" ");
}
