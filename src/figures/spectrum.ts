import type { Gpu } from "../gpu/device.ts";
import type { Factors } from "../maps/factors.ts";
import { svd } from "../maps/svd.ts";
import { centredLogits } from "./embedding-maps.ts";

/** Singular values of L with centred rows, W and H, descending, as float32 has them. */
export interface Spectrum {
  readonly logits: Float64Array;
  readonly decoder: Float64Array;
  readonly embeddings: Float64Array;
}

/** What of the largest singular value float32 rotations tell from zero. */
const SMALLEST_SINGULAR = 1e-5;

/** @param dimension d of both factors */
export async function spectrumOf(gpu: Gpu, factors: Factors, dimension: number): Promise<Spectrum> {
  const { decoder, embeddings } = factors;
  const [V, m] = [decoder.length / dimension, embeddings.length / dimension];
  return {
    logits: (await svd(gpu, centredLogits(factors, dimension), m, V)).values,
    decoder: (await svd(gpu, decoder, V, dimension)).values,
    embeddings: (await svd(gpu, embeddings, m, dimension)).values,
  };
}

/** How many singular values are above 1e-5 of the first. */
export const numericalRank = (values: Float64Array): number =>
  values.filter((value) => value > SMALLEST_SINGULAR * values[0]!).length;
