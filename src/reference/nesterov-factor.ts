/** The state [t, factor] that follows t, in float64: Nesterov's sequence, restarted where the overlaps add up to more than zero. */
export function nesterovFactor(overlap: ArrayLike<number>, t: number): [t: number, factor: number] {
  let sum = 0;
  for (let j = 0; j < overlap.length; j++) sum += overlap[j]!;
  if (sum > 0) return [1, 0];
  const next = (1 + Math.sqrt(1 + 4 * t * t)) / 2;
  return [next, (t - 1) / next];
}
