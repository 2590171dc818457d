import { cosines, gramMatrix } from "../float64/geometry.ts";
import { logitsOf } from "../float64/logit-loss.ts";
import type { Factors } from "../maps/factors.ts";
import type { Geometry } from "./embedding-limits.ts";

/** The matrices that both factors are looked at by: L, and the cosines between words and between contexts. */
export type EmbeddingMaps = Pick<Geometry, "logits" | "wordCosines" | "contextCosines">;

/** @param dimension d of both factors */
export function embeddingMaps({ decoder, embeddings }: Factors, dimension: number): EmbeddingMaps {
  return {
    logits: logitsOf(decoder, embeddings, dimension),
    wordCosines: cosines(gramMatrix(decoder, dimension)),
    contextCosines: cosines(gramMatrix(embeddings, dimension)),
  };
}
