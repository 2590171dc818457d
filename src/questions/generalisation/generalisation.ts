import { referenceLoss } from "../../float64/loss.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { Problem } from "../../problem/problem.ts";
import { maxMargin } from "../../solvers/max-margin/max-margin.ts";
import type { MaxMargin } from "../../solvers/max-margin/status.ts";
import { ridgePath } from "../../solvers/ridge-path/ridge-path.ts";
import type { LongWork } from "../../support/long-work.ts";
import { logSpacedSteps } from "../../training/recorded-steps.ts";
import type { TrainStatus } from "../../training/run-settings.ts";
import type { TrainState } from "../../training/state.ts";
import { train } from "../../training/train.ts";
import { pairOf, type Study } from "../study.ts";
import { crossEntropy, fittedSlope, goodTuring, lateSlope, missingMass } from "./late-slope.ts";
import { generalisationReport } from "./report.ts";
import type { Lesson } from "./lesson.ts";
import { drawStory } from "./story.ts";
import { drawTeacher } from "./teacher.ts";
import {
  SOURCES,
  type CurveRow,
  type GeneralisationChoices,
  type GeneralisationResult,
  type GeneralisationWork,
  type Slopes,
} from "./work.ts";

/** 1e-1 … 1e-5, two to a factor of ten. */
const LAMBDAS: readonly number[] = Array.from({ length: 9 }, (_, i) => Number((10 ** -(1 + i / 2)).toPrecision(3)));

/** How the test loss moves while the training loss falls, held against the margin of what was not seen. */
export const GENERALISATION: Study<GeneralisationChoices, GeneralisationWork, GeneralisationResult> = {
  name: "generalisation",
  question: "When is the test loss least on the way to the training bound, and how fast does it grow after?",
  choices: {
    seed: { help: "draws all teachers and samples", default: 1, range: { least: 0, most: Number.MAX_SAFE_INTEGER } },
    sources: {
      help: "what is learned: a teacher on gaussian or unit-sphere embeddings, or a text, several with commas",
      default: ["gaussian"],
      range: { names: SOURCES },
    },
    sizes: {
      help: "samples of each context (of a text: its sentences by four)/dimension d, several with commas",
      default: ["10/30", "40/30", "160/30"],
      range: { pairs: { least: 1, most: 1e5 } },
    },
    words: { help: "words V of a teacher", default: 12, range: { least: 2, most: 1000 } },
    contexts: { help: "contexts m of a teacher that are seen", default: 30, range: { least: 1, most: 1000 } },
    repeats: { help: "problems of each source and size", default: 4, range: { least: 1, most: 1e5 } },
    steps: { help: "steps of gradient descent", default: 100_000, range: { least: 100, most: 1e8 } },
  },

  works: ({ sources, sizes, words, contexts, repeats, steps }) =>
    sources.flatMap((source) =>
      sizes.flatMap((size) => {
        const [samples, dim] = pairOf(size);
        return Array.from({ length: repeats }, () => ({ source, words, contexts, dim, samples, steps }));
      }),
    ),

  async solve(gpu, { work, seed }, { signal }) {
    const lesson = work.source === "text" ? drawStory(work, seed) : drawTeacher(work.source, work, seed);
    const margin = await marginOf(gpu, lesson.training, signal);
    const run = await descend(gpu, lesson, work.steps, signal);
    const { points } = await ridgePath(gpu, lesson.training, { lambdas: LAMBDAS, signal });
    if (signal?.aborted) return undefined;
    const { training, seen, fresh } = lesson;
    const { decoder } = margin;
    return {
      words: training.vocabularySize,
      contexts: training.contextCount,
      marginStatus: margin.status,
      margin: margin.margin ?? null,
      runStatus: run.status,
      trainEntropy: training.entropy,
      trueEntropy: seen.entropy,
      missingMass: missingMass(training, seen),
      goodTuring: goodTuring(lesson.counts),
      freshShare: lesson.freshShare,
      predicted: decoder ? { seen: lateSlope(seen, decoder), fresh: fresh ? lateSlope(fresh, decoder) : null } : null,
      measured: run.status === "done" ? slopesOf(run.rows, work.steps) : null,
      descent: run.rows,
      ridge: points.map(({ lambda, decoder: found }) => rowOf(lesson, lambda, found)),
      ridgeStatus: points.find(({ status }) => status !== "solved")?.status ?? "solved",
    };
  },

  report: generalisationReport,
};

/** W_mm where it is certified; where every word was seen after every context, decoders stop and the slope is that of zero. */
async function marginOf(
  gpu: Gpu,
  training: Problem,
  signal: LongWork["signal"],
): Promise<{ status: MaxMargin["status"] | "every-word-seen"; decoder?: Float64Array | undefined; margin?: number }> {
  const { contextCount: m, vocabularySize: V, embeddingDim: d, tokens } = training;
  if (tokens.length === m * V) return { status: "every-word-seen", decoder: new Float64Array(V * d) };
  const { status, decoder, margin } = await maxMargin(gpu, training, { signal });
  const isCertified = status === "optimal-certified" || status === "optimal-reduced";
  return isCertified ? { status, decoder, margin } : { status };
}

/** Gradient descent in stretches that go on from each other with the same bits, its decoder held against the truth after each. */
async function descend(
  gpu: Gpu,
  lesson: Lesson,
  steps: number,
  signal: LongWork["signal"],
): Promise<{ status: TrainStatus; rows: CurveRow[] }> {
  const rows: CurveRow[] = [];
  let from: TrainState | undefined;
  for (const step of logSpacedSteps(steps)) {
    const run = await train(gpu, lesson.training, {
      steps: step,
      record: [step],
      signal,
      ...(from && { from }),
    }).result();
    if (run.status !== "done") return { status: run.status, rows };
    rows.push(rowOf(lesson, step, run.decoder));
    from = run.state;
  }
  return { status: "done", rows };
}

const rowOf = ({ training, seen, fresh }: Lesson, at: number, decoder: Float64Array): CurveRow => [
  at,
  referenceLoss(training, decoder).lossGap,
  crossEntropy(seen, decoder),
  fresh ? crossEntropy(fresh, decoder) : null,
];

/** By the straight lines through the points of the last tenfold of steps. */
function slopesOf(rows: readonly CurveRow[], steps: number): Slopes {
  const late = rows.filter(([step]) => step >= steps / 10);
  const slope = (of: 2 | 3): number => fittedSlope(late.map((row) => [Math.log(row[0]), row[of]!]));
  return { seen: slope(2), fresh: late.every((row) => row[3] !== null) ? slope(3) : null };
}
