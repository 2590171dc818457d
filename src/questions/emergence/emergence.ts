import { OptionError } from "../../errors.ts";
import { emergedAt, emergenceTimes, modesOf, modeStrengths } from "../../figures/modes.ts";
import type { Factors } from "../../maps/factors.ts";
import { synthetic } from "../../problem/synthetic.ts";
import { trainEmbeddings } from "../../training/train-embeddings.ts";
import { wholesOf, type Study } from "../study.ts";
import { emergenceReport } from "./report.ts";
import { PROBABILITIES, type EmergenceChoices, type EmergenceResult, type EmergenceWork } from "./work.ts";

/** τ, the strength at which a mode counts as emerged. */
const STRENGTH = 0.01;
/** Of the entries at the start, times √d. */
const START = 1e-6;
/** η s_1: steps of that size grow by 1 + η s where the flow has e^{η s}, 1 % more in the exponent. */
const GROWTH = 0.02;
/** Points of a run at which strengths are measured. */
const POINTS = 200;

/**
 * Whether modes of Π (P − 1/V) are learned one after another when both factors start small, each when linear growth says so, see
 * {@link emergenceTimes}.
 */
export const EMERGENCE: Study<EmergenceChoices, EmergenceWork, EmergenceResult> = {
  name: "emergence",
  question: "Are modes learned in the order of their singular values, and when linear growth says so?",
  choices: {
    seed: { help: "draws all problems and starts", default: 1, range: { least: 0, most: Number.MAX_SAFE_INTEGER } },
    sizes: {
      help: "V/m/|S|, several with commas",
      default: ["10/8/1", "10/8/2", "10/8/4", "20/16/3"],
      range: { wholes: { of: ["V", "m", "|S|"], least: 1, most: 256 } },
    },
    probabilities: {
      help: "laws of next-word probabilities, several with commas",
      default: ["uniform", "flat", "zipf"],
      range: { names: Object.keys(PROBABILITIES) },
    },
    problems: { help: "problems of each size and law", default: 10, range: { least: 1, most: 1e6 } },
    steps: { help: "steps of a run", default: 4000, range: { least: POINTS, most: 1e7 } },
  },

  works({ sizes, probabilities, problems, steps }) {
    return sizes.flatMap((size) => {
      const [words, contexts, support] = wholesOf(size) as [number, number, number];
      if (support >= words) throw new OptionError("sizes", `expected fewer next words than words, found ${size}`);
      return probabilities.flatMap((law) =>
        Array.from({ length: problems }, () => ({ words, contexts, support, probabilities: law, steps })),
      );
    });
  },

  async solve(gpu, { seed, work }, { signal }) {
    const { words, contexts, support, probabilities, steps } = work;
    const problem = synthetic({
      ...{ vocabularySize: words, contextCount: contexts, supportSize: support, embeddingDim: 1, seed },
      probability: PROBABILITIES[probabilities],
    });
    const modes = await modesOf(gpu, problem);
    const stepSize = GROWTH / modes.values[0]!;
    const record = Array.from({ length: POINTS + 1 }, (_, i) => Math.round((i * steps) / POINTS));
    const run = trainEmbeddings(gpu, problem, {
      ...{ stepSize, steps, record, keep: record, dimension: words, scale: START, seed, signal },
    });
    const trace: { step: number; modes: Float64Array }[] = [];
    let start: Factors | undefined;
    for await (const { step, factors } of run) {
      start ??= factors;
      trace.push({ step, modes: modeStrengths(modes, factors!, words) });
    }
    const { status } = await run.result();
    if (status === "cancelled" || !start) return undefined;
    const times = emergenceTimes(modes, start, words, STRENGTH);
    return {
      ...{ status, stepSize, values: [...modes.values] },
      expected: [...times].map((time) => time / stepSize),
      found: [...modes.values].map((_, i) => emergedAt(trace, i, STRENGTH) ?? null),
    };
  },

  report: emergenceReport,
};
