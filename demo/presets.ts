import {
  allSubsets,
  incompatible,
  nonseparable,
  paper1Plane,
  paper1Synthetic,
  paper2Stories,
  paper2Synthetic,
  synthetic,
  type Problem,
} from "../src/index.ts";
import type { Source } from "./sources.ts";

/** A problem that the page offers by name. */
export interface Preset {
  readonly key: string;
  readonly title: string;
  /** What it is and what to watch, one sentence. */
  readonly sentence: string;
  /** It is made for trained embeddings. */
  readonly isTrained?: boolean;
  readonly make: (seed: number) => Problem;
}

/** The first one starts by itself. */
export const PRESETS: readonly Preset[] = [
  {
    key: "paper1-synthetic",
    title: "The paper’s synthetic setting",
    sentence:
      "Fifty random contexts in 60 dimensions, each followed by six of ten words: it can be separated, so the loss comes down to the entropy and the norm grows without end.",
    make: (seed) => paper1Synthetic({ seed }),
  },
  {
    key: "paper1-plane",
    title: "The paper’s plane setting",
    sentence: "Three contexts in the plane and five words: the smallest problem in which all of it can be seen.",
    make: (seed) => paper1Plane({ seed }),
  },
  {
    key: "one-hot",
    title: "One next word each",
    sentence:
      "Every context has a single next word, as in classification: the entropy is zero, and all of the loss gap is mass off the support.",
    make: (seed) => synthetic({ contextCount: 50, embeddingDim: 60, vocabularySize: 10, supportSize: 1, seed }),
  },
  {
    key: "incompatible",
    title: "Not compatible",
    sentence:
      "The paper’s setting, but two contexts share an embedding and their six words, with different probabilities: no decoder gives both, and the in-support gap stays.",
    make: (seed) => incompatible({ seed }),
  },
  {
    key: "nonseparable",
    title: "Not separable",
    sentence:
      "The paper’s setting, but two contexts share an embedding and not one word: whatever leads in one falls behind in the other, and the off-support gap stays.",
    make: (seed) => nonseparable({ seed }),
  },
  {
    key: "crowded",
    title: "Too few dimensions",
    sentence:
      "Fifty random contexts are too many for 10 dimensions to tell apart, so neither condition holds: the loss gap stops well above zero, and the norm stops growing.",
    make: (seed) => synthetic({ contextCount: 50, embeddingDim: 10, vocabularySize: 10, supportSize: 6, seed }),
  },
  {
    key: "uneven",
    title: "Common and rare contexts",
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
  {
    key: "paper2-synthetic",
    title: "Sixteen contexts, trained",
    sentence:
      "The second paper’s synthetic shape: 16 contexts and 30 words, three next words each. The last two contexts have the supports of the first two, and their embeddings collapse onto those, but for their finite part.",
    isTrained: true,
    make: (seed) => paper2Synthetic({ seed }),
  },
  {
    key: "paper2-stories",
    title: "Stories, trained",
    sentence:
      "The shape of the second paper’s stories: 403 contexts of five words, 13 variants by synonyms of each of 31 sentences. The variants have the same next words, and come together.",
    isTrained: true,
    make: (seed) => paper2Stories({ seed }),
  },
  {
    key: "all-pairs",
    title: "All pairs of five words, trained",
    sentence:
      "Every pair of five words follows one of ten contexts. The limit is known in closed form: words form a simplex, and contexts lie by how many words they share.",
    isTrained: true,
    make: (seed) => allSubsets({ vocabularySize: 5, supportSize: 2, seed }),
  },
];

/** A preset as something to load. */
export function presetSource(preset: Preset): Source {
  return {
    key: preset.key,
    name: preset.title,
    load: ({ seed }) =>
      Promise.resolve({
        problem: preset.make(seed),
        name: preset.title,
        kind: "preset",
        sentence: preset.sentence,
        notes: [`Drawn with seed ${seed}.`],
      }),
  };
}
