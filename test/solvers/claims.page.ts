import {
  createProblem,
  logOdds,
  maxMargin,
  openGpu,
  type Gpu,
  type LogOddsStatus,
  type MaxMarginStatus,
} from "../../src/index.ts";
import { faultsOfLogOdds, faultsOfMaxMargin } from "../support/claim-checks.ts";
import { drawClaimProblem } from "../support/claim-problems.ts";

const GAP_TOLERANCE = 1e-5;
/** Ends the few that would go on for half a minute before they say that they cannot tell. */
const MOST_ITERATIONS = 10_000;

/** What both solvers say of a problem, and what is wrong with it. */
export interface Verdict {
  readonly index: number;
  readonly kind: string;
  readonly logOdds: LogOddsStatus;
  readonly maxMargin: MaxMarginStatus;
  readonly faults: readonly string[];
}

/** Gives a random problem to both solvers, and checks every claim. */
export async function judge(gpu: Gpu, seed: number, index: number): Promise<Verdict> {
  const { kind, input, ...planted } = drawClaimProblem(seed, index);
  const problem = createProblem(input);
  const finite = await logOdds(gpu, problem);
  const direction = await maxMargin(gpu, problem, {
    gapTolerance: GAP_TOLERANCE,
    maxIterations: MOST_ITERATIONS,
  });
  return {
    index,
    kind,
    logOdds: finite.status,
    maxMargin: direction.status,
    faults: [
      ...faultsOfLogOdds(problem, finite, planted).map((fault) => `log-odds: ${fault}`),
      ...faultsOfMaxMargin(problem, direction, planted, GAP_TOLERANCE).map((fault) => `max-margin: ${fault}`),
    ],
  };
}

/** The verdicts on the first problems of a seed. */
export async function judgeFirst(count: number, seed: number): Promise<Verdict[]> {
  const gpu = await openGpu();
  const verdicts: Verdict[] = [];
  for (let index = 0; index < count; index++) verdicts.push(await judge(gpu, seed, index));
  gpu.destroy();
  return verdicts;
}
