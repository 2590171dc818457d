import type { LogOdds } from "../solvers/log-odds.ts";
import type { MaxMargin } from "../solvers/max-margin.ts";
import type { ProbabilityType } from "../problem/problem.ts";
import type { LimitFigure } from "../training/limits.ts";
import type { Optimizer } from "../optimizer.ts";
import type { TracePoint } from "../training/train.ts";
import { formatFigure } from "./format-figure.ts";

/** Whether a condition of the theory holds, as far as its certificate tells. */
export interface Condition {
  readonly holds: "yes" | "no" | "undecided";
  /** The certificate, in words. */
  readonly because: string;
}

/** What a run came to, from its last recorded point and the one nearest to a tenth of its steps. */
export interface Measured {
  readonly step: number;
  readonly lossGap: number;
  readonly norm: number;
  /** d log(CE − H) / d log k over the last tenfold of steps; −1 where CE − H falls like 1/k. Absent in shorter runs. */
  readonly lossGapExponent?: number;
  /** d‖W‖ / d log k over the last tenfold of steps; gradient descent tends to ‖W_mm‖ where the theorem holds. */
  readonly normGrowth?: number;
  /** The figures that are held against the limits, and how far their limits may be off. */
  readonly figures: Readonly<Partial<Record<LimitFigure, { readonly value: number; readonly error: number }>>>;
}

/** Theory and measurement side by side. */
export interface Verdict {
  readonly compatible: Condition;
  readonly separable: Condition;
  /** What the theory says of gradient descent under these conditions, in words. */
  readonly theory: string;
  /** Where the problem is not separable: whether CE has a finite minimiser, as far as the last decoder tells. */
  readonly finiteMinimiser?: Condition;
  readonly measured?: Measured;
}

/** What a verdict is made from; what is not known is left out. */
export interface Evidence {
  readonly finite?: Pick<LogOdds, "status" | "residual" | "leastSolutionNorm"> | undefined;
  /** What the probabilities were rounded to; default float64. */
  readonly probabilityType?: ProbabilityType | undefined;
  readonly margin?: Pick<MaxMargin, "status" | "norm" | "lowerBound" | "relativeGap" | "nonseparable"> | undefined;
  /** Why one of them is not there. */
  readonly missing?: string | undefined;
  readonly trace: readonly TracePoint[];
  /** What ran; default gradient descent, which the theorem is about. */
  readonly optimizer?: Optimizer | undefined;
  /** See `recessionBound`, at the decoder of the last point. */
  readonly recessionBound?: number | undefined;
}

/** Holds a run against what Theorem 2 of Thrampoulidis 2024 says of its problem, and against what is left of it where a condition fails. */
export function giveVerdict({
  finite,
  probabilityType = "float64",
  margin,
  missing,
  trace,
  optimizer = "gradient-descent",
  recessionBound,
}: Evidence): Verdict {
  const compatible = compatibility(finite, probabilityType, missing);
  const separable = separability(margin, missing);
  const measured = measure(trace);
  return {
    compatible,
    separable,
    theory: `${THEORY[`${compatible.holds}/${separable.holds}`] ?? UNDECIDED}${optimizer === "gradient-descent" ? "" : NOT_COVERED[optimizer]}`,
    ...(separable.holds === "no" &&
      recessionBound !== undefined &&
      measured && { finiteMinimiser: minimiser(recessionBound, measured.norm) }),
    ...(measured && { measured }),
  };
}

const NOT_COMPUTED = "it was not computed";

function compatibility(finite: Evidence["finite"], type: ProbabilityType, missing = NOT_COMPUTED): Condition {
  if (!finite) return { holds: "undecided", because: missing };
  const residual = finite.residual.toExponential(1);
  switch (finite.status) {
    case "compatible":
      return {
        holds: "yes",
        because:
          finite.residual === 0
            ? "W* meets every log-odds"
            : `W* meets the log-odds to ${residual}, which is rounding${type === "float64" ? "" : `, as far as ${type} probabilities can tell`}`,
      };
    case "incompatible":
      return {
        holds: "no",
        because: `no decoder of norm below ${finite.leastSolutionNorm.toExponential(1)} meets the log-odds; the best misses them by ${residual}`,
      };
    case "undecided":
      return { holds: "undecided", because: `the log-odds are met to ${residual}, neither rounding nor proven more` };
  }
}

function separability(margin: Evidence["margin"], missing = NOT_COMPUTED): Condition {
  if (!margin) return { holds: "undecided", because: missing };
  if (margin.status === "numerical-error")
    return { holds: "undecided", because: "the GPU returned numbers that contradict each other" };
  if (Number.isFinite(margin.norm))
    return {
      holds: "yes",
      because: `a decoder of norm ${formatFigure(margin.norm)} separates; its relative gap is ${margin.relativeGap.toExponential(1)}`,
    };
  const { nonseparable } = margin;
  if (nonseparable?.pair) {
    const [first, second] = nonseparable.pair;
    return {
      holds: "no",
      because:
        first === second
          ? `the embedding of context ${first} is zero`
          : `contexts ${first} and ${second} have parallel embeddings, and supports that exclude each other`,
    };
  }
  if (nonseparable)
    return { holds: "no", because: `no decoder of norm below ${nonseparable.normBound.toExponential(1)} separates` };
  return {
    holds: "undecided",
    because: `the solver ended as ${margin.status}${margin.lowerBound > 0 ? `: no decoder of norm below ${margin.lowerBound.toExponential(1)} separates` : ""}`,
  };
}

