import { supportAdjoint } from "../../src/kernels/support-adjoint.ts";
import { supportAdjoint as reference } from "../../src/reference/support-adjoint.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { drawPair, joinPair } from "../support/pairs.ts";

/** The contexts of each word; entries are numbered by context, as in the sparse rows. */
function stepCase(
  name: string,
  contextsOfWord: readonly (readonly number[])[],
  columns4: number,
  stepSize: number,
  decay = 1,
): KernelCase {
  const rows = contextsOfWord.length;
  const dim = 4 * columns4;
  const pairs = contextsOfWord.flatMap((contexts, word) => contexts.map((context) => ({ context, word })));
  const byContext = [...pairs].sort((a, b) => a.context - b.context || a.word - b.word);
  const contextCount = Math.max(...pairs.map(({ context }) => context)) + 1;
  const embeddings = normals(2, contextCount * dim);
  const inResidual = normals(3, pairs.length);
  const start = drawPair(4, rows * dim, 10);
  const expected = joinPair(start.high, start.low);
  const before = expected.slice();
  const contexts = byContext.map(({ context }) => context);
  const words = byContext.map(({ word }) => word);
  reference(expected, contexts, words, inResidual, embeddings, dim, Math.fround(stepSize), Math.fround(decay));
  const sizes = new Float64Array(rows * dim);
  reference(sizes, contexts, words, inResidual.map(Math.abs), embeddings.map(Math.abs), dim, -1);
  const longest = Math.max(...contextsOfWord.map(({ length }) => length));
  return {
    name,
    params: { rows, columns4, entries: pairs.length, contexts: contextCount, zero: 0, step_size: stepSize, decay },
    arrays: {
      word_offsets: Uint32Array.from([
        0,
        ...contextsOfWord.map((_, z) => contextsOfWord.slice(0, z + 1).flat().length),
      ]),
      word_entries: Uint32Array.from(pairs, (pair) =>
        byContext.findIndex((other) => other.context === pair.context && other.word === pair.word),
      ),
      word_contexts: Uint32Array.from(pairs, ({ context }) => context),
      in_residual: inResidual,
      embeddings,
      in_high: start.high,
      in_low: start.low,
    },
    // a float32 sum of n products, scaled once; a pair keeps 2^-45 of its value, also where it decays
    check: (found) =>
      requireClose(
        "in",
        joinPair(found.in_high!, found.in_low!),
        expected,
        (i) =>
          (longest + 2) * F32_UNIT * Math.abs(stepSize) * sizes[i]! +
          2 ** -45 * (Math.abs(before[i]!) + Math.abs(expected[i]!)),
      ),
  };
}

const scattered = Array.from({ length: 23 }, (_, z) => [0, 1, 2, 3, 4, 5, 6, 7].filter((j) => (z * 5 + j * 3) % 7 < 2));

kernelSuite(
  supportAdjoint,
  [
    stepCase("one word, one context", [[0]], 1, 0.5),
    stepCase("words in no support, in one and in all", [[], [0, 1, 2, 3], [2], []], 3, 0.5),
    stepCase("23 words, more than one workgroup", scattered, 13, -1),
    stepCase(
      "a step below the last bit of float32",
      [
        [0, 1],
        [1, 2],
        [0, 2],
      ],
      2,
      1e-10,
    ),
    stepCase("a decay that float32 has to round, more than one workgroup", scattered, 13, -1, 0.9),
    stepCase("150 words", [...scattered, ...scattered, ...Array.from({ length: 104 }, (_, z) => [z % 3])], 13, 0.5),
    stepCase("a decay to nothing", [[0, 1], [], [2]], 2, -1, 0),
  ],
  [
    ["-params.step_size * gradient", "params.step_size * gradient"],
    ["in_residual[word_entries[e]]", "in_residual[e]"],
    ["let h = word_contexts[e]", "let h = word_entries[e]"],
    ["min(column + 1u * across,", "min(column + 2u * across,"],
    ["g++", "g += 2u"],
    ["&& column + g * across < params.columns4", ""],
    ["e < end", "e + 1u < end"],
    ["Pair(in_high[i], in_low[i])", "Pair(in_high[i], vec4f())"],
    ["vec4f(params.decay)", "vec4f(1.0)"],
    ["product.low + p.low * x", "product.low + p.low"],
    ["return Pair(product.high, product.low + p.low * x)", "return Pair(product.high, p.low * x)"],
    ["in_low[i] = moved.low", "in_low[i] = vec4f()"],
    ["let column = thread % across", "let column = thread / params.rows"],
    ["if (thread >= params.rows * across) {", "if (thread > params.rows * across) {"],
  ],
);
