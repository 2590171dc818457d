import { measureEmbeddings } from "../figures/embedding-figures.ts";
import type { EmbeddingLimits } from "../figures/embedding-limits.ts";
import { embeddingMaps, type EmbeddingMaps } from "../figures/embedding-maps.ts";
import { modeStrengths } from "../figures/modes.ts";
import { numericalRank, spectrumOf } from "../figures/spectrum.ts";
import { cosine } from "../float64/geometry.ts";
import { supportMask } from "../float64/margin-certificate.ts";
import { difference } from "../float64/vectors.ts";
import type { Gpu } from "../gpu/device.ts";
import type { FactorMeasure, Factors } from "../maps/factors.ts";
import type { EmbeddingArmPoint, SpectrumRecord } from "./embedding-experiment-record.ts";
import type { EmbeddingArm } from "./embedding-experiments.ts";

/** A matrix row by row, with its shape. */
export interface MapArray {
  readonly data: Float64Array;
  readonly shape: readonly [number, number];
}

/** Where a point is: at a step of a run, or at a λ of a path. */
type Place = { readonly step: number } | { readonly lambda: number };

/** Measures the points of an arm as they come, and keeps what is drawn of some. */
export class Watch {
  readonly trace: EmbeddingArmPoint[] = [];
  readonly spectra: SpectrumRecord[] = [];
  readonly #maps: { place: Place; maps: EmbeddingMaps }[] = [];
  readonly #arm: EmbeddingArm;
  readonly #limits: EmbeddingLimits;
  readonly #gpu: Gpu;

  constructor(arm: EmbeddingArm, limits: EmbeddingLimits, gpu: Gpu) {
    this.#arm = arm;
    this.#limits = limits;
    this.#gpu = gpu;
  }

  /** The matrices of the last point. */
  get last(): EmbeddingMaps | undefined {
    return this.#maps.at(-1)?.maps;
  }

  async add(
    place: Place,
    factors: Factors,
    measure: FactorMeasure,
    looks: { readonly maps: boolean; readonly spectrum: boolean },
    more: Partial<EmbeddingArmPoint> = {},
  ): Promise<void> {
    const { problem, trainedOn = problem } = this.#arm;
    const limits = this.#limits;
    const dimension = factors.decoder.length / problem.vocabularySize;
    const { inSupportGap, offSupportGap, lossGap, decoderNorm, embeddingNorm } = measure;
    const measures = measureEmbeddings(problem, factors, limits);
    const maps = embeddingMaps(factors, dimension);
    this.trace.push({
      ...place,
      loss: trainedOn.entropy + lossGap,
      ...{ inSupportGap, offSupportGap, lossGap, decoderNorm, embeddingNorm },
      ...measures,
      modes: [...modeStrengths(limits.modes, factors, dimension)],
      ...("lambda" in place && { subspaceLaw: measures.subspaceError / place.lambda, secant: this.#secant(maps) }),
      ...more,
    });
    if (looks.maps) this.#maps.push({ place, maps });
    if (!looks.spectrum) return;
    const { logits, decoder, embeddings } = await spectrumOf(this.#gpu, factors, dimension);
    this.spectra.push({
      ...place,
      ...{ logits: [...logits], decoder: [...decoder], embeddings: [...embeddings] },
      rank: numericalRank(logits),
    });
  }

  /** The direction from the point before, in which what stays of the finite part cancels; NaN at the first. */
  #secant({ logits }: EmbeddingMaps): number {
    const before = this.#maps.at(-1)?.maps.logits;
    return before ? cosine(difference(logits, before), this.#limits.margin.logits) : NaN;
  }

  namedMaps(number: number): Record<string, MapArray> {
    const { problem } = this.#arm;
    const { contextCount: m, vocabularySize: V } = problem;
    const { margin, proxy } = this.#limits;
    const named = (where: string, { logits, wordCosines, contextCosines }: EmbeddingMaps): [string, MapArray][] => [
      [`${number}_${where}_logits`, { data: logits, shape: [m, V] }],
      [`${number}_${where}_words`, { data: wordCosines, shape: [V, V] }],
      [`${number}_${where}_contexts`, { data: contextCosines, shape: [m, m] }],
    ];
    return Object.fromEntries([
      [`${number}_supports`, { data: Float64Array.from(supportMask(problem)), shape: [m, V] }],
      ...this.#maps.flatMap(({ place, maps }) =>
        named("step" in place ? `step-${place.step}` : `lambda-${place.lambda}`, maps),
      ),
      ...named("margin", margin),
      ...named("proxy", proxy),
    ]);
  }
}
