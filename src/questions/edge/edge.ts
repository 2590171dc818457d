import { OptionError } from "../../errors.ts";
import { edgeOfStability } from "../../float64/edge-of-stability.ts";
import { synthetic } from "../../problem/synthetic.ts";
import { stepSizeAt } from "../../studies/edge.ts";
import { inSpells } from "../../support/host-spells.ts";
import { findSafeStep } from "../../training/step-bound.ts";
import { train } from "../../training/train.ts";
import { wholesOf, type Study } from "../study.ts";
import { edgeReport } from "./report.ts";
import type { EdgeChoices, EdgeResult, EdgeWork } from "./work.ts";

const PROBLEMS = [
  ...["6/4/10/2", "6/4/10/3", "8/6/12/3", "5/3/8/3", "10/8/20/4"],
  ...["10/10/30/6", "8/8/16/2", "12/6/24/5", "6/6/12/4", "7/5/15/2"],
];

/**
 * Where gradient descent of a constant step size ends inside the data subspace, over η/η_c, see `edgeOfStability`: on random problems,
 * and on one-hot ones of the same embeddings, which have no edge, at the same step sizes.
 */
export const EDGE: Study<EdgeChoices, EdgeWork, EdgeResult> = {
  name: "edge",
  question: "Does gradient descent settle inside the data subspace below the edge of stability, and above it not?",
  choices: {
    seed: { help: "draws all problems", default: 1, range: { least: 0, most: Number.MAX_SAFE_INTEGER } },
    problems: {
      help: "V/m/d/|S|, several with commas",
      default: PROBLEMS,
      range: { wholes: { of: ["V", "m", "d", "|S|"], least: 1, most: 256 } },
    },
    ratios: {
      help: "step sizes in percent of the edge, several with commas",
      default: ["50", "90", "98", "102", "110", "130", "200"],
      range: { wholes: { of: ["percent"], least: 1, most: 10_000 } },
    },
    steps: { help: "steps of a run", default: 30_000, range: { least: 10, most: 1e7 } },
  },

  works({ seed, problems, ratios, steps }) {
    return problems.flatMap((sizes) => {
      const [words, contexts, dim, support] = wholesOf(sizes) as [number, number, number, number];
      if (support < 2 || support > words)
        throw new OptionError("problems", `expected supports of two words or more, and up to V, found ${sizes}`);
      return (["support", "one-hot"] as const).flatMap((kind) =>
        ratios.map((percent) => ({
          ...{ words, contexts, dim, support, kind, percent: Number(percent), steps, seed },
        })),
      );
    });
  },

  async solve(gpu, { work }, { signal }) {
    const { words, contexts, dim, kind, percent, steps, seed } = work;
    const draw = (supportSize: number) =>
      synthetic({ vocabularySize: words, contextCount: contexts, embeddingDim: dim, supportSize, seed });
    const problem = draw(work.support);
    const edge = await inSpells(edgeOfStability(problem), signal);
    if (!edge) return undefined;
    const stepSize = stepSizeAt(edge, percent / 100);
    const safeStep = await findSafeStep(problem, { optimizer: "gradient-descent", schedule: "constant" });
    const run = train(gpu, kind === "one-hot" ? draw(1) : problem, {
      ...{ stepSize, steps, signal, record: [Math.floor(steps / 10), steps] },
    });
    const { status, trace } = await run.result();
    if (status === "cancelled") return undefined;
    const at = (step: number) => trace.find((point) => point.step === step);
    const last = at(steps);
    return {
      ...{ ...edge, stepSize, safeStep, status },
      inSupportGap: last?.inSupportGap ?? null,
      lossGap: last?.lossGap ?? null,
      earlierGap: at(Math.floor(steps / 10))?.lossGap ?? null,
      norm: last?.norm ?? null,
    };
  },

  report: edgeReport,
};
