/** Where the numbers of a run of conjugate gradients stand in its array `scalars`. */
export const CG_SCALARS = {
  /** lambda of the matrix C + lambda I. */
  ridge: 0,
  /** Square of the norm of the residual. */
  residualSquared: 1,
  /** Square of the norm of the direction. */
  directionSquared: 2,
  /** How far the iterate goes along the direction. */
  step: 3,
  /** What the next direction takes over of its predecessor. */
  factor: 4,
  /** Passes until the end. */
  passes: 5,
  /** 1 once the residual is small enough, or passes have run out: from then on the iterate stays as it is. */
  ended: 6,
} as const;

/** Length of `scalars`. */
export const CG_SCALAR_COUNT: number = Object.keys(CG_SCALARS).length;

/** The same places as constants of WGSL: RESIDUAL_SQUARED and so on. */
export const cgScalars: string = Object.entries(CG_SCALARS)
  .map(([name, place]) => `const ${name.replace(/[A-Z]/g, "_$&").toUpperCase()} = ${place}u;\n`)
  .join("");
