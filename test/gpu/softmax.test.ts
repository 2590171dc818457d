import { softmax } from "../../src/kernels/softmax.ts";
import { kernelSuite } from "../support/kernel-suite.ts";
import { SOFTMAX_CASES } from "../support/softmax-cases.ts";

kernelSuite(softmax, SOFTMAX_CASES, [
  ["max(peak, logits[v * params.stride + j])", "logits[v * params.stride + j]"],
  ["exp(logits[i] - peak)", "exp(logits[i])"],
  ["block += term;", "block += logits[i] * 0.5;"],
  ["total = add(total, block);", "total.high += block;"],
  ["first += 16u", "first += 17u"],
  ["/= total.high", "/= f32(params.words)"],
  ["logits[i] = term;", ""],
  ["if (j >= params.contexts) {", "if (j > params.contexts) {"],
]);
