import { residualJoin } from "../../src/kernels/residual-join.ts";
import { packEntries } from "../../src/kernels/soft-label-grad.ts";
import { residualJoin as reference } from "../../src/reference/residual-join.ts";
import { RandomStream } from "../../src/support/random.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function joinCase(contexts: number, words: number): KernelCase {
  const stream = new RandomStream(contexts, words);
  const supports = Array.from({ length: contexts }, (_, j) => stream.sample(words, 1 + (j % words)));
  const offsets = Uint32Array.from([0, ...supports.map((_, j) => supports.slice(0, j + 1).flat().length)]);
  const tokens = Uint32Array.from(supports.flat());
  const stride = Math.ceil(contexts / 4) * 4;
  const arrays = {
    offsets,
    entries: packEntries(
      tokens,
      Float64Array.from(tokens, () => 0.5),
    ),
    in_residual: normals(1, tokens.length),
    residual: normals(2, words * stride),
  };
  const expected = reference({ ...arrays, tokens }, { stride });
  return {
    name: `${contexts} contexts, ${words} words`,
    params: { contexts, words, stride, nnz: tokens.length },
    arrays,
    check: ({ residual }) => requireClose("residual", residual!, expected, (i) => F32_UNIT * Math.abs(expected[i]!)),
  };
}

kernelSuite(
  residualJoin,
  [joinCase(1, 2), joinCase(70, 5)],
  [
    ["+= in_residual[k]", "= in_residual[k]"],
    ["params.stride + j", "params.contexts + j"],
    ["k < offsets[j + 1u]", "k + 1u < offsets[j + 1u]"],
    ["group_index(group, groups) * 64u", "group_index(group, groups) * 32u"],
  ],
);
