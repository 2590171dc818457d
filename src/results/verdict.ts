import type { LogOdds } from "../solvers/log-odds/status.ts";
import type { MaxMargin } from "../solvers/max-margin/status.ts";
import type { ProbabilityType } from "../problem/problem.ts";
import type { HeldBack } from "../float64/recession.ts";
import { LIMIT_FIGURES, type LimitFigure, type Needs, type TracePoint } from "../figures/figures.ts";
import { formatFigure } from "./format-figure.ts";
import { mayRise, theoryOf, type Condition, type Conditions, type Steps, type Supports } from "./theory.ts";

/** What a run came to, from its last recorded point and those of the last tenfold of its steps. */
export interface Measured {
  readonly step: number;
  readonly lossGap: number;
  readonly norm: number;
  /** Fitted over the last tenfold of steps: log(CE − H) against log k; the slope is −1 where CE − H falls like 1/k. */
  readonly lossGapFit?: Fit;
  /** ‖W‖ against log k; the slope of gradient descent tends to ‖W_mm‖ where the theorem holds. */
  readonly normFit?: Fit;
  /** The figures that are held against the limits, and how far their limits may be off where that is proved. */
  readonly figures: Readonly<Partial<Record<LimitFigure, { readonly value: number; readonly error?: number }>>>;
  /** 1/‖W_mm‖, the limit of the margin of W/‖W‖ where the theorem holds, and how far it may be off. */
  readonly marginLimit?: { readonly value: number; readonly error: number };
}

/** Theory and measurement side by side. */
export interface Verdict extends Conditions {
  /** What the theory says of the run under these conditions, in words. */
  readonly theory: string;
  /** The run did not go as the theory has it, and should have. */
  readonly isContradicted?: true;
  readonly measured?: Measured;
}

/** What a verdict is made from; what is not known is left out. */
export interface Evidence {
  readonly finite?: Pick<LogOdds, "status" | "residual" | "leastSolutionNorm"> | undefined;
  /** What the probabilities were rounded to; default float64. */
  readonly probabilityType?: ProbabilityType | undefined;
  readonly margin?:
    | Pick<MaxMargin, "status" | "norm" | "lowerBound" | "upperBound" | "relativeGap" | "nonseparable" | "recession">
    | undefined;
  /** Why one of them is not there. */
  readonly missing?: string | undefined;
  /** Default mixed. */
  readonly supports?: Supports | undefined;
  /** Which words can be left behind, in words. */
  readonly leftBehind?: string | undefined;
  /** See `proveMinimiser`, at the decoder of the last point. */
  readonly heldBack?: Pick<HeldBack, "isProved" | "smallest" | "uncertainty"> | undefined;
  readonly trace: readonly TracePoint[];
  /** Default gradient descent with steps that the theory covers. */
  readonly steps?: Steps | undefined;
}

/** Holds a run against what Theorem 2 of Thrampoulidis 2024 says of its problem, and against what is left of it where a condition fails. */
export function giveVerdict(evidence: Evidence): Verdict {
  const { margin, trace, supports = "mixed" } = evidence;
  const { steps = { optimizer: "gradient-descent", schedule: "constant" } } = evidence;
  const compatible = compatibility(evidence);
  const separable = supports === "whole" ? NOTHING_TO_SEPARATE : separability(evidence);
  const finiteMinimiser = supports === "whole" ? NOTHING_TO_LEAVE : minimiser(evidence, separable);
  const measured = measure(trace, margin);
  const conditions = { compatible, separable, ...(finiteMinimiser && { finiteMinimiser }) };
  const theory = theoryOf(conditions, supports, steps);
  const isContradicted = !mayRise(steps) && contradicts(conditions, measured);
  return {
    ...conditions,
    theory: isContradicted ? `${NOT_FALLING} ${theory}` : theory,
    ...(isContradicted && { isContradicted }),
    ...(measured && { measured }),
  };
}

const NOTHING_TO_SEPARATE: Condition = {
  holds: "yes",
  because: "every word follows every context, none is to be separated",
};
const NOTHING_TO_LEAVE: Condition = {
  holds: "yes",
  because: "every word follows every context, none can be left behind",
};

