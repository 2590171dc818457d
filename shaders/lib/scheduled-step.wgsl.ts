/**
 * The expression of a schedule's step size after so many steps, from params.step_size, slowing and falling: slowing 1 divides by √k in
 * step k, falling 1 by k, and both are 0 for a constant one.
 */
export const scheduledStep = (taken: string): string =>
  `params.step_size / (sqrt(1.0 + params.slowing * f32(${taken})) * (1.0 + params.falling * f32(${taken})))`;
