import { withoutRarestWord, withTwin } from "../problem/changes.ts";
import type { Problem } from "../problem/problem.ts";
import {
  bothViolated,
  incompatible,
  nonseparable,
  paper1Plane,
  paper1Synthetic,
  synthetic,
} from "../problem/synthetic.ts";
import type { TrainOptions } from "../training/train.ts";

/** One run of an experiment. */
export interface Arm {
  readonly label: string;
  readonly problem: Problem;
  readonly options: Pick<TrainOptions, "optimizer" | "schedule" | "epsilon" | "stepSize" | "initial">;
}

/** Runs that answer a question together. */
export interface Experiment {
  readonly title: string;
  readonly question: string;
  /** Whether its runs are held against the best margins in each norm too. */
  readonly isInEveryNorm?: boolean;
  /** @param seed what draws the problems */
  readonly arms: (seed: number) => readonly Arm[];
}

const DESCENT: Arm["options"] = { optimizer: "gradient-descent", stepSize: "safe" };

/** The optimisers of the paper's Figures 4 and 5, with its step sizes. */
const PAPER_OPTIMIZERS: readonly Omit<Arm, "problem">[] = [
  { label: "gradient descent, η = 0.5", options: { optimizer: "gradient-descent", stepSize: 0.5 } },
  { label: "normalised, η = 0.01", options: { optimizer: "normalised", stepSize: 0.01 } },
  { label: "Adam, η = 0.01", options: { optimizer: "adam", stepSize: 0.01 } },
];

const PLAIN_STEPS: readonly Omit<Arm, "problem">[] = [
  ...PAPER_OPTIMIZERS,
  {
    label: "normalised, η = 0.1/√k",
    options: { optimizer: "normalised", stepSize: 0.1, schedule: "inverse-sqrt" },
  },
];

/**
 * Optimisers of each norm; steps of one length have to become shorter, steepest ones do by themselves. Adam's ε would take over once
 * gradients are below it.
 */
export const NORM_OPTIMIZERS: readonly Omit<Arm, "problem">[] = [
  { label: "normalised, η = 0.1/√k", options: { optimizer: "normalised", stepSize: 0.1, schedule: "inverse-sqrt" } },
  { label: "sign, η = 0.05/√k", options: { optimizer: "sign", stepSize: 0.05, schedule: "inverse-sqrt" } },
  { label: "spectral, η = 0.1/√k", options: { optimizer: "spectral", stepSize: 0.1, schedule: "inverse-sqrt" } },
  {
    label: "Adam, ε = 0, η = 0.05/√k",
    options: { optimizer: "adam", epsilon: 0, stepSize: 0.05, schedule: "inverse-sqrt" },
  },
  { label: "steepest, max norm", options: { optimizer: "max-steepest", stepSize: "safe" } },
  { label: "steepest, spectral norm", options: { optimizer: "spectral-steepest", stepSize: "safe" } },
];

const SIZES = { contextCount: 50, vocabularySize: 10, supportSize: 6 } as const;
const SWEPT_DIMENSIONS = [
  SIZES.contextCount / 2,
  SIZES.contextCount - 6,
  SIZES.contextCount,
  SIZES.contextCount + 10,
  2 * SIZES.contextCount,
];

/** By name; those of arXiv 2402.18551 first, then those that ask what its conditions are good for. */
export const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  plane: {
    title: "The plane setting (Paper 1, Figures 1 and 2)",
    question: "Three contexts in the plane: where do gradient descent, normalised steps and Adam go from zero?",
    arms: (seed) => {
      const problem = paper1Plane({ seed });
      return PLAIN_STEPS.map((arm) => ({ ...arm, problem }));
    },
  },
  synthetic: {
    title: "The synthetic setting (Paper 1, Figures 4 and 5)",
    question:
      "50 contexts in 60 dimensions, a LeCun start: do gradient descent, normalised steps and Adam show the same bias?",
    arms: (seed) => {
      const problem = paper1Synthetic({ seed });
      return PLAIN_STEPS.map(({ label, options }) => ({ label, problem, options: { ...options, initial: "lecun" } }));
    },
  },
  dimensions: {
    title: "The embedding dimension swept over the number of contexts",
    question: "50 contexts in 25 to 100 dimensions: what does overparameterisation buy?",
    arms: (seed) =>
      SWEPT_DIMENSIONS.map((embeddingDim) => ({
        label: `d = ${embeddingDim}`,
        problem: synthetic({ ...SIZES, embeddingDim, seed }),
        options: DESCENT,
      })),
  },
  incompatible: {
    title: "Compatibility violated",
    question: "Two contexts share an embedding and their next words, not the probabilities: what becomes of the limit?",
    arms: (seed) => besideThePaper(seed, "one embedding, two distributions", incompatible({ seed })),
  },
  zeroed: {
    title: "Conditional probabilities set to zero",
    question:
      "The rarest next word of some contexts never follows any more: which condition does that violate, and when?",
    arms: (seed) => {
      const problem = paper1Synthetic({ seed });
      const last = problem.contextCount - 1;
      const twins = withTwin(problem, last - 1, last);
      const everySecond = Array.from({ length: Math.floor(problem.contextCount / 2) }, (_, i) => 2 * i);
      return [
        ...besideThePaper(seed, "a word less in every second context", withoutRarestWord(problem, everySecond)),
        { label: "two equal contexts", problem: twins, options: DESCENT },
        {
          label: "two equal contexts, a word less in one",
          problem: withoutRarestWord(twins, [last]),
          options: DESCENT,
        },
      ];
    },
  },
  nonseparable: {
    title: "Separability violated",
    question: "Two contexts share an embedding, and no next word: what becomes of the limit?",
    arms: (seed) => besideThePaper(seed, "one embedding, two supports", nonseparable({ seed })),
  },
  "both-violated": {
    title: "Both conditions violated",
    question: "Two contexts share an embedding and some next words; or 50 contexts have 6 dimensions for all of them.",
    arms: (seed) => [
      ...besideThePaper(seed, "one embedding, supports that overlap", bothViolated({ seed })),
      { label: "6 dimensions", problem: synthetic({ ...SIZES, embeddingDim: 6, seed }), options: DESCENT },
    ],
  },
  "three-norms": {
    title: "Margins in three norms",
    question:
      "One next word for each context beside three: in which norm does an optimiser come nearest to the best margin?",
    isInEveryNorm: true,
    arms: (seed) =>
      [1, 3].flatMap((supportSize) => {
        const problem = synthetic({ contextCount: 8, vocabularySize: 6, embeddingDim: 10, supportSize, seed });
        return NORM_OPTIMIZERS.map(({ label, options }) => ({
          label: `|S| = ${supportSize}, ${label}`,
          problem,
          options,
        }));
      }),
  },
};

function besideThePaper(seed: number, label: string, problem: Problem): Arm[] {
  return [
    { label: "the paper’s setting", problem: paper1Synthetic({ seed }), options: DESCENT },
    { label, problem, options: DESCENT },
  ];
}
