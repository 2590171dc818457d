import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementary } from "./elementary.wgsl.ts";

/**
 * The residual of one context, all its words in registers: R_v = pi (q_v - p_v) with q the softmax of x + log p, where
 * log p counts on the support only. With t = x - sum p x, s = sum p (e^t - 1) and the sum E of e^t off the support,
 *
 *   R_v = pi p_v (e^t_v - 1 - s - E) / (1 + s + E)   on the support
 *   R_v = pi e^t_v / (1 + s + E)                     off it
 *
 * with e^t - 1 to its own digits where t is near 0, and s as the sum of the very terms that it is taken from: so the
 * residual sums to 0 but for its own roundings, however large x is beside its differences. scale = e^-shift keeps every sum in range.
 */
export const oneWorkgroupFunctions: string = wgsl`${elementary}
// e^60: sums of exponentials above it are scaled down
const LARGEST_EXPONENT = 60.0;

// exponential - scale for exponential = scale e^x
fn less_scale(exponential: f32, x: f32, scale: f32) -> f32 {
  return select(exponential - scale, scale * (x + small_exp_minus_one_minus(x)), abs(x) < 0.5);
}
`;

/**
 * Statements that give residual(v), from x(v) and p(v), for one context of weight `weight`.
 * `use(v, residual)` is the statement that uses it.
 */
export function oneWorkgroupResidual(
  words: number,
  x: (v: number) => string,
  p: (v: number) => string,
  weight: string,
  use: (v: number, residual: string) => string,
): string {
  const range = Array.from({ length: words }, (_, v) => v);
  const each = (line: (v: number) => string): string => range.map((v) => `      ${line(v)}`).join("\n");
  const sum = (term: (v: number) => string): string => range.map(term).join(" + ");
  return wgsl`
${each((v) => `let x_${v} = ${x(v)};`)}
${each((v) => `let p_${v} = ${p(v)};`)}
      let mean = ${sum((v) => `p_${v} * x_${v}`)};
${each((v) => `let t_${v} = x_${v} - mean;`)}
      let peak = ${range.slice(1).reduce((peak, v) => `max(${peak}, t_${v})`, "t_0")};
      let shift = max(peak - LARGEST_EXPONENT, 0.0);
      let scale = exp(-shift);
${each((v) => `let e_${v} = exp(t_${v} - shift);`)}
${each((v) => `let a_${v} = less_scale(e_${v}, t_${v}, scale);`)}
      let excess = ${sum((v) => `p_${v} * a_${v}`)};
      let off_sum = ${sum((v) => `select(e_${v}, 0.0, p_${v} > 0.0)`)};
      let share = ${weight} / (scale + excess + off_sum);
${each((v) => use(v, `share * select(e_${v}, p_${v} * (a_${v} - excess - off_sum), p_${v} > 0.0)`))}
`;
}
