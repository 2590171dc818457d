import { checkInFloat64, sumOfGaps } from "../float64/gap-check.ts";
import { norm } from "../float64/vectors.ts";
import type { Problem } from "../problem/problem.ts";

/** Multiply-adds of one point's check, some 20 ms; of a larger problem as many contexts are checked. */
const MOST_OPERATIONS = 2e7;
const UNIT = 2 ** -24;
/** Squares below it may be flushed to zero. */
const SMALLEST_NORMAL = 2 ** -126;

/** A figure of the GPU that float64 refutes, of a recorded point. */
export interface Doubt {
  /** Set where the GPU's loss gap or norm is refuted: the figure is then that of float64, NaN where it takes too long. */
  readonly isDoubtful?: true;
}

/** The parts of a loss gap, in nats. */
type Gaps = Readonly<Record<"inSupportGap" | "offSupportGap" | "lossGap", number>>;

/**
 * What the GPU measured at a recorded step, held against float64 arithmetic on the decoder itself: the loss gap as in
 * {@link checkInFloat64}, norms up to n 2⁻²⁴, the rounding of a sum of n squares in any order, and √n 2⁻⁶³ for squares that are lost
 * below 2⁻¹²⁶.
 * @param decoder W, V × d
 * @param norms whose norms they are, by the names that these have in `measure`
 * @param gaps of the contexts, [m, 2], if they are known: without them nothing is said about the gap of a large problem
 */
export function checkPoint<M extends Gaps>(
  problem: Problem,
  decoder: Float64Array,
  measure: M,
  norms: Partial<Record<keyof M, Float64Array>>,
  gaps?: Float32Array,
): M & Doubt {
  const found = { lossGap: measure.lossGap, ...(gaps && { gaps }) };
  const check = checkInFloat64(problem, decoder, found, { mostOperations: MOST_OPERATIONS });
  const sizes = Object.entries(norms as Record<string, Float64Array>).map(([name, values]) => ({
    name,
    size: norm(values),
    said: measure[name as keyof M] as number,
    bound: (values.length + 8) * UNIT * norm(values) + Math.sqrt(values.length * SMALLEST_NORMAL),
  }));
  const areNormsRight = sizes.every(({ size, said, bound }) => Math.abs(said - size) <= bound);
  const isGapRight = check.status !== "disagrees";
  if (isGapRight && areNormsRight) return measure;
  const unknown = { inSupportGap: NaN, offSupportGap: NaN };
  const { inSupportGap, offSupportGap } = isGapRight
    ? measure
    : "sampled" in check
      ? unknown
      : sumOfGaps(problem, decoder);
  return {
    ...measure,
    ...Object.fromEntries(sizes.map(({ name, size }) => [name, size])),
    ...{ inSupportGap, offSupportGap, lossGap: inSupportGap + offSupportGap },
    isDoubtful: true,
  };
}