const NOT_FALLING = "Against the theory, CE − H rose over the last tenfold of steps.";

/** A slope of log(CE − H) against log k that no rounding of a gap makes. */
const RISING = 1e-3;

/** Whether the loss should fall to its bound and did not. */
function contradicts(
  { compatible, separable }: Pick<Verdict, "compatible" | "separable">,
  measured: Measured | undefined,
): boolean {
  return compatible.holds === "yes" && separable.holds === "yes" && (measured?.lossGapFit?.slope ?? -1) > RISING;
}

const NOT_COMPUTED = "it was not computed";

function compatibility({ finite, probabilityType: type = "float64", missing = NOT_COMPUTED }: Evidence): Condition {
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
    case "cancelled":
      return { holds: "undecided", because: `the log-odds are met to ${residual}, neither rounding nor proven more` };
  }
}

function separability({ margin, heldBack, missing = NOT_COMPUTED }: Evidence): Condition {
  if (heldBack?.isProved && !Number.isFinite(margin?.norm ?? Infinity))
    return { holds: "no", because: "no word off a support can be left behind" };
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
  if (nonseparable?.normBound === Infinity)
    return {
      holds: "no",
      because: "every decoder leaves some words off the supports where they are: multipliers prove it",
    };
  const bound = margin.lowerBound > 0 ? `no decoder of norm below ${margin.lowerBound.toExponential(1)} separates` : "";
  return {
    holds: "undecided",
    because: nonseparable
      ? `${bound}; whether a larger one does is not known`
      : `the solver ended as ${margin.status}${bound && `: ${bound}`}`,
  };
}

/** Whether CE has a minimiser, unless the problem is separable, as then it has none, or nothing is known that tells. */
function minimiser(
  { margin, leftBehind, heldBack, missing = NOT_COMPUTED }: Evidence,
  separable: Condition,
): Condition | undefined {
  if (separable.holds === "yes" || !(margin ?? heldBack)) return undefined;
  const recession = margin?.recession;
  if (recession?.direction?.isProved)
    return {
      holds: "no",
      because: `the loss falls for ever along a direction${leftBehind ? ` that leaves behind ${leftBehind}` : ""}`,
    };
  const held = heldBack?.isProved ? heldBack : recession?.direction ? undefined : (recession?.heldBack ?? heldBack);
  if (held?.isProved)
    return {
      holds: "yes",
      because: `multipliers hold back every word off the supports, the smallest ${held.smallest.toExponential(1)} of the largest and known to ${held.uncertainty.toExponential(0)}`,
    };
  if (held)
    return {
      holds: "undecided",
      because: `the smallest multiplier that would hold a word back is ${held.smallest.toExponential(1)} of the largest, and only known to ${held.uncertainty.toExponential(0)}`,
    };
  return { holds: "undecided", because: recession ? "float64 cannot tell which words can be left behind" : missing };
}

/** A straight line through points, by least squares. */
interface Fit {
  readonly slope: number;
  /** R², the part of the variance that the line explains. */
  readonly quality: number;
}

const TENFOLD = 10;
/** Points that a fit needs. */
const FEWEST_POINTS = 4;

function measure(trace: readonly TracePoint[], margin: Evidence["margin"]): Measured | undefined {
  const last = trace.at(-1);
  if (!last) return undefined;
  const { step, lossGap, norm, limitErrors } = last;
  const tenfold = trace.filter((point) => point.step > 0 && TENFOLD * point.step >= step);
  const isWhole = trace.some((point) => point.step > 0 && TENFOLD * point.step <= step);
  const fit = (value: (point: TracePoint) => number): Fit | undefined =>
    isWhole ? fitLine(tenfold.map((point) => [Math.log(point.step), value(point)])) : undefined;
  const [lossGapFit, normFit] = [fit((point) => Math.log(point.lossGap)), fit((point) => point.norm)];
  const figures = LIMIT_FIGURES.flatMap(({ key, limitError }) => {
    const [value, error] = [last[key], limitError ? undefined : limitErrors?.[key]];
    return value === undefined || Number.isNaN(value)
      ? []
      : [[key, { value, ...(error !== undefined && { error }) }] as const];
  });
  const isBounded = margin !== undefined && Number.isFinite(margin.upperBound) && margin.lowerBound > 0;
  return {
    step,
    lossGap,
    norm,
    ...(lossGapFit && { lossGapFit }),
    ...(normFit && { normFit }),
    figures: Object.fromEntries(figures),
    ...(isBounded && {
      marginLimit: { value: 1 / margin.upperBound, error: 1 / margin.lowerBound - 1 / margin.upperBound },
    }),
  };
}

