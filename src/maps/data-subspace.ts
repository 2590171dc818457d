import type { ArrayView, GpuArray } from "../gpu/array.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import type { Workspace } from "../gpu/workspace.ts";
import { supportAdjoint } from "../kernels/support-adjoint.ts";
import { supportLogits } from "../kernels/support-logits.ts";
import type { PairArray } from "./decoder.ts";

/** Supports as sparse rows on the device, by context and by word, and the embeddings of their contexts. */
export interface SupportRows {
  readonly embeddings: ArrayView<"f32">;
  readonly embeddingsLow: ArrayView<"f32">;
  /** Entries of one context by threes at most, see `groupEntries`. */
  readonly entryGroups: GpuArray<"u32">;
  readonly entryTokens: GpuArray<"u32">;
  readonly wordOffsets: GpuArray<"u32">;
  readonly wordEntries: GpuArray<"u32">;
  readonly wordContexts: GpuArray<"u32">;
  readonly shape: Readonly<Record<"words" | "contexts" | "entries" | "paddedDim", number>>;
}

/** A: from a decoder to its logits in the supports, pairs [entries, 2]; to their mean over each support they are left as they are. */
export function prepareSupportLogits(
  workspace: Workspace,
  rows: SupportRows,
  decoder: PairArray,
  logits: GpuArray<"f32">,
): Promise<Dispatch> {
  const { words, contexts, entries, paddedDim } = rows.shape;
  return workspace.prepare(supportLogits, {
    arrays: {
      entry_groups: rows.entryGroups,
      entry_tokens: rows.entryTokens,
      decoder: decoder.high,
      decoder_low: decoder.low,
      embeddings: rows.embeddings,
      embeddings_low: rows.embeddingsLow,
      support_logits: logits,
    },
    params: {
      ...{ groups: rows.entryGroups.length / 2 - 1, entries },
      ...{ columns4: paddedDim / 4, words, contexts, first_word: 0, zero: 0 },
    },
  });
}

/** Aᵀ: decoder ← decay · decoder − stepSize · Σ_j y_j h_jᵀ from a vector y of the supports' [entries]. */
export function prepareSupportAdjoint(
  workspace: Workspace,
  rows: SupportRows,
  y: GpuArray<"f32">,
  decoder: PairArray,
  { stepSize, decay }: { readonly stepSize: number; readonly decay: number },
): Promise<Dispatch> {
  const { words, contexts, entries, paddedDim } = rows.shape;
  return workspace.prepare(supportAdjoint, {
    arrays: {
      word_offsets: rows.wordOffsets,
      word_entries: rows.wordEntries,
      word_contexts: rows.wordContexts,
      in_residual: y,
      embeddings: rows.embeddings,
      in_high: decoder.high,
      in_low: decoder.low,
    },
    params: { rows: words, columns4: paddedDim / 4, entries, contexts, zero: 0, step_size: stepSize, decay },
  });
}
