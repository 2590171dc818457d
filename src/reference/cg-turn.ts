/** The numbers of a run of conjugate gradients that a pass ends with. */
export interface CgNumbers {
  readonly residualSquared: number;
  readonly directionSquared: number;
  readonly factor: number;
  readonly passes: number;
  /** 1 once nothing moves any more. */
  readonly ended: number;
}

/** The numbers of the next pass in float64, from those before it and ‖r‖² of the residual that it has found. */
export function cgTurn(before: CgNumbers, square: number, limits: { residual: number; passes: number }): CgNumbers {
  if (before.ended) return before;
  const factor = square / before.residualSquared;
  const passes = before.passes + 1;
  const ended = Math.sqrt(square) <= limits.residual || passes >= limits.passes;
  return {
    residualSquared: square,
    directionSquared: square + factor ** 2 * before.directionSquared,
    factor: ended ? 0 : factor,
    passes,
    ended: ended ? 1 : 0,
  };
}
