/** How far step number `taken` + 1 goes along a direction of squared norm `normSquared`, in float64; 0 along none. */
export function stepLength(
  { stepSize, slowing }: { stepSize: number; slowing: number },
  taken: number,
  normSquared: number,
): number {
  return normSquared > 0 ? stepSize / Math.sqrt(1 + slowing * taken) / Math.sqrt(normSquared) : 0;
}
