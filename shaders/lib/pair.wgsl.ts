import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/**
 * Terms of a long sum that are added in f32 before they go into a pair: so it is good to some SUM_BLOCK units of 2^-24 of its
 * terms' sizes, however many there are.
 */
export const SUM_BLOCK = 16;

/**
 * Pairs: a number held as the unevaluated sum of two f32, about 48 bits. `seal` passes a value through an exclusive or
 * with params.zero, a uniform that is 0 only at run time, so that no compiler can cancel (a + b) - a; fma is never
 * relied upon, because adapters may split it. `type` is f32 or vec4f; every name ends in `suffix`, for kernels that have both.
 *
 *   two_sum    high + low = a + b exactly              (Knuth)
 *   two_prod   high + low = a * b exactly              (Dekker, split by a bit mask: 12 + 12 bits)
 *   add        (high, low) + x, renormalised; relative error about 2^-47
 *   add_pairs  the sum of two pairs, renormalised; error about 2^-47 of the larger
 *   scaled     (high, low) * x, not renormalised; relative error about 2^-46, none for x = 1
 */
export function pairArithmetic(type: "f32" | "vec4f", suffix = ""): string {
  const bits = type === "f32" ? "u32" : "vec4u";
  return wgsl`
struct Pair${suffix} {
  high: ${type},
  low: ${type},
}

fn seal${suffix}(x: ${type}) -> ${type} {
  return bitcast<${type}>(bitcast<${bits}>(x) ^ ${bits}(params.zero));
}

fn two_sum${suffix}(a: ${type}, b: ${type}) -> Pair${suffix} {
  let sum = seal${suffix}(a + b);
  let from_b = seal${suffix}(sum - a);
  let from_a = seal${suffix}(sum - from_b);
  return Pair${suffix}(sum, seal${suffix}(a - from_a) + seal${suffix}(b - from_b));
}

fn fast_two_sum${suffix}(a: ${type}, b: ${type}) -> Pair${suffix} {
  let sum = seal${suffix}(a + b);
  return Pair${suffix}(sum, b - seal${suffix}(sum - a));
}

fn upper_half${suffix}(x: ${type}) -> ${type} {
  return bitcast<${type}>(bitcast<${bits}>(x) & ${bits}(0xfffff000u));
}

fn two_prod${suffix}(a: ${type}, b: ${type}) -> Pair${suffix} {
  let product = seal${suffix}(a * b);
  let a_high = upper_half${suffix}(a);
  let b_high = upper_half${suffix}(b);
  let a_low = a - a_high;
  let b_low = b - b_high;
  let rest = seal${suffix}(seal${suffix}(seal${suffix}(a_high * b_high) - product) + seal${suffix}(a_high * b_low));
  return Pair${suffix}(product, seal${suffix}(rest + seal${suffix}(a_low * b_high)) + a_low * b_low);
}

fn add${suffix}(p: Pair${suffix}, x: ${type}) -> Pair${suffix} {
  let sum = two_sum${suffix}(p.high, x);
  return fast_two_sum${suffix}(sum.high, sum.low + p.low);
}

fn add_pairs${suffix}(p: Pair${suffix}, q: Pair${suffix}) -> Pair${suffix} {
  let sum = two_sum${suffix}(p.high, q.high);
  return fast_two_sum${suffix}(sum.high, sum.low + (p.low + q.low));
}

fn scaled${suffix}(p: Pair${suffix}, x: ${type}) -> Pair${suffix} {
  let product = two_prod${suffix}(p.high, x);
  return Pair${suffix}(product.high, product.low + p.low * x);
}
`;
}
