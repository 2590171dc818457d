import type { EmbeddingLimits } from "../figures/embedding-limits.ts";
import { embeddingMaps, type EmbeddingMaps } from "../figures/embedding-maps.ts";
import { numericalRank, spectrumOf } from "../figures/spectrum.ts";
import { supportMask } from "../float64/margin-certificate.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Factors } from "../maps/factors.ts";
import type { EmbeddingArmPoint, SpectrumRecord } from "./embedding-experiment-record.ts";

/** A matrix row by row, with its shape. */
export interface MapArray {
  readonly data: Float64Array;
  readonly shape: readonly [number, number];
}

/** Keeps what is drawn of an arm, as its points come. */
export class Watch {
  readonly trace: EmbeddingArmPoint[] = [];
  readonly spectra: SpectrumRecord[] = [];
  readonly #maps: { where: string; maps: EmbeddingMaps }[] = [];
  readonly #limits: EmbeddingLimits;
  readonly #gpu: Gpu;

  constructor(limits: EmbeddingLimits, gpu: Gpu) {
    this.#limits = limits;
    this.#gpu = gpu;
  }

  /** The matrices of the last point. */
  get last(): EmbeddingMaps | undefined {
    return this.#maps.at(-1)?.maps;
  }

  /** @param factors where it is looked at: its singular values are taken, and with `maps` its matrices */
  async add(point: EmbeddingArmPoint, factors?: Factors, { maps }: { maps: boolean } = { maps: true }): Promise<void> {
    this.trace.push(point);
    if (!factors) return;
    const dimension = factors.decoder.length / this.#limits.problem.vocabularySize;
    if (maps) this.#maps.push({ where: placeOf(point), maps: embeddingMaps(factors, dimension) });
    const { logits, decoder, embeddings } = await spectrumOf(this.#gpu, factors, dimension);
    this.spectra.push({
      ...(point.step !== undefined && { step: point.step }),
      ...(point.lambda !== undefined && { lambda: point.lambda }),
      ...{ logits: [...logits], decoder: [...decoder], embeddings: [...embeddings] },
      rank: numericalRank(logits),
    });
  }

  /** Of the limits and of what was looked at, by `N_WHERE_WHAT`. */
  namedMaps(number: number): Record<string, MapArray> {
    const { problem, margin, proxy } = this.#limits;
    const { contextCount: m, vocabularySize: V } = problem;
    const named = (where: string, { logits, wordCosines, contextCosines }: EmbeddingMaps): [string, MapArray][] => [
      [`${number}_${where}_logits`, { data: logits, shape: [m, V] }],
      [`${number}_${where}_words`, { data: wordCosines, shape: [V, V] }],
      [`${number}_${where}_contexts`, { data: contextCosines, shape: [m, m] }],
    ];
    return Object.fromEntries([
      [`${number}_supports`, { data: Float64Array.from(supportMask(problem)), shape: [m, V] }],
      ...this.#maps.flatMap(({ where, maps }) => named(where, maps)),
      ...named("margin", margin),
      ...named("proxy", proxy),
    ]);
  }
}

const placeOf = ({ step, lambda }: EmbeddingArmPoint): string =>
  step === undefined ? `lambda-${lambda!.toExponential()}` : `step-${step}`;
