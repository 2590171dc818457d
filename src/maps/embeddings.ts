import type { DeviceShape } from "./device-shape.ts";

/** Embeddings of one problem or of several of one shape, one after another, as they lie on the device: zeros up to multiples of four. */
export interface LaidEmbeddings {
  /** H [count, paddedContexts, paddedDim], rounded to float32. */
  readonly rows: () => Float32Array<ArrayBuffer>;
  /** H − float32(H), the same shape. */
  readonly rest: () => Float32Array<ArrayBuffer>;
  /** Hᵀ [count, paddedDim, contexts at once], a block of contexts after another. */
  readonly columns: () => Float32Array<ArrayBuffer>;
}

/** @param embeddings of each problem, contexts × dim */
export function layEmbeddings(
  embeddings: readonly ArrayLike<number>[],
  { contexts, dim, paddedDim, paddedContexts, contextsAtOnce }: Omit<DeviceShape, "words" | "entries">,
): LaidEmbeddings {
  const place = (at: (j: number, i: number) => number, value: (h: number) => number): Float32Array<ArrayBuffer> => {
    const length = paddedContexts * paddedDim;
    const values = new Float32Array(embeddings.length * length);
    for (const [n, own] of embeddings.entries())
      for (let j = 0; j < contexts; j++)
        for (let i = 0; i < dim; i++) values[n * length + at(j, i)] = value(own[j * dim + i]!);
    return values;
  };
  const byRow = (j: number, i: number): number => j * paddedDim + i;
  const byBlock = (j: number, i: number): number => {
    const column = j % contextsAtOnce;
    const stride = Math.min(contextsAtOnce, paddedContexts - (j - column));
    return (j - column) * paddedDim + i * stride + column;
  };
  return {
    rows: () => place(byRow, Math.fround),
    rest: () => place(byRow, (h) => h - Math.fround(h)),
    columns: () => place(byBlock, Math.fround),
  };
}
