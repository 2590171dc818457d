import { OptionError } from "../../errors.ts";
import { DECODER_NORMS } from "../../float64/decoder-norms.ts";
import { marginOf, relativeMargin, type NormBounds } from "../../float64/margin-in-norm.ts";
import { decideSeparability, holdSupports } from "../../float64/separability.ts";
import type { Problem } from "../../problem/problem.ts";
import { synthetic } from "../../problem/synthetic.ts";
import { hostNormBounds } from "../../solvers/norm-margin/norm-margin.ts";
import { NORM_OPTIMIZERS } from "../../studies/experiments.ts";
import { inSpells, type Work } from "../../support/host-spells.ts";
import type { LongWork } from "../../support/long-work.ts";
import { chooseMethod, type Optimizer } from "../../training/methods/method.ts";
import { descendInFloat64 } from "../../training/reference-descent.ts";
import { findSafeStep } from "../../training/step-bound.ts";
import { pairOf, seedOf, type Study } from "../study.ts";
import { normsReport } from "./report.ts";
import type { NormsChoices, NormsPoint, NormsResult, NormsWork } from "./work.ts";

const OPTIMIZERS = NORM_OPTIMIZERS.map(({ options }) => options.optimizer!);

/**
 * In which norm an optimiser comes nearest to the best margin, on random problems with one next word for each context and with several.
 * Runs are in float64 and best margins certified on the host, so that a unit is the same on every machine.
 */
export const NORMS: Study<NormsChoices, NormsWork, NormsResult> = {
  name: "norms",
  question: "In which norm does an optimiser come nearest to the best margin?",
  choices: {
    seed: { help: "draws all problems", default: 1, range: { least: 0, most: Number.MAX_SAFE_INTEGER } },
    sizes: { help: "V/|S|, several with commas", default: ["6/1", "6/3"], range: { pairs: { least: 1, most: 64 } } },
    optimizers: { help: "several with commas", default: OPTIMIZERS, range: { names: OPTIMIZERS } },
    contexts: { help: "contexts m of a problem", default: 8, range: { least: 1, most: 100 } },
    dim: { help: "dimensions d of an embedding", default: 10, range: { least: 1, most: 100 } },
    problems: { help: "problems of each size", default: 12, range: { least: 2, most: 10_000 } },
    steps: { help: "steps of a run", default: 10_000, range: { least: 1, most: 1e7 } },
  },

  works({ seed, sizes, optimizers, contexts, dim, problems, steps }) {
    return sizes.flatMap((size) => {
      const [words, support] = pairOf(size);
      if (support >= words) throw new OptionError("sizes", `expected fewer next words than words, found ${size}`);
      return Array.from({ length: problems }, (_, p) => seedOf(seed, p)).flatMap((problemSeed) =>
        optimizers.map((optimizer) => ({ optimizer, words, support, contexts, dim, steps, problemSeed })),
      );
    });
  },

  async solve(_gpu, { work }, { signal }) {
    const problem = synthetic({
      ...{ vocabularySize: work.words, supportSize: work.support, contextCount: work.contexts },
      ...{ embeddingDim: work.dim, seed: work.problemSeed },
    });
    const isSeparable = await inSpells(proveSeparable(problem), signal);
    if (isSeparable !== true) return signal?.aborted ? undefined : { points: [] };
    const best: NormBounds[] = [];
    for (const norm of DECODER_NORMS) {
      const bounds = await hostNormBounds(problem, { norm, signal });
      if (!bounds) return undefined;
      best.push(bounds);
    }
    return follow(problem, best, work, signal);
  },

  report: normsReport,
};

function* proveSeparable(problem: Problem): Work<boolean> {
  return (yield* decideSeparability(yield* holdSupports(problem))) === true;
}

/** The margins of a run against the best ones. */
async function follow(
  problem: Problem,
  best: readonly NormBounds[],
  { optimizer, steps }: NormsWork,
  signal: LongWork["signal"],
): Promise<NormsResult | undefined> {
  const { stepSize = "safe", ...given } = optionsOf(optimizer);
  const method = chooseMethod(given);
  const points: NormsPoint[] = [];
  const run = descendInFloat64(
    problem,
    {
      ...method,
      stepSize: stepSize === "safe" ? await findSafeStep(problem, method) : stepSize,
      recorded: recordedSteps(steps),
    },
    ({ step, decoder }) => {
      const found = DECODER_NORMS.map((norm, n) => relativeMargin(marginOf(problem, decoder, norm), best[n]!));
      points.push({ step, margins: found.map(({ value }) => value), errors: found.map(({ error }) => error) });
    },
  );
  return (await inSpells(run, signal)) && { points };
}

const optionsOf = (optimizer: Optimizer): (typeof NORM_OPTIMIZERS)[number]["options"] =>
  NORM_OPTIMIZERS.find(({ options }) => options.optimizer === optimizer)!.options;

/** Four in every tenfold, and the last. */
function recordedSteps(last: number): number[] {
  const spaced = Array.from({ length: Math.ceil(4 * Math.log10(last)) }, (_, i) => Math.round(10 ** (i / 4)));
  return [...new Set([...spaced.filter((step) => step < last), last])];
}
