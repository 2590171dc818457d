import type { Problem } from "../problem/problem.ts";
import type { NuclearMargin } from "../solvers/nuclear-margin/status.ts";
import type { Decay } from "../training/engines/factor-iteration.ts";
import { flowTime } from "./flow-time.ts";
import type { DescentRun } from "./gradient-descent.ts";
import { multipliersOf } from "./multipliers.ts";
import { without, type Prediction } from "./prediction.ts";
import { firstStep, LARGEST_GAP, SMALL_MASS } from "./validity.ts";

/** The figures of a run of both factors that are predicted; `factorNorm` is ½ (‖W‖² + ‖H‖²). */
export type FactorLaw = "factorLossGap" | "factorNorm";

const FIGURES: readonly FactorLaw[] = ["factorLossGap", "factorNorm"];

/** How a run of both factors steps, and its λ. */
export interface FactorRun extends DescentRun {
  readonly ridge: number;
  /** Default coupled. */
  readonly decay?: Decay;
}

/** What predictions need of L_mm. */
export type PredictingNuclear = Pick<NuclearMargin, "dual" | "upperBound" | "relativeGap">;

/**
 * What theory says of both factors trained together from a small start, with N = ‖L_mm‖_*, its multipliers α_jv, Σ α = N, and c = C/N,
 * C as in {@link multipliersOf}. Words that touch the margin have π_j q_jv = α_jv (CE − H)/N, so that R = log(N/(CE − H)) + c is how much
 * of L_mm there is in the logits, and ½ (‖W‖² + ‖H‖²) = ‖L‖_* = N R.
 *
 * - With ridge λ on both, at its minimiser: CE − H = λ N, and ½ (‖W‖² + ‖H‖²) = N (log(1/λ) + c). It is expected from when 1/λ of
 *   time has passed ten times over.
 * - Without, by gradient descent after k steps, t = Σ η_i: singular values grow like dR/dt = 2 R (CE − H)/N, which leads to
 *   2 t (R − 1) (CE − H)/N → 1.
 *
 * This supposes multipliers above zero for the words that touch the margin, d of at least the rank of L_mm, and balanced factors.
 */
export function predictFactors(
  problem: Problem,
  nuclear: PredictingNuclear | undefined,
  run: FactorRun,
): Prediction<FactorLaw>[] {
  const time = flowTime(run, run.stepSize);
  const reason = isFull(problem)
    ? "Every word follows every context: there is no margin."
    : whyNone(nuclear, run, time !== undefined);
  if (reason !== undefined) return without(FIGURES, reason);
  const N = nuclear!.upperBound;
  const { heaviest, constant } = multipliersOf(problem, nuclear!.dual);
  const c = constant / N;
  if (run.ridge > 0) {
    const from = time && { holdsFrom: firstStep((step) => time(step) >= 10 / run.ridge) };
    return [
      { figure: "factorLossGap", at: () => run.ridge * N, ...from },
      { figure: "factorNorm", at: () => N * (Math.log(1 / run.ridge) + c), ...from },
    ];
  }
  const scale = (step: number): number => scaleAfter(time!(step), c);
  const gap = (step: number): number => N / (2 * time!(step) * (scale(step) - 1));
  const holdsFrom = firstStep((step) => scale(step) > 2 && (heaviest * gap(step)) / N <= SMALL_MASS);
  return [
    { figure: "factorLossGap", at: gap, holdsFrom },
    { figure: "factorNorm", at: (step) => N * scale(step), holdsFrom },
  ];
}

const isFull = ({ tokens, contextCount, vocabularySize }: Problem): boolean =>
  tokens.length === contextCount * vocabularySize;

function whyNone(nuclear: PredictingNuclear | undefined, run: FactorRun, isDescent: boolean): string | undefined {
  if (!nuclear) return "L_mm is not known.";
  if (nuclear.relativeGap > LARGEST_GAP)
    return `L_mm is only known to a relative gap of ${nuclear.relativeGap.toExponential(0)}, and the laws need ${LARGEST_GAP}.`;
  if (run.ridge > 0 && run.decay === "decoupled")
    return "Decoupled decay ends elsewhere than at the minimiser with ridge λ.";
  if (run.ridge === 0 && !isDescent)
    return `The laws are of gradient descent, and ${run.optimizer} does not step along the gradient.`;
  return undefined;
}

/** R > 1 with e^(R − c) = 2t (R − 1), the larger of the two where there are any: by iterating R ← c + log(2t (R − 1)), which rises to it from above. */
function scaleAfter(t: number, c: number): number {
  let R = c + Math.log(2 * t) + 40;
  for (let i = 0; i < 200; i++) {
    const next = c + Math.log(2 * t * (R - 1));
    if (!(next > 1)) return NaN;
    if (Math.abs(next - R) < 1e-13 * R) return next;
    R = next;
  }
  return R;
}