const THEORY: Record<string, string> = {
  "yes/yes":
    "The loss falls to its entropy bound. The norm grows without bound, like log k; P_F(W) tends to W*, and W/‖W‖ to the direction of W_mm (Theorem 2).",
  "yes/no":
    "The loss stays above its entropy bound. Some words off the supports cannot be left behind: they keep a part of the mass, and pull P_F(W) off W*. Either CE has a finite minimiser, and the norm levels off there, or it grows along the directions in which a part of the words is left behind.",
  "no/yes":
    "The loss stays above its entropy bound, by what the supports ask for and no decoder gives. P_F(W) tends to the minimiser of the in-support loss, which is not W*. Off the supports all goes as in the theorem: their mass falls to zero, the norm grows like log k, and the direction is that of W_mm.",
  "no/no":
    "The loss stays above its entropy bound, in support and off the supports. Either CE has a finite minimiser, and the norm levels off there, or it grows along the directions in which a part of the words is left behind.",
};

/** What the theory of gradient descent leaves open of the others. */
const NOT_COVERED: Record<Exclude<Optimizer, "gradient-descent">, string> = {
  normalised:
    " That is proved for gradient descent; normalised steps are faster, their norm need not go like log k, and steps of one length go round W* for ever.",
  momentum: " That is proved for gradient descent, not with momentum.",
  adam: " That is proved for gradient descent; Adam is faster, and with one next word for each context it is known to prefer another margin, that of the largest entry instead of the norm.",
};

const UNDECIDED = "The theorem asks for both conditions; whether they hold is not known here.";

/** A direction that would have to be so many times as long as the decoder, to gain one unit, is taken for none. */
const TOO_LONG = 1e3;

function minimiser(bound: number, norm: number): Condition {
  const directions = `no direction of norm below ${bound.toExponential(1)} along which the loss falls for ever leaves a word behind by 1`;
  return bound >= TOO_LONG * norm
    ? { holds: "yes", because: directions }
    : {
        holds: "undecided",
        because: `the last decoder only tells that ${directions}; near a minimiser that bound has no limit`,
      };
}

/** Steps that the run has to have behind it for its last tenfold to be one. */
const TENFOLD = 10;

function measure(trace: readonly TracePoint[]): Measured | undefined {
  const last = trace.at(-1);
  if (!last) return undefined;
  const { step, lossGap, norm, limitErrors } = last;
  const earlier = trace.findLast((point) => point.step > 0 && TENFOLD * point.step <= step);
  const tenfold = earlier && Math.log(step / earlier.step);
  const figures = Object.entries(limitErrors ?? {}).map(
    ([name, error]) => [name, { value: last[name as LimitFigure]!, error }] as const,
  );
  return {
    step,
    lossGap,
    norm,
    ...(tenfold !== undefined && {
      lossGapExponent: Math.log(lossGap / earlier!.lossGap) / tenfold,
      normGrowth: (norm - earlier!.norm) / tenfold,
    }),
    figures: Object.fromEntries(figures),
  };
}

/** A verdict in lines for people: a name and what there is to say. */
export function describeVerdict(verdict: Verdict): [string, string][] {
  const { compatible, separable, theory, finiteMinimiser, measured } = verdict;
  const lines: [string, string][] = [
    ["compatible", describeCondition(compatible)],
    ["separable", describeCondition(separable)],
    ["theory", theory],
  ];
  if (finiteMinimiser) lines.push(["finite minimiser", describeCondition(finiteMinimiser)]);
  if (!measured) return lines;
  const { lossGapExponent, normGrowth, figures } = measured;
  if (lossGapExponent !== undefined && normGrowth !== undefined)
    lines.push([
      "last tenfold",
      `CE − H goes like k^${lossGapExponent.toFixed(2)}, ‖W‖ like ${normGrowth.toPrecision(3)} log k`,
    ]);
  for (const [name, label] of FIGURE_LABELS) {
    const figure = figures[name];
    if (figure)
      lines.push([
        label,
        `${formatFigure(figure.value)}${figure.error > 0 ? ` ± ${figure.error.toExponential(0)}` : ""}`,
      ]);
  }
  return lines;
}

const FIGURE_LABELS: readonly (readonly [LimitFigure, string])[] = [
  ["alignment", "cos(W, W_mm)"],
  ["alignmentPerp", "cos(W⊥, W_mm)"],
  ["alignmentCorrected", "cos(W − W*, W_mm)"],
  ["subspaceError", "‖P_F(W) − W*‖"],
  ["margin", "margin of W/‖W‖"],
];

const describeCondition = ({ holds, because }: Condition): string => `${holds}: ${because}`;
