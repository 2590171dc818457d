/** Times of the same work, repeated. */
export interface Timing {
  readonly medianMs: number;
  readonly leastMs: number;
  readonly mostMs: number;
  readonly repetitions: number;
}

export function timingOf(times: readonly number[]): Timing {
  return {
    medianMs: median(times),
    leastMs: Math.min(...times),
    mostMs: Math.max(...times),
    repetitions: times.length,
  };
}

/** The middle value, or the mean of the two there. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** ms of one iteration, `iterate(n)` making n and waiting for them, from as many as take `windowMs` together. */
export async function msPerIteration(iterate: (count: number) => Promise<void>, windowMs: number): Promise<number> {
  for (let count = 1; ;) {
    const begin = performance.now();
    await iterate(count);
    const elapsed = performance.now() - begin;
    if (elapsed >= windowMs) return elapsed / count;
    count = Math.ceil(count * Math.min(8, (1.3 * windowMs) / Math.max(elapsed, 0.1)));
  }
}

/** Three significant digits, without an exponent. */
export const formatMs = (ms: number): string =>
  ms >= 100 ? ms.toFixed(0) : ms.toFixed(Math.max(0, 2 - Math.floor(Math.log10(ms))));

export const formatSpread = ({ leastMs, mostMs }: Timing): string => `${formatMs(leastMs)} – ${formatMs(mostMs)}`;
