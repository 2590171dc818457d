import { describeEdge, describeReach, stepRangeOf, type StepSizes } from "./step-sizes.ts";
import { definitionOf, type Optimizer } from "../training/methods/method.ts";
import type { Schedule } from "../training/methods/schedule.ts";

/** How the steps of a run are sized. */
export interface Steps {
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  /** η. */
  readonly stepSize?: number | undefined;
  /** What they are held against; undefined where it is not known. */
  readonly sizes?: StepSizes | undefined;
}

/** What the supports are that a theory speaks of: none smaller than the vocabulary, none larger than a word, or others. */
export type Supports = "whole" | "single" | "mixed";

/** Whether a condition of the theory holds, as far as its certificate tells. */
export interface Condition {
  readonly holds: "yes" | "no" | "undecided";
  /** The certificate, in words. */
  readonly because: string;
}

/** The conditions of the theory. */
export interface Conditions {
  readonly compatible: Condition;
  readonly separable: Condition;
  /** Where the problem is not known to be separable: whether CE has a finite minimiser. */
  readonly finiteMinimiser?: Condition;
}

/** What is proved of gradient descent under the conditions, for steps that are short enough; undefined where a condition is not known. */
function limitsOfDescent(
  { compatible, separable, finiteMinimiser }: Conditions,
  supports: Supports,
): string | undefined {
  if (supports === "whole") {
    if (compatible.holds === "yes")
      return "Every word follows every context, so that W* is where the loss meets its entropy bound: it falls to that, and W tends to W*.";
    if (compatible.holds === "no")
      return "Every word follows every context: the loss has a minimiser and stays above its entropy bound, and W tends to the minimiser in F.";
    return undefined;
  }
  if (separable.holds === "undecided" || compatible.holds === "undecided") return undefined;
  if (separable.holds === "no") {
    const bound =
      compatible.holds === "yes"
        ? "The loss stays above its entropy bound: some words off the supports cannot be left behind and keep a part of the mass"
        : "The loss stays above its entropy bound, in support and off the supports, where some words cannot be left behind and keep a part of the mass";
    const pull = compatible.holds === "yes" && supports === "mixed" ? "; they may pull P_F(W) off W*." : ".";
    return `${bound}${pull} ${TOWARDS[finiteMinimiser?.holds ?? "undecided"]}`;
  }
  if (compatible.holds === "no")
    return "The loss stays above its entropy bound, by what the supports ask for and no decoder gives. P_F(W) tends to the minimiser of the in-support loss, which may differ from the least-squares decoder that stands for W* here. Off the supports all goes as in Theorem 2: their mass falls to zero, the norm grows like log k, and the direction is that of W_mm.";
  const finite = supports === "single" ? "there is no data subspace" : "P_F(W) tends to W*";
  return `The loss falls to its entropy bound. The norm grows without bound, like log k; ${finite}, and W/‖W‖ tends to the direction of W_mm (Theorem 2).`;
}

/** Where gradient descent goes on a problem that is not separable, by whether CE has a finite minimiser. */
const TOWARDS = {
  yes: "CE has a finite minimiser: W tends to it, and the norm levels off.",
  no: "CE has no finite minimiser: the norm grows, along the directions in which a part of the words is left behind.",
  undecided:
    "Either CE has a finite minimiser, and the norm levels off there, or it grows along the directions in which a part of the words is left behind.",
} as const;

const NOT_KNOWN = "Where gradient descent goes depends on both conditions, and whether they hold is not known here.";

/** What the theory says of a run: what is proved of gradient descent, and what that is worth for these steps. */
export function theoryOf(conditions: Conditions, supports: Supports, steps: Steps): string {
  const limits = limitsOfDescent(conditions, supports);
  if (!limits) return NOT_KNOWN;
  const { schedule, stepSize = 0, sizes } = steps;
  const { beyondTheory } = definitionOf(steps);
  if (beyondTheory !== undefined)
    return `Proved of gradient descent with short constant steps: ${limits} ${beyondTheory}`;
  if (schedule !== "constant") return `Proved for short constant steps, and not for falling ones: ${limits}`;
  if (!sizes) return limits;
  const range = stepRangeOf(sizes, stepSize);
  const reach = describeReach(stepSize * sizes.smoothness);
  if (range === "proved") return limits;
  if (range === "safe" || range === "falling")
    return `${limits} The loss is proved to fall for steps below 2/L, and this is ${reach}; where W goes is proved for steps up to 1/(2L), and expected here.`;
  const nothing = `Nothing is promised of steps of ${reach}, twice the inverse smoothness and more: the loss need not fall.`;
  const hasLimit = conditions.compatible.holds === "yes" && conditions.separable.holds === "yes";
  const beside =
    hasLimit && sizes.edge && range !== "edgeless" ? ` ${BESIDE_EDGE[range](describeEdge(sizes.edge))}` : "";
  return `${nothing}${beside} Of short steps it is proved: ${limits}`;
}

/** Of steps of 2/L and more, where there is a W* and the mass off the supports can vanish. */
const BESIDE_EDGE = {
  settling: (edge: string) =>
    `They are below the edge of stability, ${edge}: P_F(W) is drawn to W* from nearby, and expected to be from elsewhere.`,
  undecided: (edge: string) => `Whether P_F(W) can settle at W* is not known: the edge of stability ${edge}.`,
  unstable: (edge: string) =>
    `They are above the edge of stability, ${edge}: once little mass is off the supports W* repels P_F(W), which does not settle there, and the in-support gap stays above zero.`,
} as const;

/** Whether the loss need not fall with such steps, even where the conditions hold. */
export function mayRise({ optimizer, schedule, stepSize = 0, sizes }: Steps): boolean {
  if (optimizer !== "gradient-descent" || schedule !== "constant" || !sizes) return false;
  return !["proved", "safe", "falling"].includes(stepRangeOf(sizes, stepSize));
}
