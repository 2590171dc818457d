import { centredUpdate } from "../../src/kernels/centred-update.ts";
import { centredUpdate as reference } from "../../src/reference/centred-update.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { drawPair, joinPair } from "../support/pairs.ts";

/** `level` is about what all logits of a context are, which centring takes away again. */
function updateCase(name: string, sizes: readonly number[], factor: number, level = 0): KernelCase {
  const offsets = Uint32Array.from([0, ...sizes.map((_, j) => sizes.slice(0, j + 1).reduce((a, b) => a + b, 0))]);
  const entries = offsets.at(-1)!;
  const { high, low } = drawPair(1, entries);
  // on a grid of the level's last bits, so that the low parts alone hold the rest; every other context is at a level of its own
  if (level)
    sizes.forEach((_, j) => {
      const own = j % 2 ? level * 2 ** -12 : level;
      for (let k = offsets[j]!; k < offsets[j + 1]!; k++) {
        high[k] = own * (1 + Math.round(high[k]! * 8) * 2 ** -22);
        low[k] = own * ((((k * 7) % 11) - 5) / 11) * 2 ** -25;
      }
    });
  const scalars = normals(2, factor + 2);
  const u = normals(3, entries, level ? level * 2 ** -22 : 1);
  const logits = joinPair(high, low);
  const expected = reference(offsets, logits, u, scalars[factor]!);
  // logits less the first of the context, the update, and their sum over n entries, each rounded once
  const allowed = new Float64Array(entries);
  sizes.forEach((n, j) => {
    const [start, end] = [offsets[j]!, offsets[j + 1]!];
    let largest = 0;
    for (let k = start; k < end; k++)
      largest = Math.max(largest, Math.abs(logits[k]! - logits[start]!) + Math.abs(scalars[factor]! * u[k]!));
    allowed.fill((n + 8) * F32_UNIT * largest, start, end);
  });
  const pairs = new Float32Array(2 * entries);
  high.forEach((value, k) => pairs.set([value, low[k]!], 2 * k));
  return {
    name,
    params: { contexts: sizes.length, entries, factor },
    arrays: { offsets, support_logits: pairs, scalars, u },
    check: (found) => requireClose("u", found.u!, expected, (k) => allowed[k]!),
  };
}

kernelSuite(
  centredUpdate,
  [
    updateCase("one context of one word, which is left at zero", [1], 0),
    updateCase("supports of 1 to 9 words", [3, 1, 9, 2, 1, 4], 2),
    updateCase(
      "130 contexts, three workgroups",
      Array.from({ length: 130 }, (_, j) => 1 + ((j * 5) % 7)),
      1,
    ),
    updateCase("logits that differ in their low parts", [5, 6, 4], 0, 2 ** 12),
  ],
  [
    ["- scalars[params.factor] * u[k]", "+ scalars[params.factor] * u[k]"],
    ["scalars[params.factor]", "scalars[0]"],
    ["difference.x + difference.y", "difference.x"],
    ["support_logits[k] - first", "support_logits[k]"],
    ["u[k] -= mean", "u[k] -= total"],
    ["f32(end - start)", "f32(end - start + 1u)"],
    ["let first = support_logits[start]", "let first = support_logits[0]"],
    ["if (j >= params.contexts) {", "if (j + 1u >= params.contexts) {"],
  ],
);
