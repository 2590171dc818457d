/** The step of a pass of conjugate gradients along its direction p in float64, ⟨r, r⟩ / (⟨p, C p⟩ + λ⟨p, p⟩); 0 after the end. */
export function cgLength(
  energies: ArrayLike<number>,
  numbers: Record<"ridge" | "residualSquared" | "directionSquared" | "ended", number>,
): number {
  let curvature = numbers.ridge * numbers.directionSquared;
  for (let j = 0; j < energies.length; j++) curvature += energies[j]!;
  return numbers.ended || !(curvature > 0) ? 0 : numbers.residualSquared / curvature;
}
