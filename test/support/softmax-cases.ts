import { softmax as reference } from "../../src/reference/softmax.ts";
import { SUM_BLOCK } from "../../shaders/lib/pair.wgsl.ts";
import { F32_UNIT, requireClose } from "./compare.ts";
import { normals } from "./draw.ts";
import type { KernelCase } from "./kernel-suite.ts";

function softmaxCase(name: string, contexts: number, words: number, scale: number, offset = 0): KernelCase {
  const stride = Math.ceil(contexts / 4) * 4;
  return caseOf(
    name,
    { contexts, words, stride },
    normals(5, words * stride, scale).map((logit) => logit + offset),
  );
}

/** A word above all others, which are equal: what rounding takes from their sum has one sign. */
function evenCase(name: string, words: number): KernelCase {
  const stride = 4;
  const logits = new Float32Array(words * stride).map((_, i) => -0.1 - 0.2 * (i % stride));
  return caseOf(name, { contexts: stride, words, stride }, logits.fill(0, 0, stride));
}

function caseOf(
  name: string,
  { contexts, words, stride }: Record<"contexts" | "words" | "stride", number>,
  logits: Float32Array,
): KernelCase {
  const expected = reference(logits, words, stride);
  return {
    name,
    params: { contexts, words, stride, zero: 0 },
    arrays: { logits },
    check: (found) =>
      requireClose(
        "q",
        found.logits!,
        expected.map((value, i) => (i % stride < contexts ? value : logits[i]!)),
        // the built-in exp is good to 3 + 2|x| units of 2^-23, and its argument to half a unit of the logits; then sums of
        // SUM_BLOCK terms, of which pairs lose nothing, and a quotient of 2.5 units. Below 2^-126 a term may be zero.
        (i) => {
          if (i % stride >= contexts) return 0;
          const x = Math.abs(Math.log(expected[i]!)) + Math.log(words);
          return (2 * (3 + 2 * x) + 2 * x + SUM_BLOCK + 8) * F32_UNIT * expected[i]! + 2 ** -126;
        },
      ),
  };
}

export const SOFTMAX_CASES: readonly KernelCase[] = [
  softmaxCase("one word", 3, 1, 2),
  softmaxCase("logits of tens, columns to spare", 5, 17, 30),
  softmaxCase("logits of hundreds, the largest in any place", 40, 9, 100),
  softmaxCase("logits whose exponentials overflow", 70, 9, 3, 200),
  softmaxCase("logits whose exponentials vanish", 4, 33, 1, -300),
  evenCase("twenty thousand words", 20_011),
];
