import {
  createProblem,
  limitFacts,
  logOdds,
  maxMargin,
  minimiserAt,
  train,
  type FoundLimits,
  type Gpu,
  type HeldBack,
  type LogOdds,
  type LogOddsStatus,
  type MaxMargin,
  type MaxMarginStatus,
  type Problem,
} from "../../src/index.ts";
import { faultsOfLogOdds, faultsOfMaxMargin } from "../support/claim-checks.ts";
import { drawClaimProblem } from "../support/claim-problems.ts";
import { exactTruth, leastNormDecoder, type Answer } from "../support/exact-truth.ts";
import { open } from "../support/page-problem.ts";
import { faultsOfVerdict, windowOf, type ClaimedVerdict } from "../support/verdict-checks.ts";

const GAP_TOLERANCE = 1e-5;
/** Ends the few that would go on for half a minute before they say that they cannot tell. */
const MOST_ITERATIONS = 10_000;
/** Gradient descent that shows whether there is a finite minimiser. */
const STEPS = 2000;

/** The answers that a verdict gives. */
export const ANSWERS = ["compatible", "separable", "finiteMinimiser"] as const;
export type AnswerName = (typeof ANSWERS)[number];

/** What is said of a problem, and what is wrong with it. */
export interface Judgement {
  readonly index: number;
  readonly kind: string;
  readonly logOdds: LogOddsStatus;
  readonly maxMargin: MaxMarginStatus | "nothing to separate";
  readonly answers: Readonly<Record<AnswerName, Answer>>;
  readonly truth: Readonly<Record<AnswerName, Answer>>;
  /** The answers that float64 itself cannot tell, where one is false or not known. */
  readonly inWindow: readonly AnswerName[];
  readonly faults: readonly string[];
}

/** Gives a random problem to both solvers, and holds every claim and the verdict against the truth. */
export async function judge(gpu: Gpu, seed: number, index: number): Promise<Judgement> {
  const { kind, input, ...planted } = drawClaimProblem(seed, index);
  const problem = createProblem(input);
  const finite = await logOdds(gpu, problem);
  const hasMargin = problem.tokens.length < problem.contextCount * problem.vocabularySize;
  const direction = hasMargin
    ? await maxMargin(gpu, problem, { gapTolerance: GAP_TOLERANCE, maxIterations: MOST_ITERATIONS })
    : undefined;
  const claimed = await claim(gpu, problem, finite, direction);
  const truth = exactTruth(problem, planted.isCompatible);
  const yesOrNo = (holds: boolean): Answer => (holds ? "yes" : "no");
  const falseAnswers = faultsOfVerdict(claimed, truth, leastNormDecoder(problem));
  const isTold = falseAnswers.length === 0 && ANSWERS.every((name) => claimed[name] !== "undecided");
  const window = isTold ? undefined : windowOf(problem, truth, planted.isCompatible);
  return {
    index,
    kind,
    logOdds: finite.status,
    maxMargin: direction?.status ?? "nothing to separate",
    answers: { compatible: claimed.compatible, separable: claimed.separable, finiteMinimiser: claimed.finiteMinimiser },
    truth: {
      compatible: truth.compatible,
      separable: yesOrNo(truth.separable),
      finiteMinimiser: yesOrNo(truth.finiteMinimiser),
    },
    inWindow: ANSWERS.filter((name) => window?.[name === "compatible" ? "compatible" : "supports"]),
    faults: [
      ...faultsOfLogOdds(problem, finite, planted).map((fault) => `log-odds: ${fault}`),
      ...(direction ? faultsOfMaxMargin(problem, direction, planted, GAP_TOLERANCE) : []).map(
        (fault) => `max-margin: ${fault}`,
      ),
      ...falseAnswers.map((fault) => `verdict: ${fault}`),
    ],
  };
}

/** What the verdict says, with the words that can be left behind and the error bar of W*; a problem that is separable has no finite minimiser. */
async function claim(
  gpu: Gpu,
  problem: Problem,
  finite: LogOdds,
  margin: MaxMargin | undefined,
): Promise<ClaimedVerdict & Readonly<Record<AnswerName, Answer>>> {
  const limits = { finite, ...(margin && { margin }) };
  const { verdict } = limitFacts(problem, limits, { trace: [], ...(await trained(gpu, problem, limits)) });
  const { compatible, separable, finiteMinimiser } = verdict;
  const { leftBehind, direction, heldBack } = margin?.recession ?? {};
  const isProved = (direction?.isProved ?? true) && (heldBack?.isProved ?? true);
  const V = problem.vocabularySize;
  return {
    compatible: compatible.holds,
    separable: separable.holds,
    finiteMinimiser: finiteMinimiser?.holds ?? (separable.holds === "yes" ? "no" : "undecided"),
    ...(leftBehind &&
      isProved && {
        leftBehind: [...leftBehind.keys()].filter((i) => leftBehind[i]).map((i) => [Math.floor(i / V), i % V] as const),
      }),
    ...(finite.decoderError !== undefined && { finite: { decoder: finite.decoder, error: finite.decoderError } }),
  };
}

/** What the decoder of a run proves, where the solvers do not say enough. */
async function trained(gpu: Gpu, problem: Problem, limits: FoundLimits): Promise<{ heldBack?: HeldBack | undefined }> {
  if (!limits.margin || limits.margin.decoder || limits.margin.recession) return {};
  const { decoder } = await train(gpu, problem, { steps: STEPS }).result();
  return { heldBack: await minimiserAt(problem, limits, decoder) };
}

/** Of problems of a seed. */
export async function judgeAll(indices: readonly number[], seed: number): Promise<Judgement[]> {
  const gpu = await open();
  const judgements: Judgement[] = [];
  for (const index of indices) judgements.push(await judge(gpu, seed, index));
  return judgements;
}
