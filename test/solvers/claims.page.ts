import {
  createProblem,
  giveVerdict,
  logOdds,
  maxMargin,
  openGpu,
  train,
  type Evidence,
  type Gpu,
  type LogOdds,
  type LogOddsStatus,
  type MaxMargin,
  type MaxMarginStatus,
  type Problem,
} from "../../src/index.ts";
import { recessionBound } from "../../src/reference/recession-bound.ts";
import { faultsOfLogOdds, faultsOfMaxMargin } from "../support/claim-checks.ts";
import { drawClaimProblem } from "../support/claim-problems.ts";
import { exactTruth, type Answer } from "../support/exact-truth.ts";
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
  const falseAnswers = faultsOfVerdict(claimed, truth);
  const isTold = falseAnswers.length === 0 && ANSWERS.every((name) => claimed[name] !== "undecided");
  const window = isTold ? undefined : windowOf(problem, truth, planted.isCompatible);
  return {
    index,
    kind,
    logOdds: finite.status,
    maxMargin: direction?.status ?? "nothing to separate",
    answers: claimed,
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

/** What the verdict says; a problem that is separable has no finite minimiser. */
async function claim(
  gpu: Gpu,
  problem: Problem,
  finite: LogOdds,
  margin: MaxMargin | undefined,
): Promise<Required<Pick<ClaimedVerdict, AnswerName>>> {
  const evidence: Evidence = { finite, margin, trace: [] };
  const { compatible, separable, finiteMinimiser } = giveVerdict(
    margin?.nonseparable ? { ...evidence, ...(await trained(gpu, problem)) } : evidence,
  );
  return {
    compatible: compatible.holds,
    separable: separable.holds,
    finiteMinimiser: separable.holds === "yes" ? "no" : (finiteMinimiser?.holds ?? "undecided"),
  };
}

async function trained(gpu: Gpu, problem: Problem): Promise<Pick<Evidence, "trace" | "recessionBound">> {
  const { trace, decoder } = await train(gpu, problem, { steps: STEPS }).result();
  return { trace, recessionBound: recessionBound(problem, decoder) };
}

/** Of the first problems of a seed. */
export async function judgeFirst(count: number, seed: number): Promise<Judgement[]> {
  const gpu = await openGpu();
  const judgements: Judgement[] = [];
  for (let index = 0; index < count; index++) judgements.push(await judge(gpu, seed, index));
  gpu.destroy();
  return judgements;
}
