import type { GpuArray } from "../gpu/array.ts";
import type { Workspace } from "../gpu/workspace.ts";
import type { Problem } from "../problem/problem.ts";
import type { DeviceProblem } from "./device-problem.ts";

/**
 * A small problem with every word in every context, for the kernels that keep a run to themselves: matrices [V, stride], where
 * stride is the padded number of contexts. As entries of sparse rows, word by word, they serve the kernels for supports.
 */
export interface DenseProblem {
  /** p, 0 off the supports. */
  readonly probabilities: GpuArray<"f32">;
  /** log p as pairs, 0 off the supports. */
  readonly logProbabilities: GpuArray<"f32">;
  /** The most probable word of each context. */
  readonly origins: GpuArray<"u32">;
  /** For the kernel relative-logits to write. */
  readonly relative: GpuArray<"f32">;
  readonly wordOffsets: GpuArray<"u32">;
  readonly entries: GpuArray<"u32">;
  readonly entryTokens: GpuArray<"u32">;
  readonly entryContexts: GpuArray<"u32">;
  /** Uploads H Hᵀ, [stride, stride], embeddings as rows. */
  gram(): GpuArray<"f32">;
}

/** Copies a problem to the device in full; the arrays belong to `workspace`. */
export function uploadDenseProblem(workspace: Workspace, { problem, shape }: DeviceProblem): DenseProblem {
  const { words, contexts, paddedContexts: stride } = shape;
  const length = words * stride;
  const probabilities = new Float32Array(length);
  const logProbabilities = new Float32Array(2 * length);
  const origins = new Uint32Array(contexts);
  for (let j = 0; j < contexts; j++) {
    let most = 0;
    for (let k = problem.offsets[j]!; k < problem.offsets[j + 1]!; k++) {
      const [z, p] = [problem.tokens[k]!, problem.probabilities[k]!];
      const i = z * stride + j;
      probabilities[i] = p;
      logProbabilities[2 * i] = Math.log(p);
      logProbabilities[2 * i + 1] = Math.log(p) - logProbabilities[2 * i]!;
      if (p > most) [most, origins[j]] = [p, z];
    }
  }
  const whole = (label: string, count: number, value: (i: number) => number): GpuArray<"u32"> =>
    workspace.array(
      label,
      "u32",
      [count],
      Uint32Array.from({ length: count }, (_, i) => value(i)),
    );
  return {
    probabilities: workspace.array("dense probabilities", "f32", [words, stride], probabilities),
    logProbabilities: workspace.array("dense log-probabilities", "f32", [words, stride, 2], logProbabilities),
    origins: workspace.array("origins", "u32", [contexts], origins),
    relative: workspace.array("relative logits", "f32", [words, stride]),
    wordOffsets: whole("dense word offsets", words + 1, (v) => v * stride),
    entries: whole("dense entries", length, (i) => i),
    entryTokens: whole("dense entry tokens", length, (i) => Math.floor(i / stride)),
    entryContexts: whole("dense entry contexts", length, (i) => i % stride),
    gram: () => workspace.array("Gram matrix", "f32", [stride, stride], gramMatrix(problem, stride)),
  };
}

function gramMatrix(
  { embeddings, embeddingDim: d, contextCount: m }: Problem,
  stride: number,
): Float32Array<ArrayBuffer> {
  const gram = new Float32Array(stride * stride);
  for (let i = 0; i < m; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += embeddings[i * d + k]! * embeddings[j * d + k]!;
      gram[i * stride + j] = gram[j * stride + i] = sum;
    }
  return gram;
}
