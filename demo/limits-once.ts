import type { Gpu, Problem } from "../src/index.ts";
import type { KnownLimits } from "./limits.ts";
import type { Model } from "./models/model.ts";
import type { LoadedProblem } from "./sources.ts";

/** The limits of the last problem for which the search was not broken off: they are found once. */
export class LimitsOnce {
  #found: { readonly problem: Problem; readonly model: Model["name"]; readonly limits: KnownLimits } | undefined;

  /** Undefined unless they have been found. */
  known(problem: Problem, { name }: Model): KnownLimits | undefined {
    return this.#found?.problem === problem && this.#found.model === name ? this.#found.limits : undefined;
  }

  /**
   * @param gpu undefined for a search in float64
   * @param onProgress told what is being computed, in words
   * @throws the signal's reason when it is aborted
   */
  async find(
    gpu: Gpu | undefined,
    loaded: LoadedProblem,
    model: Model,
    signal: AbortSignal,
    onProgress: (search: string) => void,
  ): Promise<KnownLimits> {
    const { problem } = loaded;
    const known = this.known(problem, model);
    if (known) return known;
    if (!gpu) onProgress("in float64");
    const limits = gpu
      ? await model.findLimits(gpu, loaded, signal, onProgress)
      : await model.inFloat64!.findLimits(problem, signal);
    this.#found = { problem, model: model.name, limits };
    return limits;
  }
}
