import type { GpuArray } from "../gpu/array.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Workspace } from "../gpu/workspace.ts";
import { packEntries } from "../kernels/soft-label-grad.ts";
import { groupEntries } from "../kernels/support-logits.ts";
import type { Problem } from "../problem/problem.ts";
import { deviceShape, type DeviceShape } from "./device-shape.ts";
import { layEmbeddings } from "./embeddings.ts";

/** A problem's float32 copies on the device; float64 embeddings keep their rest in `embeddingsLow`. */
export interface DeviceProblem {
  readonly gpu: Gpu;
  readonly problem: Problem;
  readonly shape: DeviceShape;
  /** H [paddedContexts, paddedDim]. */
  readonly embeddings: GpuArray<"f32">;
  /** H − float32(H), the same shape. */
  readonly embeddingsLow: GpuArray<"f32">;
  /** Hᵀ [paddedDim, contexts at once], one after another. */
  readonly embeddingsT: GpuArray<"f32">;
  readonly weights: GpuArray<"f32">;
  readonly offsets: GpuArray<"u32">;
  /** Packed sparse rows, see `packEntries`. */
  readonly entries: GpuArray<"u32">;
  /** Entries of one context by threes, see `groupEntries`. */
  readonly entryGroups: GpuArray<"u32">;
  readonly entryTokens: GpuArray<"u32">;
  /** The sparse rows sorted by word: offsets [V + 1], entry numbers and contexts [entries]. */
  readonly wordOffsets: GpuArray<"u32">;
  readonly wordEntries: GpuArray<"u32">;
  readonly wordContexts: GpuArray<"u32">;
}

/**
 * The problem on the device: copied there by the first task that needs it, and shared by the others.
 * @param shape as a rule {@link deviceShape}; its `contextsAtOnce` may be all padded contexts, or any multiple of 64 below
 */
export function deviceProblem(workspace: Workspace, problem: Problem, shape = deviceShape(problem)): DeviceProblem {
  const name = `problem, ${shape.contextsAtOnce} contexts at once`;
  return workspace.shared(problem, name, (own) => uploadProblem(own, problem, shape));
}

function uploadProblem(workspace: Workspace, problem: Problem, shape: DeviceShape): DeviceProblem {
  const { contexts, paddedDim, paddedContexts, entries } = shape;
  const { rows, rest, columns } = layEmbeddings([problem.embeddings], shape);
  let sorted: ReturnType<typeof sortByWord> | undefined;
  const byWord = (): ReturnType<typeof sortByWord> => (sorted ??= sortByWord(problem));
  const groups = groupEntries(problem.offsets);
  return {
    gpu: workspace.gpu,
    problem,
    shape,
    embeddings: workspace.array("embeddings", "f32", [paddedContexts, paddedDim], rows),
    embeddingsLow: workspace.array("embeddings low", "f32", [paddedContexts, paddedDim], rest),
    embeddingsT: workspace.array("embeddings transposed", "f32", [paddedDim, paddedContexts], columns),
    weights: workspace.array("weights", "f32", [contexts], () => Float32Array.from(problem.weights)),
    offsets: workspace.array("offsets", "u32", [contexts + 1], problem.offsets),
    entries: workspace.array("entries", "u32", [entries, 4], () => packEntries(problem.tokens, problem.probabilities)),
    entryGroups: workspace.array("entry groups", "u32", [groups.length / 2, 2], groups),
    entryTokens: workspace.array("entry tokens", "u32", [entries], problem.tokens),
    wordOffsets: workspace.array("word offsets", "u32", [problem.vocabularySize + 1], () => byWord().offsets),
    wordEntries: workspace.array("word entries", "u32", [entries], () => byWord().entries),
    wordContexts: workspace.array("word contexts", "u32", [entries], () => byWord().contexts),
  };
}

/** The sparse rows by word: a counting sort, so contexts ascend within a word. */
function sortByWord(problem: Problem): Record<"offsets" | "entries" | "contexts", Uint32Array> {
  const { tokens, vocabularySize, contextCount } = problem;
  const contextOfEntry = new Uint32Array(tokens.length);
  for (let j = 0; j < contextCount; j++) contextOfEntry.fill(j, problem.offsets[j], problem.offsets[j + 1]);
  const offsets = new Uint32Array(vocabularySize + 1);
  for (const token of tokens) offsets[token + 1]!++;
  for (let z = 0; z < vocabularySize; z++) offsets[z + 1]! += offsets[z]!;
  const next = offsets.slice();
  const entries = new Uint32Array(tokens.length);
  tokens.forEach((token, k) => (entries[next[token]!++] = k));
  return { offsets, entries, contexts: entries.map((k) => contextOfEntry[k]!) };
}
