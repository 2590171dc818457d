import type { GpuArray } from "../gpu/array.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Workspace } from "../gpu/workspace.ts";
import { packEntries } from "../kernels/soft-label-grad.ts";
import { groupEntries } from "../kernels/support-logits.ts";
import type { Problem } from "../problem/problem.ts";
import { OptionError } from "../errors.ts";

/** Sizes as they are on the device: d and m rounded up to multiples of four, the rest zeros. */
export interface DeviceShape {
  readonly words: number;
  readonly contexts: number;
  readonly dim: number;
  readonly entries: number;
  readonly paddedDim: number;
  readonly paddedContexts: number;
  /** Contexts whose logits are on the device at one time: all of them, or a multiple of 64. */
  readonly contextsAtOnce: number;
}

/** Bytes of logits at one time, where no more contexts are asked for: WebGPU's default limit of a binding. */
const LOGIT_BYTES = 128 * 2 ** 20;
/** Contexts whose parts of every array begin where a binding may. */
const CONTEXT_BLOCK = 64;

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

const roundUp4 = (n: number): number => Math.ceil(n / 4) * 4;

/** Sizes of a problem on the device. */
export function deviceShape(problem: Problem): DeviceShape {
  const paddedContexts = roundUp4(problem.contextCount);
  const fitting = Math.floor(LOGIT_BYTES / 4 / problem.vocabularySize / CONTEXT_BLOCK) * CONTEXT_BLOCK;
  return {
    words: problem.vocabularySize,
    contexts: problem.contextCount,
    dim: problem.embeddingDim,
    entries: problem.tokens.length,
    paddedDim: roundUp4(problem.embeddingDim),
    paddedContexts,
    contextsAtOnce: Math.min(Math.max(fitting, CONTEXT_BLOCK), paddedContexts),
  };
}

/** A range of contexts whose logits are on the device at one time. */
export interface ContextBlock {
  readonly first: number;
  readonly contexts: number;
  readonly paddedContexts: number;
}

/** The blocks that a run goes through in each step; a single one unless the logits of all are too large. */
export function contextBlocks({ contexts, paddedContexts, contextsAtOnce }: DeviceShape): ContextBlock[] {
  return Array.from({ length: Math.ceil(paddedContexts / contextsAtOnce) }, (_, n) => {
    const first = n * contextsAtOnce;
    return {
      first,
      contexts: Math.min(contextsAtOnce, contexts - first),
      paddedContexts: Math.min(contextsAtOnce, paddedContexts - first),
    };
  });
}

/**
 * Copies a problem to the device; the arrays belong to `workspace`.
 * @param shape as a rule {@link deviceShape}; its `contextsAtOnce` may be all padded contexts, or any multiple of 64 below
 */
export function uploadProblem(workspace: Workspace, problem: Problem, shape = deviceShape(problem)): DeviceProblem {
  const { contexts, dim, paddedDim, paddedContexts, contextsAtOnce, entries } = shape;
  /** Embeddings as they are in the host's memory, `at` their place on the device. */
  const place = (at: (j: number, i: number) => number, value: (h: number) => number): Float32Array<ArrayBuffer> => {
    const values = new Float32Array(paddedContexts * paddedDim);
    for (let j = 0; j < contexts; j++)
      for (let i = 0; i < dim; i++) values[at(j, i)] = value(problem.embeddings[j * dim + i]!);
    return values;
  };
  const byRow = (j: number, i: number): number => j * paddedDim + i;
  const byBlock = (j: number, i: number): number => {
    const column = j % contextsAtOnce;
    const stride = Math.min(contextsAtOnce, paddedContexts - (j - column));
    return (j - column) * paddedDim + i * stride + column;
  };
  let sorted: ReturnType<typeof sortByWord> | undefined;
  const byWord = (): ReturnType<typeof sortByWord> => (sorted ??= sortByWord(problem));
  const groups = groupEntries(problem.offsets);
  return {
    gpu: workspace.gpu,
    problem,
    shape,
    embeddings: workspace.array("embeddings", "f32", [paddedContexts, paddedDim], () => place(byRow, Math.fround)),
    embeddingsLow: workspace.array("embeddings low", "f32", [paddedContexts, paddedDim], () =>
      place(byRow, (h) => h - Math.fround(h)),
    ),
    embeddingsT: workspace.array("embeddings transposed", "f32", [paddedDim, paddedContexts], () =>
      place(byBlock, Math.fround),
    ),
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

/** Decoder entries from this size on are refused: their products with embeddings leave float32. */
const LARGEST_WEIGHT = 1e18;

/** Whether a decoder can be computed with. */
export function isUsable(decoder: ArrayLike<number>): boolean {
  for (let i = 0; i < decoder.length; i++) if (!(Math.abs(decoder[i]!) < LARGEST_WEIGHT)) return false;
  return true;
}

/** @throws OptionError unless the decoder is V × d with numbers that can be computed with. */
export function requireDecoder(decoder: ArrayLike<number>, { words, dim }: Pick<DeviceShape, "words" | "dim">): void {
  if (decoder.length !== words * dim)
    throw new OptionError("decoder", `expected ${words} × ${dim} = ${words * dim} values, found ${decoder.length}`);
  if (isUsable(decoder)) return;
  const bad = Array.prototype.findIndex.call(decoder, (w: number) => !(Math.abs(w) < LARGEST_WEIGHT));
  throw new OptionError(
    "decoder",
    `expected finite numbers below 1e18 in size, found ${decoder[bad]} at row ${Math.floor(bad / dim)}, column ${bad % dim}`,
  );
}

/** A V × d matrix as two padded float32 arrays whose sum is the matrix to about 48 bits. */
export function splitDecoder(
  decoder: ArrayLike<number>,
  { words, dim, paddedDim }: DeviceShape,
): { high: Float32Array<ArrayBuffer>; low: Float32Array<ArrayBuffer> } {
  const high = new Float32Array(words * paddedDim);
  const low = new Float32Array(words * paddedDim);
  for (let v = 0; v < words; v++)
    for (let i = 0; i < dim; i++) {
      const value = decoder[v * dim + i]!;
      const rounded = Math.fround(value);
      high[v * paddedDim + i] = rounded;
      low[v * paddedDim + i] = value - rounded;
    }
  return { high, low };
}

/** The inverse of {@link splitDecoder}: V × d in float64, the sum of all the padded parts. */
export function joinDecoder(parts: readonly Float32Array[], shape: DeviceShape): Float64Array {
  const { words, dim, paddedDim } = shape;
  const decoder = new Float64Array(words * dim);
  for (let v = 0; v < words; v++)
    for (let i = 0; i < dim; i++) decoder[v * dim + i] = parts.reduce((sum, part) => sum + part[v * paddedDim + i]!, 0);
  return decoder;
}
