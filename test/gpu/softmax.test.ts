import { softmax } from "../../src/kernels/softmax.ts";
import { softmax as reference } from "../../src/reference/softmax.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function softmaxCase(name: string, contexts: number, words: number, scale: number, offset = 0): KernelCase {
  const stride = Math.ceil(contexts / 4) * 4;
  const logits = normals(5, words * stride, scale).map((logit) => logit + offset);
  const expected = reference(logits, words, stride);
  return {
    name,
    params: { contexts, words, stride },
    arrays: { logits },
    check: (found) =>
      requireClose(
        "q",
        found.logits!,
        expected.map((value, i) => (i % stride < contexts ? value : logits[i]!)),
        // the built-in exp is good to 3 + 2|x| units of 2^-23, and its argument to half a unit of the logits; then a sum of
        // as many terms as there are words, and a quotient of 2.5 units. Below 2^-126 a term may be zero.
        (i) => {
          if (i % stride >= contexts) return 0;
          const x = Math.abs(Math.log(expected[i]!)) + Math.log(words);
          return (2 * (3 + 2 * x) + 2 * x + words + 8) * F32_UNIT * expected[i]! + 2 ** -126;
        },
      ),
  };
}

kernelSuite(
  softmax,
  [
    softmaxCase("one word", 3, 1, 2),
    softmaxCase("logits of tens, columns to spare", 5, 17, 30),
    softmaxCase("logits of hundreds, the largest in any place", 40, 9, 100),
    softmaxCase("logits whose exponentials overflow", 70, 9, 3, 200),
    softmaxCase("logits whose exponentials vanish", 4, 33, 1, -300),
  ],
  [
    ["max(peak, logits[v * params.stride + j])", "logits[v * params.stride + j]"],
    ["exp(logits[i] - peak)", "exp(logits[i])"],
    ["total += term;", "total += logits[i] * 0.5;"],
    ["/= total", "/= f32(params.words)"],
    ["logits[i] = term;", ""],
    ["if (j >= params.contexts) {", "if (j > params.contexts) {"],
  ],
);
