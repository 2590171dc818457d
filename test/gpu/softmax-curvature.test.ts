import { softmaxCurvature } from "../../src/kernels/softmax-curvature.ts";
import { softmax } from "../../src/reference/softmax.ts";
import { softmaxCurvature as reference } from "../../src/reference/softmax-curvature.ts";
import { SUM_BLOCK } from "../../shaders/lib/pair.wgsl.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

/** Rows of a softmax of logits of a given size; `total` is what they add up to. */
function curvatureCase(name: string, contexts: number, words: number, logitSize: number, total = 1): KernelCase {
  const stride = Math.ceil(contexts / 4) * 4;
  const q = Float32Array.from(softmax(normals(1, words * stride, logitSize), words, stride), (x) => total * x);
  return caseOf(name, { contexts, words, stride }, q, normals(3, words * stride));
}

/** Even probabilities, and a direction of two values in turn: what rounding takes from their sums has one sign. */
function evenCase(name: string, words: number): KernelCase {
  const stride = 4;
  const u = new Float32Array(words * stride).map((_, i) => (1 + 0.1 * (i % stride)) * (i % 8 < stride ? 0.2 : 1.8));
  return caseOf(
    name,
    { contexts: stride, words, stride },
    u.map(() => 1 / words),
    u,
  );
}

function caseOf(
  name: string,
  { contexts, words, stride }: Record<"contexts" | "words" | "stride", number>,
  q: Float32Array,
  u: Float32Array,
): KernelCase {
  const shape = { words, stride };
  const weights = normals(2, contexts).map(Math.abs);
  const expected = reference(q, weights, u, shape);
  // The mean is a quotient of two sums by blocks: good to (terms + 4) units of the largest |u|. What is above it
  // inherits that, and has two products before it.
  const terms = Math.min(words, SUM_BLOCK);
  const largest = new Float64Array(stride);
  u.forEach((x, i) => (largest[i % stride] = Math.max(largest[i % stride]!, Math.abs(x))));
  const aboveError = (j: number): number => (terms + 6) * F32_UNIT * largest[j]!;
  const massOf = (i: number): number => weights[i % stride]! * q[i]!;
  return {
    name,
    params: { contexts, ...shape, zero: 0 },
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
      // q adds up to 1.01 at most; by Cauchy and Schwarz the error of a square root of a sum of squares is that of its terms
      requireClose("energies", found.energies!, expected.energies, (j) => {
        const error = aboveError(j) * Math.sqrt(1.01 * weights[j]!);
        const size = Math.sqrt(expected.energies[j]!);
        return 2 * error * size + error ** 2 + (terms + 6) * F32_UNIT * size ** 2 + words * 2 ** -126;
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
    evenCase("twenty thousand words of even probabilities", 20_011),
  ],
  [
    ["let mean = sum.high / total.high;", "let mean = sum.high;"],
    ["let mean = sum.high / total.high;", "let mean = sum.high / f32(params.words);"],
    ["sum_block += q[i] * product[i];", "sum_block += product[i];"],
    ["sum = add(sum, sum_block);", "sum.high += sum_block;"],
    ["total = add(total, total_block);", "total.high += total_block;"],
    ["energy = add(energy, energy_block);", "energy.high += energy_block;"],
    ["product[i] - mean", "product[i]"],
    ["weights[j] * q[i] * above", "q[i] * above"],
    ["weights[j] * q[i] * above", "weights[j] * above"],
    ["energy_block += curved * above", "energy_block += above * above"],
    ["energy_block += curved * above", "energy_block += curved * curved"],
    ["product[i] = curved;", ""],
    ["if (j >= params.contexts) {", "if (j > params.contexts) {"],
  ],
);
