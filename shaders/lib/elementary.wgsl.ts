import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/**
 * Functions near their zero, where the built-in exp and log lose every digit:
 *
 *   exp_minus_one(x)         e^x - 1            |x| < 1/2: x (1 + x/2 + ... + x^9/10!), rest below 2^-10 / 11! = 2.4e-11 relative
 *   exp_minus_one_minus(x)   e^x - 1 - x        |x| < 1/2: x^2 (1/2 + x/6 + ... + x^8/10!), rest below 5e-11 relative
 *   log_one_plus(x), x >= 0  log(1 + x)         x < 1/4: 2 atanh(x / (2 + x)), s <= 1/9, rest below s^10 / 11 = 2.6e-11 relative
 */
export const elementary: string = wgsl`
fn exp_minus_one(x: f32) -> f32 {
  if (abs(x) < 0.5) {
    return x + exp_minus_one_minus(x);
  }
  return exp(x) - 1.0;
}

fn exp_minus_one_minus(x: f32) -> f32 {
  if (abs(x) < 0.5) {
    return small_exp_minus_one_minus(x);
  }
  return exp(x) - 1.0 - x;
}

fn small_exp_minus_one_minus(x: f32) -> f32 {
  let tail = 1.0 / 40320.0 + x * (1.0 / 362880.0 + x * (1.0 / 3628800.0));
  return x * x * (0.5 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 + x * (1.0 / 720.0 + x * (1.0 / 5040.0 + x * tail))))));
}

fn log_one_plus(x: f32) -> f32 {
  if (x < 0.25) {
    let s = x / (2.0 + x);
    let s2 = s * s;
    return 2.0 * s * (1.0 + s2 * (1.0 / 3.0 + s2 * (0.2 + s2 * (1.0 / 7.0 + s2 * (1.0 / 9.0)))));
  }
  return log(1.0 + x);
}
`;
