import { expect } from "vitest";
import { randomProblems } from "../../src/kernels/random-problems.ts";
import { randomProblems as reference, type RandomProblemsShape } from "../../src/reference/random-problems.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

// u > 2^-24
const LARGEST_RADIUS = Math.sqrt(48 * Math.LN2);

function drawCase(name: string, shape: RandomProblemsShape): KernelCase {
  const { seed, probability, support, ...sizes } = shape;
  const expected = reference(shape);
  return {
    name,
    params: {
      seed_low: seed >>> 0,
      seed_high: Math.floor(seed / 2 ** 32),
      ...sizes,
      support,
      flat: probability === "dirichlet" ? 1 : 0,
    },
    arrays: {},
    check: (found, { tokens }) => {
      // the logarithm is within 10 units of its size (4 of them from k log 2, which is at most twice the result), its root
      // within 5 and the 9 that WGSL allows sqrt; sine and cosine are 8 units off, the product one
      requireClose("embeddings", found.embeddings!, expected.embeddings, 24 * F32_UNIT * LARGEST_RADIUS);
      expect(tokens).toEqual(expected.tokens);
      // 10 units of each exponential and of their sum, whose terms are positive, and 5 of the division
      requireClose(
        "probabilities",
        found.probabilities!,
        expected.probabilities,
        (i) => (support + 26) * F32_UNIT * expected.probabilities[i]!,
      );
    },
  };
}

const PAPER = { contexts: 50, dim: 60, words: 10, support: 6, probability: "dirichlet" } as const;

kernelSuite(
  randomProblems,
  [
    drawCase("two problems of the paper's size", { ...PAPER, seed: 1, first: 0, count: 2 }),
    drawCase("the last numbers, a large seed", {
      ...{ seed: 2 ** 53 - 1, first: 2 ** 32 - 2, count: 2, contexts: 3, dim: 7, words: 5, support: 3 },
      probability: "uniform",
    }),
    drawCase("one word of many, one dimension", {
      ...{ seed: 7, first: 99, count: 40, contexts: 1, dim: 1, words: 65536, support: 1 },
      probability: "dirichlet",
    }),
    drawCase("all words", {
      ...{ seed: 8, first: 1, count: 1, contexts: 2, dim: 2, words: 33, support: 33 },
      probability: "dirichlet",
    }),
    // found by trying: the first word of draw 52 is one too many
    drawCase("a draw from a second word", {
      ...{ seed: 3, first: 38680, count: 1, contexts: 1, dim: 1, words: 65535, support: 64 },
      probability: "uniform",
    }),
  ],
  [
    ["round < 10u", "round < 9u"],
    ["(carry >> 16u)", "0u"],
    ["params.first + row / params.contexts", "row / params.contexts"],
    ["row % params.contexts, purpose", "row, purpose"],
    ["vec2u(params.seed_low, params.seed_high)", "vec2u(params.seed_low, 0u)"],
    ["mantissa *= 0.5;", ""],
    ["f32(k) * 0.6931472", "f32(k) * 0.69315"],
    ["z * (1.0 / 5040.0 - z * (1.0 / 362880.0))", "0.0"],
    ["radius * vec2f(-sine, cosine)", "radius * vec2f(sine, cosine)"],
    ["words.x * n >= excess", "true"],
    ["token = last;", ""],
    ["last + 1u", "last"],
    ["tokens[start + place - 1u] > token", "false"],
    ["params.flat == 0u", "params.flat == 2u"],
    ["i < min(4u * block + 4u, params.support)", "i < min(4u * block + 3u, params.support)"],
    ["probabilities[start + i] /= sum;", ""],
    ["row >= rows", "row > rows"],
    ["min(4u * block + 4u, params.dim)", "min(4u * block + 3u, params.dim)"],
  ],
);
