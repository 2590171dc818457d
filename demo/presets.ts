import {
  EMBEDDING_EXPERIMENTS,
  incompatible,
  nonseparable,
  paper1Plane,
  paper1Synthetic,
  synthetic,
  type EmbeddingArm,
  type Problem,
} from "../src/index.ts";
import { fileSource, textSource, type Source, type SourceData } from "./sources.ts";
import { KEY_NAMES, KEYS, type State } from "./state/keys.ts";

/** A problem that the page offers by name. */
export interface Preset {
  readonly key: string;
  readonly title: string;
  /** The same where there is little room. */
  readonly short: string;
  /** What it is and what to watch, one sentence. */
  readonly sentence: string;
  /** It is made for trained embeddings. */
  readonly isTrained?: boolean;
  /** What of the state is not as usual with it. */
  readonly state?: () => Partial<State>;
  /** Whether the seed has a part in it; default true. */
  readonly isDrawn?: boolean;
  readonly make: (seed: number) => Problem;
}

export const PRESETS: readonly Preset[] = [
  {
    key: "paper1-plane",
    title: "The paper’s plane setting",
    short: "Plane",
    sentence: "Three contexts in the plane and five words: the smallest problem in which all of it can be seen.",
    make: (seed) => paper1Plane({ seed }),
  },
  {
    key: "paper1-synthetic",
    title: "The paper’s synthetic setting",
    short: "Synthetic",
    sentence:
      "Fifty random contexts in 60 dimensions, each followed by six of ten words: it can be separated, so the loss comes down to the entropy and the norm grows without end.",
    make: (seed) => paper1Synthetic({ seed }),
  },
  {
    key: "one-hot",
    title: "One next word each",
    short: "One next word",
    sentence:
      "Every context has a single next word, as in classification: the entropy is zero, and all of the loss gap is mass off the support.",
    make: (seed) => synthetic({ contextCount: 50, embeddingDim: 60, vocabularySize: 10, supportSize: 1, seed }),
  },
  {
    key: "incompatible",
    title: "Not compatible",
    short: "Not compatible",
    sentence:
      "The paper’s setting, but two contexts share an embedding and their six words, with different probabilities: no decoder gives both, and the in-support gap stays.",
    make: (seed) => incompatible({ seed }),
  },
  {
    key: "nonseparable",
    title: "Not separable",
    short: "Not separable",
    sentence:
      "The paper’s setting, but two contexts share an embedding and not one word: whatever leads in one falls behind in the other, and the off-support gap stays.",
    make: (seed) => nonseparable({ seed }),
  },
  {
    key: "crowded",
    title: "Too few dimensions",
    short: "Few dimensions",
    sentence:
      "Fifty random contexts are too many for 10 dimensions to tell apart, so neither condition holds: the loss gap stops well above zero, and the norm stops growing.",
    make: (seed) => synthetic({ contextCount: 50, embeddingDim: 10, vocabularySize: 10, supportSize: 6, seed }),
  },
  {
    key: "uneven",
    title: "Common and rare contexts",
    short: "Common and rare",
    sentence:
      "The paper’s setting, but context j appears in proportion to 1/j: the common ones are learnt first, and the loss gap comes down more slowly.",
    make: (seed) =>
      synthetic({
        contextCount: 50,
        embeddingDim: 60,
        vocabularySize: 10,
        supportSize: 6,
        weights: { law: "zipf", exponent: 1 },
        seed,
      }),
  },
  ofExperiment("p2-synthetic", {
    title: "Sixteen contexts, trained",
    short: "Sixteen contexts",
    sentence:
      "The second paper’s synthetic shape: 16 contexts and 30 words, three next words each. The last two contexts have the supports of the first two, and their embeddings collapse onto those, but for their finite part.",
    state: {},
  }),
  ofExperiment("p2-stories", {
    title: "Stories, trained",
    short: "Stories",
    sentence:
      "The shape of the second paper’s stories, by AdamW: 403 contexts of five words, 13 variants by synonyms of each of 31 sentences. The variants have the same next words, and come together.",
  }),
  ofExperiment("ridge-both", {
    title: "With a ridge, trained",
    short: "With a ridge",
    sentence:
      "The second paper’s synthetic shape with λ = 1e-4 on both: the run stays at a finite norm, where the loss gap is near to λ times the nuclear norm of L_mm.",
    arm: 1,
    state: { ridge: "0.0001" },
  }),
  ofExperiment("collapse", {
    title: "Four contexts for each support, trained",
    short: "Collapse",
    sentence:
      "Twenty-four contexts have six supports among them, and probabilities of their own: projected off the finite part, those with one support become one.",
  }),
  ofExperiment("symmetric", {
    title: "All pairs of five words, trained",
    short: "All pairs",
    sentence:
      "Every pair of five words follows one of ten contexts. The limit is known in closed form: words form a simplex, and contexts lie by how many words they share.",
    arm: 1,
    isDrawn: false,
  }),
  ofExperiment("smoothing", {
    title: "Smoothed labels, trained",
    short: "Smoothed",
    sentence:
      "The second paper’s synthetic shape with a hundredth of every distribution spread over all words: the logits stay finite, and their low-rank part has the direction of S̃, not that of L_mm.",
    arm: 1,
  }),
  ofExperiment("emergence", {
    title: "One mode after another, trained",
    short: "Stairs",
    sentence:
      "Two vocabularies that do not meet, and a start near zero: the modes of the data are learned one after another, the strongest first, and the loss comes down in stairs.",
    isDrawn: false,
  }),
];

