import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/**
 * Pairs: a number held as the unevaluated sum of two f32, about 48 bits. `seal` passes a value through an exclusive or
 * with params.zero, a uniform that is 0 only at run time, so that no compiler can cancel (a + b) - a; fma is never
 * relied upon, because adapters may split it. `type` is f32 or vec4f.
 *
 *   two_sum    high + low = a + b exactly              (Knuth)
 *   two_prod   high + low = a * b exactly              (Dekker, split by a bit mask: 12 + 12 bits)
 *   add        (high, low) + x, renormalised; relative error about 2^-47
 *   add_pairs  the sum of two pairs, renormalised; error about 2^-47 of the larger
 *   scaled     (high, low) * x, not renormalised; relative error about 2^-46, none for x = 1
 */
export function pairArithmetic(type: "f32" | "vec4f"): string {
  const bits = type === "f32" ? "u32" : "vec4u";
  return wgsl`
struct Pair {
  high: ${type},
  low: ${type},
}

fn seal(x: ${type}) -> ${type} {
  return bitcast<${type}>(bitcast<${bits}>(x) ^ ${bits}(params.zero));
}

fn two_sum(a: ${type}, b: ${type}) -> Pair {
  let sum = seal(a + b);
  let from_b = seal(sum - a);
  let from_a = seal(sum - from_b);
  return Pair(sum, seal(a - from_a) + seal(b - from_b));
}

fn fast_two_sum(a: ${type}, b: ${type}) -> Pair {
  let sum = seal(a + b);
  return Pair(sum, b - seal(sum - a));
}

fn upper_half(x: ${type}) -> ${type} {
  return bitcast<${type}>(bitcast<${bits}>(x) & ${bits}(0xfffff000u));
}

fn two_prod(a: ${type}, b: ${type}) -> Pair {
  let product = seal(a * b);
  let a_high = upper_half(a);
  let b_high = upper_half(b);
  let a_low = a - a_high;
  let b_low = b - b_high;
  let rest = seal(seal(seal(a_high * b_high) - product) + seal(a_high * b_low));
  return Pair(product, seal(rest + seal(a_low * b_high)) + a_low * b_low);
}

fn add(p: Pair, x: ${type}) -> Pair {
  let sum = two_sum(p.high, x);
  return fast_two_sum(sum.high, sum.low + p.low);
}

fn add_pairs(p: Pair, q: Pair) -> Pair {
  let sum = two_sum(p.high, q.high);
  return fast_two_sum(sum.high, sum.low + (p.low + q.low));
}

fn scaled(p: Pair, x: ${type}) -> Pair {
  let product = two_prod(p.high, x);
  return Pair(product.high, product.low + p.low * x);
}
`;
}
