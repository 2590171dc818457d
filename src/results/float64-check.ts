import type { Float64Check } from "../float64/gap-check.ts";
import { formatFigure } from "./format-figure.ts";

/**
 * A check of the last point, with what was found at those before: one whose loss gap float64 refutes makes the whole run doubtful.
 * @param trace the run's points
 */
export function checkOfRun(check: Float64Check, trace: readonly { readonly isDoubtful?: true }[]): Float64Check {
  const doubtful = trace.filter(({ isDoubtful }) => isDoubtful).length;
  return doubtful === 0 ? check : { status: "disagrees", doubtful, of: trace.length };
}

/** One sentence about a check. */
export function describeCheck(check: Float64Check): string {
  if (check.status === "skipped") return `skipped: ${check.why}`;
  if (check.status === "computed-in-float64")
    return "computed in float64 on the CPU, because logits are too large for float32: there is nothing to compare";
  if ("doubtful" in check)
    return `DISAGREES: at ${check.doubtful} of ${check.of} recorded points the GPU's loss gap is off by more than rounding; they have that of float64 or none; do not trust this adapter's figures`;
  const verdict = check.status === "agrees" ? "agrees" : "DISAGREES";
  const warning = check.status === "agrees" ? "" : "; do not trust this adapter's figures";
  const difference = differenceOf(check);
  if (!("sampled" in check))
    return `${verdict}: loss gap ${formatFigure(check.lossGap)} on the CPU, relative difference ${difference}${warning}`;
  const { contexts, of, wrong, relativeDifference } = check.sampled;
  const sample = `${contexts} of ${of} contexts, drawn at random`;
  if (wrong > 0)
    return `${verdict}: of ${sample}, ${wrong} are off by more than rounding, relative difference up to ${relativeDifference.toExponential(1)}${warning}`;
  if (check.status === "disagrees")
    return `${verdict}: the loss gap is not the sum over its contexts, relative difference ${difference}${warning}`;
  // (1 − share)^contexts = 5%
  const share = 1 - 0.05 ** (1 / contexts);
  return `${verdict} on ${sample} (relative difference up to ${relativeDifference.toExponential(1)}), and the sum over all contexts is the loss gap; errors in ${Math.ceil(100 * share)}% of the contexts or more would have shown with a probability of 95%`;
}

const differenceOf = ({ relativeDifference, relativeBound }: Record<"relativeDifference" | "relativeBound", number>) =>
  `${relativeDifference.toExponential(1)} where rounding explains ${relativeBound.toExponential(1)}`;
