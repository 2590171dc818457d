/** direction of the kernel factor-direction, in float64. */
export const factorDirection = (
  { gradient, factors, direction }: Readonly<Record<"gradient" | "factors" | "direction", ArrayLike<number>>>,
  { decay, scale, ridge }: Readonly<Record<"decay" | "scale" | "ridge", number>>,
): Float64Array =>
  Float64Array.from(direction, (before, i) => decay * before + scale * (gradient[i]! + ridge * factors[i]!));
