import { OptionError } from "../../errors.ts";
import { decideSeparability, holdSupports } from "../../float64/separability.ts";
import { synthetic } from "../../problem/synthetic.ts";
import type { Problem } from "../../problem/problem.ts";
import { inSpells } from "../../support/host-spells.ts";
import { wholesOf, type Study } from "../study.ts";
import { theta } from "../threshold/theta.ts";
import { bracket } from "./bracket.ts";
import { capacityReport } from "./report.ts";
import type { CapacityChoices, CapacityResult, CapacityWork } from "./work.ts";

const SIZES = [
  ...["2/1/2", "2/1/4", "2/1/8", "2/1/16", "3/1/2", "3/1/4", "3/1/8", "3/1/16"],
  ...["5/2/2", "5/2/4", "5/2/8", "5/2/16"],
  ...["10/1/2", "10/1/4", "10/1/8", "10/2/2", "10/2/4", "10/2/8", "10/6/2", "10/6/4", "10/6/8"],
  ...["20/1/2", "20/1/4", "40/1/2"],
];

/** The largest number m* of random contexts that are separable, held against d/θ(V, |S|) and, for one-hot data, d V/(2 ln V). */
export const CAPACITY: Study<CapacityChoices, CapacityWork, CapacityResult> = {
  name: "capacity",
  question: "How many random contexts can be separated in d dimensions?",
  choices: {
    seed: { help: "draws all contexts", default: 1, range: { least: 0, most: Number.MAX_SAFE_INTEGER } },
    sizes: {
      help: "V/|S|/d, several with commas",
      default: SIZES,
      range: { wholes: { of: ["V", "|S|", "d"], least: 1, most: 256 } },
    },
    streams: { help: "streams of contexts of each size", default: 40, range: { least: 1, most: 1e6 } },
  },

  works({ sizes, streams }) {
    return sizes.flatMap((size) => {
      const [words, support, dim] = wholesOf(size) as [number, number, number];
      if (support >= words) throw new OptionError("sizes", `expected fewer next words than words, found ${size}`);
      return Array.from({ length: streams }, () => ({ words, support, dim }));
    });
  },

  solve(_gpu, { seed, work }, { signal }) {
    const guess = Math.max(1, Math.round(work.dim / theta(work.words, work.support)));
    const decide = function* (m: number) {
      return yield* decideSeparability(yield* holdSupports(firstContexts(work, seed, m)));
    };
    return inSpells(bracket(decide, guess), signal);
  },

  report: capacityReport,
};

/** The problem of the first m contexts of a stream: Gaussian embeddings, uniform supports. Probabilities do not matter. */
export const firstContexts = ({ words, support, dim }: CapacityWork, seed: number, m: number): Problem =>
  synthetic({ vocabularySize: words, supportSize: support, embeddingDim: dim, contextCount: m, seed });