/** What a preset has that its experiment does not say; `arm` is the run of it, the first by default, whose settings it has unless others are given. */
interface ArmPreset extends Pick<Preset, "title" | "short" | "sentence" | "isDrawn"> {
  readonly arm?: number;
  readonly state?: Partial<State>;
}

/** A run of an experiment on trained embeddings, with its settings. */
function ofExperiment(name: string, { arm = 0, state, ...said }: ArmPreset): Preset {
  const experiment = EMBEDDING_EXPERIMENTS[name]!;
  const armOf = (seed: number): EmbeddingArm => experiment.arms(seed)[arm]!;
  return {
    ...said,
    key: name,
    isTrained: true,
    make: (seed) => armOf(seed).problem,
    state: () => ({ model: "trained", ...(state ?? stateOfArm(armOf(1))) }),
  };
}

function stateOfArm({ options = {}, smoothing }: EmbeddingArm): Partial<State> {
  const { dimension, ridge, optimizer, decay, stepSize, scale } = options;
  const given = { dimension, ridge, optimizer, decay, scale, smoothing, "step-size": stepSize };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/** The page's state as a preset has it, or with a problem of the reader's own; as the first preset has it for a name that there is not. */
export function initialState(key: string): State {
  const usual = Object.fromEntries(KEY_NAMES.map((name) => [name, KEYS[name].initial])) as State;
  const preset = PRESETS.find((each) => each.key === key);
  if (!preset) return OWN.includes(key) ? { ...usual, preset: key } : usual;
  return { ...usual, ...preset.state?.(), preset: key };
}

/** Names of problems that are no presets: the text of the page, a file. */
const OWN: readonly string[] = ["text", "file"];

/** A preset as something to load. */
export function presetSource(preset: Preset): Source {
  return {
    key: preset.key,
    name: preset.title,
    load: ({ seed }) =>
      Promise.resolve({
        problem: preset.make(seed),
        source: { kind: "preset", key: preset.key },
        name: preset.title,
        kind: "preset",
        sentence: preset.sentence,
        notes: preset.isDrawn === false ? [] : [`Drawn with seed ${seed}.`],
      }),
  };
}

/** The source of a problem that came out of this. */
export function sourceOf(data: SourceData): Source {
  switch (data.kind) {
    case "preset":
      return presetSource(PRESETS.find(({ key }) => key === data.key)!);
    case "text":
      return textSource(data.text, data.corpus);
    case "file":
      return fileSource(data);
  }
}
