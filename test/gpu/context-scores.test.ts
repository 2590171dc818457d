import { contextScores } from "../../src/kernels/context-scores.ts";
import { contextScores as reference } from "../../src/reference/context-scores.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function scoresCase(contexts: number, rows: number, stride: number): KernelCase {
  const x = normals(1, rows);
  const weights = normals(2, contexts).map(Math.abs);
  const embeddings = normals(3, contexts * rows);
  const embeddingsT = new Float32Array(rows * stride);
  for (let j = 0; j < contexts; j++)
    for (let i = 0; i < rows; i++) embeddingsT[i * stride + j] = embeddings[j * rows + i]!;
  const normSquared = Math.fround(x.reduce((total, value) => total + value * value, 0));
  const expected = reference(embeddings, weights, x);
  const sizes = reference(embeddings.map(Math.abs), weights, x.map(Math.abs));
  return {
    name: `${contexts} contexts, ${rows} coordinates`,
    params: { contexts, rows, stride },
    arrays: { embeddings_t: embeddingsT, weights, x, norm_squared: Float32Array.of(normSquared) },
    // n + 1 roundings of the sum; the square root (3 units), its argument, a product and a division (2.5 units), each once
    check: ({ scores }) => requireClose("scores", scores!, expected, (j) => (rows + 10) * F32_UNIT * sizes[j]!),
  };
}

kernelSuite(
  contextScores,
  [scoresCase(1, 4, 4), scoresCase(63, 8, 64), scoresCase(65, 12, 68), scoresCase(131, 64, 132)],
  [
    ["i < params.rows", "i + 1u < params.rows"],
    ["embeddings_t[i * params.stride + j]", "embeddings_t[j * params.rows + i]"],
    ["weights[j] * sum", "sum"],
    ["/ sqrt(norm_squared[0])", "/ norm_squared[0]"],
    ["if (j >= params.contexts) {", "if (j > params.contexts) {"],
  ],
);
