import { allSubsets, ofSupports, paper2Stories, paper2Synthetic } from "../problem/language.ts";
import type { Problem } from "../problem/problem.ts";
import { RandomStream } from "../support/random.ts";
import type { TrainEmbeddingsOptions } from "../training/train-embeddings.ts";

/** Words and contexts that are trained together: by steps, or to the minimisers of a ridge path. */
export interface EmbeddingArm {
  readonly label: string;
  /** Its limits are what is compared with. */
  readonly problem: Problem;
  /** ε of the smoothed labels that are trained on; none where it is left out. */
  readonly smoothing?: number;
  /** Of a run; a path has λs instead. */
  readonly options?: Pick<
    TrainEmbeddingsOptions,
    "optimizer" | "schedule" | "stepSize" | "dimension" | "ridge" | "decay" | "scale"
  >;
  readonly lambdas?: readonly number[];
}

export interface EmbeddingExperiment {
  readonly title: string;
  readonly question: string;
  /** Of every run, unless others are asked for; none for paths. */
  readonly steps?: number;
  /** At which of them maps and singular values are taken, with the last one; by default 0, 10, 100 and 3,000. */
  readonly looks?: "recorded";
  /** How strong a mode counts as emerged, where that is asked. */
  readonly threshold?: number;
  readonly arms: (seed: number) => readonly EmbeddingArm[];
}

const ADAMW = { optimizer: "adam", decay: "decoupled", ridge: 1e-6, scale: 1 } as const;
const LAMBDAS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6] as const;

/** By name: those of arXiv 2408.15417, then those that hold its statements against each other. */
export const EMBEDDING_EXPERIMENTS: Readonly<Record<string, EmbeddingExperiment>> = {
  "p2-synthetic": {
    title: "The synthetic setting (Paper 2)",
    question: "16 contexts and 30 words, three next words each: where do AdamW, Adam and gradient descent take both?",
    steps: 10_000,
    arms: (seed) => {
      const problem = paper2Synthetic({ seed });
      return [
        { label: "AdamW, η = 0.001", problem, options: { ...ADAMW, dimension: 128, stepSize: 0.001 } },
        {
          label: "Adam with ridge, η = 0.001",
          problem,
          options: { ...ADAMW, decay: "coupled", dimension: 128, stepSize: 0.001 },
        },
        { label: "gradient descent", problem, options: { optimizer: "gradient-descent", dimension: 128, scale: 1 } },
      ];
    },
  },
  "p2-stories": {
    title: "Simplified stories (Paper 2)",
    question:
      "403 contexts and 104 words of small stories in 128, 64 and 32 dimensions: what do fewer dimensions cost?",
    steps: 3000,
    arms: (seed) => {
      const problem = paper2Stories({ seed });
      return [128, 64, 32].map((dimension) => ({
        label: `AdamW, d = ${dimension}`,
        problem,
        options: { ...ADAMW, dimension, stepSize: 0.003 },
      }));
    },
  },
  "ridge-both": {
    title: "The ridge path of both factors",
    question: "λ from 0.1 to 1e-6: do the loss gap, the sparse part and the norm follow the laws of the limit?",
    arms: (seed) => [
      {
        label: "all pairs of five words",
        problem: allSubsets({ vocabularySize: 5, supportSize: 2, seed }),
        lambdas: LAMBDAS,
      },
      { label: "Paper 2’s synthetic setting", problem: paper2Synthetic({ seed }), lambdas: LAMBDAS },
    ],
  },
  collapse: {
    title: "Subspace collapse",
    question: "Four contexts for each of six supports, with different probabilities: do they become one?",
    steps: 10_000,
    arms: (seed) => {
      const stream = new RandomStream(seed, 0);
      const supports = Array.from({ length: 6 }, () => stream.sample(12, 3));
      const problem = ofSupports({
        vocabularySize: 12,
        supports: [0, 1, 2, 3].flatMap(() => supports),
        probability: { law: "dirichlet", concentration: 1 },
        seed,
      });
      return [0, 1e-4, 1e-2].map((ridge) => ({
        label: ridge === 0 ? "no ridge" : `λ = ${ridge}`,
        problem,
        options: { optimizer: "gradient-descent", dimension: 12, ridge },
      }));
    },
  },
  symmetric: {
    title: "All k-subsets of the words",
    question: "Every k of V words follow one context: do words form a simplex, and contexts the angles of the formula?",
    arms: (seed) =>
      [
        [4, 2],
        [5, 2],
        [6, 3],
      ].map(([vocabularySize, supportSize]) => ({
        label: `${supportSize} of ${vocabularySize} words`,
        problem: allSubsets({ vocabularySize: vocabularySize!, supportSize: supportSize!, seed }),
        lambdas: LAMBDAS,
      })),
  },
  smoothing: {
    title: "Label smoothing",
    question: "A part ε of every distribution spread over all words: does the low-rank part become S̃, not L_mm?",
    steps: 10_000,
    arms: (seed) => {
      const problem = paper2Synthetic({ seed });
      const options = { optimizer: "adam", stepSize: 0.003, dimension: 30, scale: 1 } as const;
      return [
        ...[1e-1, 1e-2, 1e-3].map((epsilon) => ({
          label: `ε = ${epsilon}`,
          problem,
          smoothing: epsilon,
          options,
        })),
        { label: "no smoothing", problem, options },
      ];
    },
  },
  emergence: {
    title: "The order in which modes emerge",
    question: "Both factors from a small start: is one mode after another learned, when its singular value says so?",
    steps: 4000,
    looks: "recorded",
    threshold: 0.01,
    arms: (seed) => {
      const options = { optimizer: "gradient-descent", scale: 1e-6 } as const;
      const pairs = [
        [0, 1],
        [0, 2],
        [1, 2],
      ];
      return [
        {
          label: "two vocabularies that do not meet",
          problem: ofSupports({
            vocabularySize: 6,
            supports: [...pairs, ...pairs.map((words) => words.map((word) => word + 3))],
            weights: [2, 2, 2, 1, 1, 1],
          }),
          options: { ...options, stepSize: 0.1, dimension: 6 },
        },
        {
          label: "Paper 2’s synthetic setting",
          problem: paper2Synthetic({ seed }),
          options: { ...options, stepSize: 0.3, dimension: 30 },
        },
      ];
    },
  },
};
