/** A step size and what it becomes, as a kernel has them. */
export interface ScheduledStep {
  readonly stepSize: number;
  readonly slowing: number;
  readonly falling: number;
}

/** The step size of step number `taken` + 1, in float64. */
export const scheduledStep = ({ stepSize, slowing, falling }: ScheduledStep, taken: number): number =>
  stepSize / (Math.sqrt(1 + slowing * taken) * (1 + falling * taken));

/** How far it goes along a steepest direction, whose gradient has so large a dual norm. */
export const steepestLength = (pace: ScheduledStep, taken: number, dualNorm: number): number =>
  scheduledStep(pace, taken) * dualNorm;

/** How far step number `taken` + 1 goes along a direction of squared norm `normSquared`, in float64; 0 along none. */
export function stepLength(pace: ScheduledStep, taken: number, normSquared: number): number {
  return normSquared > 0 ? scheduledStep(pace, taken) / Math.sqrt(normSquared) : 0;
}
