/** Lines need a margin to this relative gap of its certificate. */
export const LARGEST_GAP = 1e-3;

/** The mass off every support, as a law has it, from which on laws of vanishing mass are expected to hold within a tenth. */
export const SMALL_MASS = 0.005;

const LAST_STEP = 1e15;
const SMALLEST_LAMBDA = 1e-300;

/** The first step at which a condition holds that goes on to hold; Infinity where it does not in 1e15 steps. */
export function firstStep(holds: (step: number) => boolean): number {
  let [low, high] = [0, 1];
  while (!holds(high)) {
    if (high >= LAST_STEP) return Infinity;
    [low, high] = [high, 2 * high];
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The largest λ at which a condition holds that goes on to hold below it, to a part in 1e6. */
export function largestLambda(holds: (lambda: number) => boolean): number {
  let [low, high] = [Math.log(SMALLEST_LAMBDA), 0];
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (holds(Math.exp(middle))) low = middle;
    else high = middle;
  }
  return Math.exp(low);
}
