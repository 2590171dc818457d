/** A mean with an interval. */
export interface MeanInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

const LEVEL = 0.95;

/** The mean of independent values with Student's interval of 95 %, infinite for a single value; NaN for none. */
export function meanInterval(values: readonly number[]): MeanInterval {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, low: count === 0 ? NaN : -Infinity, high: count === 0 ? NaN : Infinity };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const half = studentQuantile(count - 1) * Math.sqrt(variance / count);
  return { mean, low: mean - half, high: mean + half };
}

/** The t with P(|T| ≤ t) = 95 % of Student's T with so many degrees of freedom. */
export function studentQuantile(freedom: number): number {
  // by the angle θ = atan(t/√ν), in which P(|T| ≤ t) rises from 0 to 1
  let [low, high] = [0, Math.PI / 2];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (centralProbability(middle, freedom) < LEVEL) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan((low + high) / 2);
}

/** P(|T| ≤ √ν tan θ), a finite sum for whole ν (Abramowitz and Stegun 26.7.3 and 26.7.4). */
function centralProbability(angle: number, freedom: number): number {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let [term, sum] = [isOdd ? cosine : 1, 0];
  for (let i = isOdd ? 1 : 0; i <= freedom - 2; i += 2) {
    sum += term;
    term *= ((i + 1) / (i + 2)) * cosine ** 2;
  }
  return isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}
