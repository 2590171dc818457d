import { OptionError } from "../errors.ts";
import { cosines } from "../float64/geometry.ts";
import type { Gpu } from "../gpu/device.ts";
import { svd } from "../maps/svd.ts";
import type { Problem } from "../problem/problem.ts";
import { sparseLimit } from "../solvers/sparse-limit.ts";
import type { EmbeddingMaps } from "./embedding-maps.ts";
import { modesOf, type Modes } from "./modes.ts";
import type { NuclearMargin } from "../solvers/nuclear-margin/status.ts";

/** What words and contexts tend to be like, for logits L = U Σ Vᵀ that have words as rows: Gram matrices in direction. */
export interface Geometry extends EmbeddingMaps {
  /** U Σ Uᵀ, V × V. */
  readonly wordGram: Float64Array;
  /** V Σ Vᵀ, m × m. */
  readonly contextGram: Float64Array;
}

/** What trained embeddings tend to (Zhao et al., arXiv 2408.15417). */
export interface EmbeddingLimits {
  /** The problem that has them. */
  readonly problem: Problem;
  /** L_in, m × V. */
  readonly sparse: Float64Array;
  /** Which support each context has. */
  readonly supportOf: Uint32Array;
  /** Of L_mm, and of the proxy S̃. */
  readonly margin: Geometry;
  readonly proxy: Geometry;
  readonly modes: Modes;
}

/**
 * Both factors of logits, from their singular vectors: those on the GPU, the matrices in float64.
 * @param logits m × V
 */
export async function geometryOf(gpu: Gpu, logits: Float64Array, m: number, V: number): Promise<Geometry> {
  const { values, left, right } = await svd(gpu, logits, m, V);
  const gramOf = (vectors: Float64Array, n: number): Float64Array => {
    const gram = new Float64Array(n * n);
    values.forEach((value, term) => {
      if (value === 0) return;
      const vector = vectors.subarray(term * n, (term + 1) * n);
      for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) gram[i * n + k]! += value * vector[i]! * vector[k]!;
    });
    return gram;
  };
  const [wordGram, contextGram] = [gramOf(right, V), gramOf(left, m)];
  return { logits, wordGram, wordCosines: cosines(wordGram), contextGram, contextCosines: cosines(contextGram) };
}

/** @throws OptionError for the margin of another problem */
export async function embeddingLimits(gpu: Gpu, problem: Problem, margin: NuclearMargin): Promise<EmbeddingLimits> {
  const { contextCount: m, vocabularySize: V } = problem;
  if (margin.logits.length !== m * V)
    throw new OptionError("towards", `expected logits of ${m} × ${V} = ${m * V} values, found ${margin.logits.length}`);
  return {
    problem,
    sparse: sparseLimit(problem),
    supportOf: margin.supports.ofContext,
    margin: await geometryOf(gpu, margin.logits, m, V),
    proxy: await geometryOf(gpu, margin.proxy.logits, m, V),
    modes: await modesOf(gpu, problem),
  };
}
