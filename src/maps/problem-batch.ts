import type { GpuArray } from "../gpu/array.ts";
import type { Workspace } from "../gpu/workspace.ts";
import type { Problem } from "../problem/problem.ts";
import type { SupportRows } from "./data-subspace.ts";
import type { DeviceProblem } from "./device-problem.ts";
import { deviceShape, type DeviceShape } from "./device-shape.ts";
import { gramMatrices } from "./gram.ts";
import { layEmbeddings } from "./embeddings.ts";

/**
 * Small problems of one shape, one after another, with every word in every context: for the kernels that keep a run to
 * themselves. Matrices are [count, V, stride], where stride is the padded number of contexts. As entries of sparse rows, word by
 * word, they serve the kernels for supports as if they were one problem.
 */
export interface ProblemBatch {
  readonly problems: readonly Problem[];
  /** Of each of them. */
  readonly shape: DeviceShape;
  /** H [count, paddedContexts, paddedDim] and its transposes. */
  readonly embeddings: GpuArray<"f32">;
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
  /** All words of all problems as one, every one in each context: groups are of one entry, so that neighbours are of different contexts. */
  readonly rows: SupportRows;
  /** Uploads the H Hᵀ, [count, stride, stride], embeddings as rows. */
  gram(): GpuArray<"f32">;
}

/** What a batch has of a problem that is on the device already. */
type BatchEmbeddings = Pick<DeviceProblem, "embeddings" | "embeddingsLow" | "embeddingsT" | "weights">;

/** A problem that is on the device, in full; what is new of it belongs to `workspace`. */
export function batchOf(workspace: Workspace, device: DeviceProblem): ProblemBatch {
  return uploadDistributions(workspace, [device.problem], device);
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
  const sizes = deviceShape(problems[0]!);
  const { contexts, paddedDim, paddedContexts } = sizes;
  const { rows, rest, columns } = layEmbeddings(
    problems.map(({ embeddings }) => embeddings),
    { ...sizes, contextsAtOnce: paddedContexts },
  );
  const weights = new Float32Array(problems.length * contexts);
  problems.forEach((problem, n) =>
    weights.set(
      problem.weights.map((weight) => weight * weightScales[n]!),
      n * contexts,
    ),
  );
  const shape = [problems.length, paddedContexts, paddedDim];
  return uploadDistributions(workspace, problems, {
    embeddings: workspace.array("embeddings", "f32", shape, rows),
    embeddingsLow: workspace.array("embeddings low", "f32", shape, rest),
    embeddingsT: workspace.array("embeddings transposed", "f32", shape, columns),
    weights: workspace.array("weights", "f32", [problems.length, contexts], weights),
  });
}

function uploadDistributions(
  workspace: Workspace,
  problems: readonly Problem[],
  { embeddings, embeddingsLow, embeddingsT, weights }: BatchEmbeddings,
): ProblemBatch {
  const shape = deviceShape(problems[0]!);
  const { words, contexts, paddedDim, paddedContexts: stride } = shape;
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
    embeddings,
    embeddingsT,
    weights,
    probabilities: workspace.array("dense probabilities", "f32", matrix, () => distributions().probabilities),
    logProbabilities: workspace.array(
      "dense log-probabilities",
      "f32",
      [...matrix, 2],
      () => distributions().logProbabilities,
    ),
    origins: workspace.array("origins", "u32", [problems.length * contexts], () => distributions().origins),
    relative: workspace.array("relative logits", "f32", matrix),
    rows: {
      embeddings,
      embeddingsLow,
      wordOffsets: whole("dense word offsets", rows + 1, (row) => row * stride),
      wordEntries: whole("dense entries", length, (i) => i),
      entryTokens: whole("dense entry tokens", length, (i) => Math.floor(i / stride)),
      wordContexts: whole("dense entry contexts", length, contextOf),
      entryGroups: whole("dense entry groups", 2 * (length + 1), (i) => (i % 2 ? (i - 1) / 2 : contextOf(i / 2))),
      shape: { words: rows, contexts: problems.length * stride, entries: length, paddedDim },
    },
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