/** Undefined for too few points, and where a value is not a number. */
function fitLine(points: readonly (readonly [number, number])[]): Fit | undefined {
  if (points.length < FEWEST_POINTS) return undefined;
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x0, y0] = [mean(([x]) => x), mean(([, y]) => y)];
  const [xx, xy, yy] = [
    mean(([x]) => (x - x0) ** 2),
    mean(([x, y]) => (x - x0) * (y - y0)),
    mean(([, y]) => (y - y0) ** 2),
  ];
  const slope = xy / xx;
  const quality = yy === 0 ? 1 : (xy * xy) / (xx * yy);
  return Number.isFinite(slope) && Number.isFinite(quality) ? { slope, quality } : undefined;
}

/** A line of a verdict, for people: a name and what there is to say. */
export interface VerdictLine {
  /** What it speaks of; `condition` and `theory` hold for the problem, the others were measured on the run. */
  readonly kind: "condition" | "theory" | "fit" | "figure" | "prediction";
  readonly name: string;
  readonly text: string;
  /** Of a line of the kind `condition`. */
  readonly condition?: Condition;
}

/** A verdict in lines for people. */
export function describeVerdict(verdict: Verdict): VerdictLine[] {
  const { compatible, separable, theory, finiteMinimiser, measured } = verdict;
  const lines = [
    conditionLine("compatible", compatible),
    conditionLine("separable", separable),
    { kind: "theory", name: "theory", text: theory } as const,
    ...(finiteMinimiser ? [conditionLine("finite minimiser", finiteMinimiser)] : []),
  ];
  return measured ? [...lines, ...describeMeasured(measured, verdict)] : lines;
}

const conditionLine = (name: string, condition: Condition): VerdictLine => ({
  kind: "condition",
  name,
  text: `${condition.holds}: ${condition.because}`,
  condition,
});

function describeMeasured({ lossGapFit, normFit, figures, marginLimit }: Measured, verdict: Verdict): VerdictLine[] {
  const lines: VerdictLine[] = [];
  const fits = [
    ...(lossGapFit ? [`CE − H is fitted by k^${lossGapFit.slope.toFixed(2)} (${describeQuality(lossGapFit)})`] : []),
    ...(normFit ? [`‖W‖ by ${normFit.slope.toPrecision(3)} log k (${describeQuality(normFit)})`] : []),
  ];
  if (fits.length > 0) lines.push({ kind: "fit", name: "last tenfold", text: fits.join(", ") });
  const addFigure = (name: string, value: number, error: number | undefined, note = ""): void =>
    void lines.push({ kind: "figure", name, text: `${formatFigure(value)}${describeError(error)}${note}` });
  for (const { key, symbol, needs } of LIMIT_FIGURES) {
    const figure = figures[key];
    if (figure) addFigure(symbol, figure.value, figure.error, aside(needs, verdict));
  }
  if (figures.margin && marginLimit) addFigure("1/‖W_mm‖, its limit", marginLimit.value, marginLimit.error);
  return lines;
}

const describeQuality = ({ quality }: Fit): string => `R² ${Number(quality.toFixed(4))}`;

const describeError = (error: number | undefined): string => (error ? ` ± ${error.toExponential(0)}` : "");

/** What has to be said beside a figure that is held against W*. */
function aside(needs: Needs, { compatible }: Verdict): string {
  if (needs !== "finite" && needs !== "both") return "";
  if (compatible.holds === "undecided") return " (W* is undecided)";
  return compatible.holds === "no" ? " (there is no W*: the least-squares decoder stands for it)" : "";
}
