import { softmaxCurvature } from "../../src/kernels/softmax-curvature.ts";
import { softmax } from "../../src/reference/softmax.ts";
import { softmaxCurvature as reference } from "../../src/reference/softmax-curvature.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

/** Rows of a softmax of logits of a given size; `total` is what they add up to. */
function curvatureCase(name: string, contexts: number, words: number, logitSize: number, total = 1): KernelCase {
  const stride = Math.ceil(contexts / 4) * 4;
  const shape = { words, stride };
  const q = Float32Array.from(softmax(normals(1, words * stride, logitSize), words, stride), (x) => total * x);
  const weights = normals(2, contexts).map(Math.abs);
  const u = normals(3, words * stride);
  const expected = reference(q, weights, u, shape);
  // The mean is a quotient of two sums of `words` terms: good to (words + 4) units of the largest |u|. What is above it
  // inherits that, and has two products before it.
  const largest = (j: number): number =>
    Array.from({ length: words }, (_, v) => Math.abs(u[v * stride + j]!)).reduce((a, b) => Math.max(a, b));
  const aboveError = (j: number): number => (words + 6) * F32_UNIT * largest(j);
  const massOf = (i: number): number => weights[i % stride]! * q[i]!;
  return {
    name,
    params: { contexts, ...shape },
    arrays: { q, weights, product: u },
    check: (found) => {
      requireClose(
        "curved",
        found.product!,
        expected.curved.map((value, i) => (i % stride < contexts ? value : u[i]!)),
        (i) =>
          i % stride < contexts
            ? massOf(i) * aboveError(i % stride) + 4 * F32_UNIT * Math.abs(expected.curved[i]!) + 2 ** -126
            : 0,
      );
      // by Cauchy and Schwarz the error of a square root of a sum of squares is that of its terms
      requireClose("energies", found.energies!, expected.energies, (j) => {
        const error = aboveError(j) * Math.sqrt(weights[j]! * total);
        const size = Math.sqrt(expected.energies[j]!);
        return 2 * error * size + error ** 2 + (words + 6) * F32_UNIT * size ** 2 + words * 2 ** -126;
      });
    },
  };
}

kernelSuite(
  softmaxCurvature,
  [
    curvatureCase("two words", 1, 2, 1),
    curvatureCase("even probabilities, columns to spare", 5, 17, 0.1),
    curvatureCase("more contexts than a workgroup has threads", 70, 9, 2),
    curvatureCase("nearly all on one word", 6, 12, 20),
    curvatureCase("q that adds up to 1.01", 6, 12, 1, 1.01),
  ],
  [
    ["let mean = sum / total;", "let mean = sum;"],
    ["let mean = sum / total;", "let mean = sum / f32(params.words);"],
    ["sum += q[i] * product[i];", "sum += product[i];"],
    ["product[i] - mean", "product[i]"],
    ["weights[j] * q[i] * above", "q[i] * above"],
    ["weights[j] * q[i] * above", "weights[j] * above"],
    ["energy += curved * above", "energy += above * above"],
    ["energy += curved * above", "energy += curved * curved"],
    ["product[i] = curved;", ""],
    ["if (j >= params.contexts) {", "if (j > params.contexts) {"],
  ],
);
