import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { lsqrScalars } from "./lib/lsqr-scalars.wgsl.ts";

export const lsqrRotationSource = (): string => wgsl`
// lsqr-rotation: the numbers of one pass of LSQR: the plane rotation that keeps the bidiagonal matrix upper triangular.
//
//   beta = sqrt(LEFT_SQUARED),  alpha beta = sqrt(RIGHT_SQUARED)
//   first pass    rho-bar = alpha,  phi-bar = beta
//   other passes  rho = sqrt(rho-bar^2 + beta^2),  c = rho-bar / rho,  s = beta / rho
//                 STEP = c phi-bar / rho,  BACK = s alpha / rho,  rho-bar <- -c alpha,  phi-bar <- s phi-bar
//   the last pass is that with phi-bar <= residual_tolerance or |rho-bar| <= angle_tolerance ||A||, or number most_passes;
//   after it STEP = 0: past the solution the vectors are rounding, and steps along them would spoil it
//
// shapes    scalars [length], places in lib/lsqr-scalars.wgsl.ts
// dispatch  one thread
// order     as written
// assumes   finite squares, a right-hand side of norm 1; a vector of norm zero ends the recurrence, which then stands still
// mirror    src/reference/lsqr-rotation.ts

struct Params {
  length: u32,
  residual_tolerance: f32,
  angle_tolerance: f32,
  most_passes: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> scalars: array<f32>;
${lsqrScalars}
fn ratio(a: f32, b: f32) -> f32 {
  if (b > 0.0) {
    return a / b;
  }
  return 0.0;
}

fn rotate(alpha: f32, beta: f32) {
  let rho_bar = scalars[RHO_BAR];
  let phi_bar = scalars[PHI_BAR];
  let rho = sqrt(rho_bar * rho_bar + beta * beta);
  let c = ratio(rho_bar, rho);
  let s = ratio(beta, rho);
  scalars[STEP] = ratio(c * phi_bar, rho);
  scalars[BACK] = ratio(s * alpha, rho);
  scalars[RHO_BAR] = -c * alpha;
  scalars[PHI_BAR] = s * phi_bar;
}

@compute @workgroup_size(1)
fn lsqr_rotation_main(@builtin(workgroup_id) group: vec3u) {
  if (group.x + group.y > 0u || params.length <= ENDED) {
    return;
  }
  let beta = sqrt(scalars[LEFT_SQUARED]);
  let right = sqrt(scalars[RIGHT_SQUARED]);
  let alpha = ratio(right, beta);
  scalars[LEFT_FACTOR] = ratio(alpha, beta);
  scalars[RIGHT_INVERSE] = ratio(1.0, right);
  if (scalars[ENDED] == 1.0) {
    scalars[STEP] = 0.0;
    scalars[BACK] = 0.0;
    return;
  }
  if (scalars[PASSES] == 0.0) {
    scalars[STEP] = 0.0;
    scalars[BACK] = 0.0;
    scalars[RHO_BAR] = alpha;
    scalars[PHI_BAR] = beta;
    scalars[LARGEST] = alpha * alpha;
  } else {
    rotate(alpha, beta);
    scalars[LARGEST] = max(scalars[LARGEST], alpha * alpha + beta * beta);
  }
  scalars[PASSES] += 1.0;
  let angle = params.angle_tolerance * sqrt(scalars[LARGEST]);
  let is_solved = scalars[PHI_BAR] <= params.residual_tolerance || abs(scalars[RHO_BAR]) <= angle;
  if (is_solved || scalars[PASSES] >= params.most_passes) {
    scalars[ENDED] = 1.0;
  }
}
`;
