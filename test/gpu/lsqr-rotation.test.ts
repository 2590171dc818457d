import { LSQR_SCALAR_COUNT, LSQR_SCALARS as AT } from "../../shaders/lib/lsqr-scalars.wgsl.ts";
import { lsqrRotation } from "../../src/kernels/lsqr-rotation.ts";
import { lsqrRotation as reference, type LsqrNumbers } from "../../src/reference/lsqr-rotation.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

const LIMITS = { residual: 2 ** -10, angle: 2 ** -12, passes: 9 };
/** A pass in the middle of a run, far from its end. */
const MIDDLE: Partial<LsqrNumbers> = {
  rhoBar: -1.5,
  phiBar: 0.75,
  largest: 2,
  passes: 4,
  leftSquared: 1.21,
  rightSquared: 0.64,
};

function rotationCase(name: string, numbers: Partial<LsqrNumbers>): KernelCase {
  // what the pass does not read holds something else than it should write
  const unread = { leftFactor: 71, rightInverse: 72, step: 73, back: 74 };
  const zero = { leftSquared: 0, rightSquared: 0, rhoBar: 0, phiBar: 0, largest: 0, passes: 0, ended: 0 };
  const scalars = toArray({ ...zero, ...unread, ...numbers });
  const expected = toArray(reference({ ...zero, ...unread, ...numbers }, LIMITS));
  return {
    name,
    params: {
      length: LSQR_SCALAR_COUNT,
      residual_tolerance: LIMITS.residual,
      angle_tolerance: LIMITS.angle,
      most_passes: LIMITS.passes,
    },
    arrays: { scalars },
    // up to five operations on positive numbers, and roots and quotients that WGSL allows 2.5 units: no more than 16 units
    check: (found) =>
      requireClose("scalars", found.scalars!, expected, (i) => 16 * 2 * F32_UNIT * Math.abs(expected[i]!)),
  };
}

function toArray(numbers: LsqrNumbers): Float32Array {
  const values = new Float32Array(LSQR_SCALAR_COUNT).fill(NaN);
  for (const name of Object.keys(AT) as (keyof LsqrNumbers)[]) values[AT[name]] = numbers[name];
  return values;
}

const cases = [
  rotationCase("the first pass", { leftSquared: 0.81, rightSquared: 2.5, rhoBar: 3, phiBar: 5 }),
  rotationCase("a pass in the middle", MIDDLE),
  rotationCase("a larger norm of A than before", { ...MIDDLE, leftSquared: 6, rightSquared: 30 }),
  rotationCase("a left vector of norm zero", { ...MIDDLE, leftSquared: 0, rightSquared: 0 }),
  rotationCase("a right vector of norm zero", { ...MIDDLE, rightSquared: 0 }),
  rotationCase("a residual small enough", { ...MIDDLE, phiBar: 2 ** -10 }),
  rotationCase("an angle small enough", { ...MIDDLE, rhoBar: 2 ** -12 }),
  rotationCase("an angle small enough for this ‖A‖ alone", { ...MIDDLE, rhoBar: 2 ** -10, largest: 2 ** 6 }),
  rotationCase("the last pass allowed", { ...MIDDLE, passes: 8 }),
  rotationCase("a pass after the end", { ...MIDDLE, passes: 8, ended: 1 }),
];

kernelSuite(lsqrRotation, cases, [
  ["c * phi_bar, rho", "s * phi_bar, rho"],
  ["ratio(s * alpha, rho)", "ratio(c * alpha, rho)"],
  ["-c * alpha", "c * alpha"],
  ["scalars[PHI_BAR] = s * phi_bar", "scalars[PHI_BAR] = c * phi_bar"],
  ["rho_bar * rho_bar + beta * beta", "rho_bar * rho_bar + beta"],
  ["scalars[LEFT_FACTOR] = ratio(alpha, beta)", "scalars[LEFT_FACTOR] = alpha"],
  ["ratio(1.0, right)", "ratio(1.0, alpha)"],
  ["max(scalars[LARGEST], alpha * alpha + beta * beta)", "alpha * alpha + beta * beta"],
  ["if (b > 0.0) {", "if (b > 2.0) {"],
  ["scalars[PASSES] += 1.0;", ""],
  ["scalars[PHI_BAR] <= params.residual_tolerance || ", ""],
  [" || abs(scalars[RHO_BAR]) <= angle", ""],
  ["params.angle_tolerance * sqrt(scalars[LARGEST])", "params.angle_tolerance"],
  [" || scalars[PASSES] >= params.most_passes", ""],
  ["if (scalars[ENDED] == 1.0) {", "if (scalars[ENDED] == 2.0) {"],
  ["if (scalars[PASSES] == 0.0) {", "if (scalars[PASSES] == 1.0) {"],
]);
