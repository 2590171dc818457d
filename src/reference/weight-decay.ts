/** What the kernel weight-decay leaves of a pair, in float64. */
export const weightDecay = (
  { factors, factors_low, step_length }: Readonly<Record<"factors" | "factors_low" | "step_length", ArrayLike<number>>>,
  { ridge }: { readonly ridge: number },
): Float64Array => Float64Array.from(factors, (high, i) => high + factors_low[i]! - step_length[0]! * ridge * high);
