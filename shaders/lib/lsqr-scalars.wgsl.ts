/** Where the numbers of an LSQR run stand in its array `scalars`, and what each is (Paige and Saunders' letters). */
export const LSQR_SCALARS = {
  /** Square of the norm of the left vector before normalisation: beta^2. */
  leftSquared: 0,
  /** Square of the norm of the right vector before normalisation: (alpha beta)^2. */
  rightSquared: 1,
  /** alpha / beta: what the next left vector takes off its predecessor. */
  leftFactor: 2,
  /** rho-bar; its size is ||A^T r|| / ||r|| of the iterate. */
  rhoBar: 3,
  /** phi-bar = ||r|| of the iterate. */
  phiBar: 4,
  /** phi / rho: how far the iterate goes along the direction. */
  step: 5,
  /** theta / rho: what the next direction takes off its predecessor. */
  back: 6,
  /** 1 / (alpha beta), or 0 where that is 0. */
  rightInverse: 7,
  /** Largest alpha^2 + beta^2 so far: ||A||^2 to a factor of two. */
  largest: 8,
  /** Passes until the end; the first only starts the recurrence. */
  passes: 9,
  /** 1 once the iterate is the solution, or passes have run out: from then on it stays as it is. */
  ended: 10,
} as const;

/** Length of `scalars`. */
export const LSQR_SCALAR_COUNT: number = Object.keys(LSQR_SCALARS).length;

/** The same places as constants of WGSL: LEFT_SQUARED and so on. */
export const lsqrScalars: string = Object.entries(LSQR_SCALARS)
  .map(([name, place]) => `const ${name.replace(/[A-Z]/g, "_$&").toUpperCase()} = ${place}u;\n`)
  .join("");
