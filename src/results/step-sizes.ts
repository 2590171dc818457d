import type { EdgeOfStability } from "../float64/edge-of-stability.ts";
import { formatFigure } from "./format-figure.ts";

/** What step sizes of gradient descent on a problem are held against. */
export interface StepSizes {
  /** L = ½ λ_max(Σ_j π_j h_j h_jᵀ), which bounds the smoothness of CE. */
  readonly smoothness: number;
  /** Bounds of η_c, left out where they were not looked for. */
  readonly edge?: EdgeOfStability;
}

/** What holds in each range of step sizes, in ascending order, one sentence each. */
const HOLDS = {
  proved: "The loss falls at every step, and where W goes is proved in the papers.",
  safe: "The loss is proved to fall at every step, and 1/L is what promises most; where W goes is expected.",
  falling: "The loss is still proved to fall at every step, with less and less promised.",
  edgeless: "The loss may rise at times; there is no edge of stability, as the data subspace F has no dimension.",
  settling:
    "The loss may rise at times; where there is a W* and the mass off the supports vanishes, P_F(W) is drawn to W* from nearby, and expected to be from elsewhere.",
  undecided: "The loss may rise at times; whether P_F(W) can settle at W* is not known.",
  unstable:
    "Where there is a W* and the mass off the supports vanishes, W* repels P_F(W): it does not settle there, and the in-support gap stays above zero.",
} as const;

/** A range of step sizes of gradient descent. */
export interface StepRange {
  readonly range: keyof typeof HOLDS;
  /** Where it ends, or begins in the last, with the number. */
  readonly name: string;
  /** One sentence; see `edgeOfStability` for what the edge supposes. */
  readonly holds: string;
}

/** L is an eigenvalue that is found to some 1e-7. */
const L_ERROR = 1e-6;
/** Bounds of η_c that are nearer to each other are one number, to the digits that are shown. */
const ONE_NUMBER = 1e-7;

/** The range in which a step size lies; undecided for 2/L and more where bounds of η_c do not tell. */
export function stepRangeOf({ smoothness, edge }: StepSizes, stepSize: number): StepRange["range"] {
  const relativeSize = stepSize * smoothness;
  if (relativeSize <= 0.5 * (1 + L_ERROR)) return "proved";
  if (relativeSize <= 1 + L_ERROR) return "safe";
  if (relativeSize < 2 * (1 - L_ERROR)) return "falling";
  if (edge?.lower === Infinity) return "edgeless";
  if (edge && stepSize < edge.lower) return "settling";
  return edge && stepSize > edge.upper ? "unstable" : "undecided";
}

/** The ranges of step sizes on a problem, in ascending order: up to 1/(2L), 1/L, 2/L and η_c, and beyond. */
export function stepRanges({ smoothness, edge }: StepSizes): readonly StepRange[] {
  const rowOf = (range: StepRange["range"], name: string): StepRange => ({ range, name, holds: HOLDS[range] });
  const short = [
    rowOf("proved", `η ≤ 1/(2L) = ${formatFigure(0.5 / smoothness)}`),
    rowOf("safe", `η ≤ 1/L = ${formatFigure(1 / smoothness)}`),
    rowOf("falling", `η < 2/L = ${formatFigure(2 / smoothness)}`),
  ];
  if (!edge) return [...short, rowOf("undecided", "η ≥ 2/L")];
  if (edge.lower === Infinity) return [...short, rowOf("edgeless", "η ≥ 2/L")];
  if (isOneNumber(edge))
    return [...short, rowOf("settling", `η < ${describeEdge(edge)}`), rowOf("unstable", "η > η_c")];
  const settling = rowOf("settling", `η < ${formatFigure(edge.lower)}`);
  if (edge.upper === Infinity) return [...short, settling, rowOf("undecided", `η ≥ ${formatFigure(edge.lower)}`)];
  const end = formatFigure(edge.upper);
  return [...short, settling, rowOf("undecided", `η ≤ ${end}`), rowOf("unstable", `η > ${end}`)];
}

/** A step size with a name of its own. */
export interface StepMark {
  /** 1/(2L), 1/L, 2/L or η_c; of an edge that is only known to lie higher, η_c ≥. */
  readonly symbol: string;
  readonly size: number;
}

/** Where one range ends and the next begins, in ascending order; η_c at its lower bound, and none where there is no edge. */
export function stepMarks({ smoothness, edge }: StepSizes): readonly StepMark[] {
  const marks = [
    { symbol: "1/(2L)", size: 0.5 / smoothness },
    { symbol: "1/L", size: 1 / smoothness },
    { symbol: "2/L", size: 2 / smoothness },
  ];
  if (!edge || edge.lower === Infinity) return marks;
  return [...marks, { symbol: isOneNumber(edge) ? "η_c" : "η_c ≥", size: edge.lower }];
}

const isOneNumber = ({ lower, upper }: EdgeOfStability): boolean => upper <= lower * (1 + ONE_NUMBER);

/** η_c in words. */
export function describeEdge(edge: EdgeOfStability): string {
  if (edge.lower === Infinity) return "none: the data subspace F has no dimension";
  if (isOneNumber(edge)) return `η_c = ${formatFigure(edge.lower)}`;
  const { lower, upper } = edge;
  return `η_c is ${upper === Infinity ? `${formatFigure(lower)} or more` : `between ${formatFigure(lower)} and ${formatFigure(upper)}`}`;
}

/** η in units of 1/L. */
export function describeReach(relativeSize: number): string {
  return `${relativeSize < 1e4 ? Number(relativeSize.toPrecision(2)) : relativeSize.toExponential(1)}/L`;
}
