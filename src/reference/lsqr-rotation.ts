/** The numbers of an LSQR run, in Paige and Saunders' letters where they have one. */
export interface LsqrNumbers {
  /** β² and (α β)²: the squared norms that the pass has found. */
  readonly leftSquared: number;
  readonly rightSquared: number;
  /** α / β and 1 / (α β). */
  readonly leftFactor: number;
  readonly rightInverse: number;
  readonly rhoBar: number;
  readonly phiBar: number;
  /** φ / ρ and θ / ρ. */
  readonly step: number;
  readonly back: number;
  /** Largest α² + β² so far. */
  readonly largest: number;
  readonly passes: number;
  /** 1 once nothing moves any more. */
  readonly ended: number;
}

/** The numbers of one pass of LSQR in float64 (Paige and Saunders 1982, section 4.1), from those before it. */
export function lsqrRotation(
  before: LsqrNumbers,
  limits: { residual: number; angle: number; passes: number },
): LsqrNumbers {
  const beta = Math.sqrt(before.leftSquared);
  const right = Math.sqrt(before.rightSquared);
  const alpha = ratio(right, beta);
  const scaled = { ...before, leftFactor: ratio(alpha, beta), rightInverse: ratio(1, right), step: 0, back: 0 };
  if (before.ended) return scaled;
  const moved =
    before.passes === 0 ? { rhoBar: alpha, phiBar: beta, largest: alpha ** 2 } : rotate(before, alpha, beta);
  const passes = before.passes + 1;
  const isSolved =
    moved.phiBar <= limits.residual || ratio(Math.abs(moved.rhoBar), Math.sqrt(moved.largest)) <= limits.angle;
  return { ...scaled, ...moved, passes, ended: isSolved || passes >= limits.passes ? 1 : 0 };
}

type Rotated = Pick<LsqrNumbers, "step" | "back" | "rhoBar" | "phiBar" | "largest">;

function rotate({ rhoBar, phiBar, largest }: LsqrNumbers, alpha: number, beta: number): Rotated {
  const rho = Math.hypot(rhoBar, beta);
  const [c, s] = [ratio(rhoBar, rho), ratio(beta, rho)];
  return {
    step: ratio(c * phiBar, rho),
    back: ratio(s * alpha, rho),
    rhoBar: -c * alpha,
    phiBar: s * phiBar,
    largest: Math.max(largest, alpha ** 2 + beta ** 2),
  };
}

const ratio = (a: number, b: number): number => (b > 0 ? a / b : 0);
