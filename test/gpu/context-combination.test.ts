import { contextCombination } from "../../src/kernels/context-combination.ts";
import { contextCombination as reference } from "../../src/reference/context-combination.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function combinationCase(contexts: number, stride: number): KernelCase {
  const embeddings = normals(1, contexts * stride);
  const scores = normals(2, contexts);
  const expected = reference(embeddings, scores, stride);
  const sizes = reference(embeddings.map(Math.abs), scores.map(Math.abs), stride);
  return {
    name: `${contexts} contexts, ${stride} coordinates`,
    params: { contexts, stride },
    arrays: { embeddings, scores },
    check: ({ x }) => requireClose("x", x!, expected, (i) => (contexts + 1) * F32_UNIT * sizes[i]!),
  };
}

kernelSuite(
  contextCombination,
  [combinationCase(1, 4), combinationCase(50, 60), combinationCase(7, 64), combinationCase(131, 132)],
  [
    ["j < params.contexts", "j + 1u < params.contexts"],
    ["scores[j] * embeddings", "scores[0] * embeddings"],
    ["embeddings[j * params.stride + i]", "embeddings[i * params.contexts + j]"],
    ["if (i >= params.stride) {", "if (i > params.stride) {"],
  ],
);
