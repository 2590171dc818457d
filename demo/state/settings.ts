import type { CorpusOptions, Decay, Optimizer, Schedule } from "../../src/index.ts";
import { fixedEmbeddings } from "../models/fixed-embeddings.ts";
import type { Model } from "../models/model.ts";
import { trainedEmbeddings } from "../models/trained-embeddings.ts";
import type { State } from "./keys.ts";

/** How a run is made. */
export interface Settings {
  readonly steps: number;
  readonly seed: number;
  /** ε of the label smoothing, 0 for none. */
  readonly smoothing: number;
  readonly model: Model;
  /** What it is made from. */
  readonly state: State;
}

export function settingsOf(state: State): Settings {
  const numberOf = (text: string): number | undefined => (text === "" ? undefined : Number(text));
  const method = {
    optimizer: state.optimizer as Optimizer,
    schedule: state.schedule as Schedule,
    stepSize: numberOf(state["step-size"]),
  };
  return {
    steps: Number(state.steps),
    seed: Number(state.seed),
    smoothing: Number(state.smoothing),
    model:
      state.model === "trained"
        ? trainedEmbeddings({
            ...method,
            dimension: numberOf(state.dimension),
            ridge: Number(state.ridge),
            decay: state.decay as Decay,
            scale: Number(state.scale),
          })
        : fixedEmbeddings({ ...method, initial: state.initial as "zero" | "lecun" }),
    state,
  };
}

/** How contexts are taken from a text. */
export function corpusOf(state: State): CorpusOptions {
  return {
    tokens: state.tokens as NonNullable<CorpusOptions["tokens"]>,
    contexts: state.contexts as NonNullable<CorpusOptions["contexts"]>,
    contextLength: Number(state["context-length"]),
    minCount: Number(state["min-count"]),
  };
}
