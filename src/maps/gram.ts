import type { GpuArray } from "../gpu/array.ts";
import { Batch } from "../gpu/batch.ts";
import type { Workspace } from "../gpu/workspace.ts";
import type { DeviceShape } from "./device-shape.ts";
import { prepareProduct } from "./product.ts";
import { layEmbeddings } from "./embeddings.ts";

/** Embeddings of one problem, contexts × dim row-major. */
export interface EmbeddingMatrix {
  readonly embeddings: ArrayLike<number>;
  readonly contextCount: number;
  readonly embeddingDim: number;
}

/** H Hᵀ of problems of one shape, [count, stride, stride]: sums in float64 on the host, rounded to float32. */
export function gramMatrices(all: readonly EmbeddingMatrix[], stride: number): Float32Array<ArrayBuffer> {
  const gram = new Float32Array(all.length * stride * stride);
  all.forEach((one, n) => writeGram(one, gram, stride, n * stride * stride));
  return gram;
}

/** Writes H Hᵀ, [stride, stride], from `start` on. */
export function writeGram(
  { embeddings, contextCount, embeddingDim: d }: EmbeddingMatrix,
  gram: Float32Array,
  stride: number,
  start: number,
): void {
  for (let j = 0; j < contextCount; j++)
    for (let k = 0; k <= j; k++) {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += embeddings[j * d + i]! * embeddings[k * d + i]!;
      gram[start + j * stride + k] = gram[start + k * stride + j] = sum;
    }
}

/** H Hᵀ [paddedContexts, paddedContexts], computed on the device in float32. */
export async function gramOnDevice(
  workspace: Workspace,
  shape: DeviceShape,
  embeddings: ArrayLike<number>,
): Promise<GpuArray<"f32">> {
  const { contexts, paddedDim, paddedContexts } = shape;
  const { h, hT } = uploadEmbeddings(workspace, shape, embeddings);
  const gram = workspace.array("Gram matrix", "f32", [paddedContexts, paddedContexts]);
  const batch = new Batch(workspace.gpu, "Gram matrix");
  const product = { rows: contexts, inner4: paddedDim / 4, columns4: paddedContexts / 4 };
  batch.dispatch(await prepareProduct(workspace, product, { left: h, right: hT, product: gram }));
  batch.submit();
  return gram;
}

/** H [paddedContexts, paddedDim] and Hᵀ, a block of contexts after another, on the device, without what float32 does not hold of them. */
export function uploadEmbeddings(
  workspace: Workspace,
  shape: DeviceShape,
  embeddings: ArrayLike<number>,
): Record<"h" | "hT", GpuArray<"f32">> {
  const { paddedDim, paddedContexts } = shape;
  const { rows, columns } = layEmbeddings([embeddings], shape);
  return {
    h: workspace.array("scaled embeddings", "f32", [paddedContexts, paddedDim], rows),
    hT: workspace.array("scaled embeddings transposed", "f32", [paddedDim, paddedContexts], columns),
  };
}
