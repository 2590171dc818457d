import type { Choices } from "../study.ts";
import type { ThresholdEmbedding, ThresholdSizes } from "./draw.ts";

export interface ThresholdChoices extends Choices {
  /** V/|S|. */
  readonly sizes: readonly string[];
  readonly embeddings: readonly ThresholdEmbedding[];
  readonly contexts: number;
  readonly problems: number;
  readonly below: number;
  readonly above: number;
}

/** Problems of one kind: numbers first … first + count − 1 of its cell. */
export interface ThresholdWork extends ThresholdSizes {
  readonly embedding: ThresholdEmbedding;
  readonly count: number;
}

/** A letter for each problem: y, n, or ? where neither is proved. */
export interface ThresholdResult {
  readonly separable: string;
  readonly compatible: string;
}
