/** How many of so many problems were decided each way at one dimension. */
export interface Counts {
  readonly dim: number;
  readonly problems: number;
  readonly yes: number;
  readonly no: number;
}

/** Where the share passes one half, in dimensions. */
export interface FiftyPoint {
  /** By straight lines between shares of what is decided; undefined where they do not pass one half. */
  readonly dim: number | undefined;
  /** See {@link fiftyPoint}; infinite where the dimensions that were looked at do not reach so far. */
  readonly low: number;
  readonly high: number;
}

const LEVEL = 0.05;

/**
 * The 50 % point of d of shares that grow with d, with an interval of at least 95 %: its ends are the largest d whose share is below one half
 * and the smallest d whose share is above it, each by the exact test of a binomial share (Clopper and Pearson 1934), half of 5 % shared
 * among all d that were looked at. Undecided problems count for the other side in both tests. No shape of the curve is assumed.
 * @param counts by dimension, ascending
 */
export function fiftyPoint(counts: readonly Counts[]): FiftyPoint {
  const level = LEVEL / 2 / counts.length;
  const isBelow = ({ problems, no }: Counts): boolean => upperTail(problems, no) < level;
  const isAbove = ({ problems, yes }: Counts): boolean => upperTail(problems, yes) < level;
  const low = counts.findLast(isBelow)?.dim ?? -Infinity;
  const high = counts.find(isAbove)?.dim ?? Infinity;
  return { dim: crossing(counts), low, high };
}

const shareOf = ({ yes, no }: Counts): number => yes / (yes + no);

function crossing(counts: readonly Counts[]): number | undefined {
  for (let i = 1; i < counts.length; i++) {
    const [before, after] = [counts[i - 1]!, counts[i]!];
    const [low, high] = [shareOf(before), shareOf(after)];
    if (low < 0.5 && high >= 0.5) return before.dim + ((0.5 - low) / (high - low)) * (after.dim - before.dim);
  }
  return undefined;
}

/** P(X ≥ count) of a binomial X with n trials and probability one half. */
export function upperTail(n: number, count: number): number {
  let [logTerm, tail] = [-n * Math.LN2, 0];
  for (let i = 0; i <= n; i++) {
    if (i >= count) tail += Math.exp(logTerm);
    logTerm += Math.log((n - i) / (i + 1));
  }
  return tail;
}

/** Wilson's interval of a share, 95 % (Wilson 1927). */
export function shareInterval(yes: number, problems: number): readonly [number, number] {
  const z = 1.959964;
  const share = yes / problems;
  const middle = (share + z ** 2 / (2 * problems)) / (1 + z ** 2 / problems);
  const half =
    (z / (1 + z ** 2 / problems)) * Math.sqrt((share * (1 - share)) / problems + z ** 2 / (4 * problems ** 2));
  return [Math.max(middle - half, 0), Math.min(middle + half, 1)];
}
