import { OptionError } from "../../errors.ts";
import { decideCompatibility } from "../../float64/compatibility.ts";
import { decideSeparability, holdSupports } from "../../float64/separability.ts";
import { inSpells } from "../../support/host-spells.ts";
import type { LongWork } from "../../support/long-work.ts";
import { pairOf, seedOf, type Study, type Unit } from "../study.ts";
import { drawThresholdProblem, THRESHOLD_EMBEDDINGS } from "./draw.ts";
import { thresholdReport } from "./report.ts";
import { theta } from "./theta.ts";
import type { ThresholdChoices, ThresholdResult, ThresholdWork } from "./work.ts";

const UNIT_PROBLEMS = 100;

/** Where random problems become separable, and where compatible, held against θ(V, |S|) and (|S| − 1)/(V − 1). */
export const THRESHOLD: Study<ThresholdChoices, ThresholdWork, ThresholdResult> = {
  name: "threshold",
  question: "At how many dimensions per context do random problems become separable, and compatible?",
  choices: {
    seed: { help: "draws all problems", default: 1, range: { least: 0, most: Number.MAX_SAFE_INTEGER } },
    sizes: {
      help: "V/|S|, several with commas",
      default: ["3/1", "5/2", "10/1", "10/2", "10/6"],
      range: { pairs: { least: 1, most: 64 } },
    },
    embeddings: {
      help: "laws of the embeddings, several with commas",
      default: THRESHOLD_EMBEDDINGS,
      range: { names: THRESHOLD_EMBEDDINGS },
    },
    contexts: { help: "contexts m of a problem", default: 12, range: { least: 2, most: 500 } },
    problems: { help: "problems of each size, law and dimension", default: 820, range: { least: 1, most: 1e6 } },
    below: { help: "dimensions looked at below θ m", default: 3, range: { least: 0, most: 100 } },
    above: { help: "dimensions looked at above θ m", default: 4, range: { least: 0, most: 100 } },
  },

  works({ sizes, embeddings, contexts, problems, below, above }) {
    const cells = sizes.flatMap((size) => {
      const [words, support] = pairOf(size);
      if (support >= words) throw new OptionError("sizes", `expected fewer next words than words, found ${size}`);
      return embeddings.flatMap((embedding) =>
        dimensions(words, support, { contexts, below, above }).map((dim) => ({
          ...{ embedding, words, support, contexts, dim },
        })),
      );
    });
    return cells.flatMap((cell) =>
      Array.from({ length: Math.ceil(problems / UNIT_PROBLEMS) }, (_, u) => ({
        ...cell,
        count: Math.min(UNIT_PROBLEMS, problems - u * UNIT_PROBLEMS),
      })),
    );
  },

  async solve(_gpu, unit, { signal }) {
    const letters = { separable: "", compatible: "" };
    for (let p = 0; p < unit.work.count; p++) {
      const decided = await decide(unit, p, signal);
      if (!decided) return undefined;
      letters.separable += letterOf(decided.separable);
      letters.compatible += letterOf(decided.compatible);
    }
    return letters;
  },

  report: thresholdReport,
};

/** Whole d around θ m, and around the compatibility threshold where that lies elsewhere. */
function dimensions(
  words: number,
  support: number,
  { contexts, below, above }: Pick<ThresholdChoices, "contexts" | "below" | "above">,
): number[] {
  const middle = Math.round(theta(words, support) * contexts);
  const around = Array.from({ length: below + above + 1 }, (_, i) => middle - below + i);
  const compatible = ((support - 1) / (words - 1)) * contexts;
  const beside = support > 1 ? [Math.ceil(compatible) - 1, Math.ceil(compatible)] : [];
  return [...new Set([...around, ...beside])].filter((dim) => dim >= 1).sort((a, b) => a - b);
}

async function decide(
  { seed, work }: Unit<ThresholdWork>,
  p: number,
  signal: LongWork["signal"],
): Promise<{ separable: boolean | undefined; compatible: boolean | undefined } | undefined> {
  const problem = drawThresholdProblem(work.embedding, work, seedOf(seed, p));
  return inSpells(
    (function* () {
      const held = yield* holdSupports(problem);
      return { separable: yield* decideSeparability(held), compatible: yield* decideCompatibility(held) };
    })(),
    signal,
  );
}

const letterOf = (is: boolean | undefined): string => (is === undefined ? "?" : is ? "y" : "n");
