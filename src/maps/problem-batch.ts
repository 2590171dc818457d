import type { GpuArray } from "../gpu/array.ts";
import type { Workspace } from "../gpu/workspace.ts";
import type { Problem } from "../problem/problem.ts";
import { deviceShape, type DeviceProblem, type DeviceShape } from "./device-problem.ts";

/**
 * Small problems of one shape, one after another, with every word in every context: for the kernels that keep a run to
 * themselves. Matrices are [count, V, stride], where stride is the padded number of contexts. As entries of sparse rows, word by
 * word, they serve the kernels for supports as if they were one problem.
 */
export interface ProblemBatch {
  readonly problems: readonly Problem[];
  /** Of each of them. */
  readonly shape: DeviceShape;
  /** H [count, paddedContexts, paddedDim], what float32 leaves of it, and its transposes. */
  readonly embeddings: GpuArray<"f32">;
  readonly embeddingsLow: GpuArray<"f32">;
  readonly embeddingsT: GpuArray<"f32">;
  /** π [count, contexts]. */
  readonly weights: GpuArray<"f32">;
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
  /** Groups of one entry each, as `groupEntries` has them: neighbours are of different contexts. */
  readonly entryGroups: GpuArray<"u32">;
  /** Uploads the H Hᵀ, [count, stride, stride], embeddings as rows. */
  gram(): GpuArray<"f32">;
}

/** A problem that is on the device, in full; the arrays belong to `workspace`. */
export function batchOf(workspace: Workspace, device: DeviceProblem): ProblemBatch {
  const { embeddings, embeddingsLow, embeddingsT, weights, problem } = device;
  return { ...uploadDistributions(workspace, [problem]), embeddings, embeddingsLow, embeddingsT, weights };
}

/**
 * Copies problems of one shape to the device; the arrays belong to `workspace`.
 * @param weightScales what the weights of each problem are multiplied by
 */
export function uploadProblemBatch(
  workspace: Workspace,
  problems: readonly Problem[],
  weightScales: ArrayLike<number>,
): ProblemBatch {
  const { contexts, dim, paddedDim, paddedContexts } = deviceShape(problems[0]!);
  const length = paddedContexts * paddedDim;
  const [high, low, transposed] = [0, 1, 2].map(() => new Float32Array(problems.length * length)) as [
    Float32Array<ArrayBuffer>,
    Float32Array<ArrayBuffer>,
    Float32Array<ArrayBuffer>,
  ];
  const weights = new Float32Array(problems.length * contexts);
  problems.forEach((problem, n) => {
    weights.set(
      problem.weights.map((weight) => weight * weightScales[n]!),
      n * contexts,
    );
    for (let j = 0; j < contexts; j++)
      for (let i = 0; i < dim; i++) {
        const value = problem.embeddings[j * dim + i]!;
        const at = n * length + j * paddedDim + i;
        high[at] = value;
        low[at] = value - high[at];
        transposed[n * length + i * paddedContexts + j] = value;
      }
  });
  const shape = [problems.length, paddedContexts, paddedDim];
  return {
    ...uploadDistributions(workspace, problems),
    embeddings: workspace.array("embeddings", "f32", shape, high),
    embeddingsLow: workspace.array("embeddings low", "f32", shape, low),
    embeddingsT: workspace.array("embeddings transposed", "f32", shape, transposed),
    weights: workspace.array("weights", "f32", [problems.length, contexts], weights),
  };
}

type Distributions = Omit<ProblemBatch, "embeddings" | "embeddingsLow" | "embeddingsT" | "weights">;

function uploadDistributions(workspace: Workspace, problems: readonly Problem[]): Distributions {
  const shape = deviceShape(problems[0]!);
  const { words, contexts, paddedContexts: stride } = shape;
  const rows = problems.length * words;
  const length = rows * stride;
  let packed: ReturnType<typeof packDistributions> | undefined;
  const distributions = (): ReturnType<typeof packDistributions> => (packed ??= packDistributions(problems, shape));
  const whole = (label: string, count: number, value: (i: number) => number): GpuArray<"u32"> =>
    workspace.array(label, "u32", [count], () => Uint32Array.from({ length: count }, (_, i) => value(i)));
  const contextOf = (i: number): number => Math.floor(i / (words * stride)) * stride + (i % stride);
  const matrix = [problems.length, words, stride];
  return {
    problems,
    shape,
    probabilities: workspace.array("dense probabilities", "f32", matrix, () => distributions().probabilities),
    logProbabilities: workspace.array(
      "dense log-probabilities",
      "f32",
      [...matrix, 2],
      () => distributions().logProbabilities,
    ),
    origins: workspace.array("origins", "u32", [problems.length * contexts], () => distributions().origins),
    relative: workspace.array("relative logits", "f32", matrix),
    wordOffsets: whole("dense word offsets", rows + 1, (row) => row * stride),
    entries: whole("dense entries", length, (i) => i),
    entryTokens: whole("dense entry tokens", length, (i) => Math.floor(i / stride)),
    entryContexts: whole("dense entry contexts", length, contextOf),
    entryGroups: whole("dense entry groups", 2 * (length + 1), (i) => (i % 2 ? (i - 1) / 2 : contextOf(i / 2))),
    gram: () =>
      workspace.array("Gram matrices", "f32", [problems.length, stride, stride], () => gramMatrices(problems, stride)),
  };
}

/** Rows p and log p of the words, [count, V, stride], the latter as pairs, and the most probable word of each context. */
function packDistributions(
  problems: readonly Problem[],
  { words, contexts, paddedContexts: stride }: DeviceShape,
): Record<"probabilities" | "logProbabilities", Float32Array<ArrayBuffer>> & { readonly origins: Uint32Array } {
  const length = problems.length * words * stride;
  const probabilities = new Float32Array(length);
  const logProbabilities = new Float32Array(2 * length);
  const origins = new Uint32Array(problems.length * contexts);
  problems.forEach((problem, n) => {
    for (let j = 0; j < contexts; j++) {
      let most = 0;
      for (let k = problem.offsets[j]!; k < problem.offsets[j + 1]!; k++) {
        const [z, p] = [problem.tokens[k]!, problem.probabilities[k]!];
        const i = (n * words + z) * stride + j;
        probabilities[i] = p;
        logProbabilities[2 * i] = Math.log(p);
        logProbabilities[2 * i + 1] = Math.log(p) - logProbabilities[2 * i]!;
        if (p > most) [most, origins[n * contexts + j]] = [p, z];
      }
    }
  });
  return { probabilities, logProbabilities, origins };
}

function gramMatrices(problems: readonly Problem[], stride: number): Float32Array<ArrayBuffer> {
  const gram = new Float32Array(problems.length * stride * stride);
  problems.forEach(({ embeddings, embeddingDim: d, contextCount: m }, n) => {
    const first = n * stride * stride;
    for (let i = 0; i < m; i++)
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += embeddings[i * d + k]! * embeddings[j * d + k]!;
        gram[first + i * stride + j] = gram[first + j * stride + i] = sum;
      }
  });
  return gram;
}
