import { BINDING_ALIGNMENT } from "../gpu/array.ts";
import type { Problem } from "../problem/problem.ts";

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
/** Contexts whose parts of every array begin where a binding may, whatever each takes of it. */
const CONTEXT_BLOCK = BINDING_ALIGNMENT;

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
