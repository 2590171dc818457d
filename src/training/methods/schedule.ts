/** What a schedule is to the kernels: step k = taken + 1 has the size η / (√(1 + slowing · taken) (1 + falling · taken)). */
export interface Pace {
  readonly slowing: number;
  readonly falling: number;
}

/** The schedules of the step size: what η is divided by in step k = 1, 2, … (nothing for a constant one), and their pace. */
const PACES = {
  constant: { divisor: "", pace: { slowing: 0, falling: 0 } },
  "inverse-sqrt": { divisor: "√k", pace: { slowing: 1, falling: 0 } },
  inverse: { divisor: "k", pace: { slowing: 0, falling: 1 } },
} as const satisfies Record<string, { readonly divisor: string; readonly pace: Pace }>;

/** The step size of step k = 1, 2, …: η, η / √k, or η / k. */
export type Schedule = keyof typeof PACES;

export const SCHEDULES = Object.keys(PACES) as readonly Schedule[];

/** What η is divided by in step k, for people; nothing under a constant schedule. */
export const divisorOf = ({ schedule }: { readonly schedule: Schedule }): string => PACES[schedule].divisor;

export const paceOf = ({ schedule }: { readonly schedule: Schedule }): Pace => PACES[schedule].pace;
