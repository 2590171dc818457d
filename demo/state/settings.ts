import type { CorpusOptions, Decay, Optimizer, Schedule } from "../../src/index.ts";
import type { Model } from "../models/model.ts";
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

/** What is loaded of the models' code, so that another change of a control takes effect at once. */
const code: {
  fixed?: Promise<typeof import("../models/fixed-embeddings.ts")>;
  trained?: Promise<typeof import("../models/trained-embeddings.ts")>;
} = {};

/** Loads the code of the model where that is not here yet. */
export async function settingsOf(state: State): Promise<Settings> {
  const numberOf = (text: string): number | undefined => (text === "" ? undefined : Number(text));
  const method = {
    optimizer: state.optimizer as Optimizer,
    schedule: state.schedule as Schedule,
    stepSize: numberOf(state["step-size"]),
  };
  const trained = async (): Promise<Model> => {
    const { trainedEmbeddings } = await (code.trained ??= import("../models/trained-embeddings.ts"));
    const [ridge, scale, decay] = [Number(state.ridge), Number(state.scale), state.decay as Decay];
    return trainedEmbeddings({ ...method, dimension: numberOf(state.dimension), ridge, decay, scale });
  };
  const fixed = async (): Promise<Model> => {
    const { fixedEmbeddings } = await (code.fixed ??= import("../models/fixed-embeddings.ts"));
    return fixedEmbeddings({ ...method, initial: state.initial as "zero" | "lecun" });
  };
  return {
    steps: Number(state.steps),
    seed: Number(state.seed),
    smoothing: Number(state.smoothing),
    model: state.model === "trained" ? await trained() : await fixed(),
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
