import { SUM_BLOCK } from "../../shaders/lib/pair.wgsl.ts";
import { packEntries } from "../../src/kernels/soft-label-grad.ts";
import { segmentResidual } from "../../src/kernels/segment-residual.ts";
import { segmentResidual as reference } from "../../src/reference/segment-residual.ts";
import { NOWHERE } from "../../src/reference/segment-start.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { drawRows } from "../support/sparse-rows.ts";

/** What the columns past the contexts hold before; then 0. */
const PADDING = 7;

interface Sizes {
  readonly words: number;
  readonly contexts: number;
  /** Of the ratios, from 0. */
  readonly deviation: number;
  /** How far the other words are below the support's. */
  readonly depth: number;
  /** Of the change of the logits, beside a constant of their context. */
  readonly change: number;
  /** The change of all of a context's logits. */
  readonly shift?: number;
  /** The other words have one logit; else they differ by a standard normal. */
  readonly isEven?: boolean;
  /** The largest argument of exp whose value counts; by default the 87 at which it flushes to zero. */
  readonly largestExponent?: number;
}

function residualCase(name: string, sizes: Sizes): KernelCase {
  const { words, contexts, deviation, depth, change: moved, shift = 0, isEven = false, largestExponent = 87 } = sizes;
  const { rows, stride, stream } = drawRows({ seed: 2, words, contexts });
  const { offsets, tokens, probabilities, weights } = rows;
  const ratios = Float32Array.from(tokens, () => deviation * stream.normal());
  const relative = new Float32Array(words * stride).map(
    (_, i) => (isEven ? -0.2 * (i % stride) : stream.normal()) - depth,
  );
  const change = new Float32Array(words * stride).map((_, i) =>
    i % stride < contexts ? shift + moved * stream.normal() : PADDING,
  );
  const contextOfEntry = Uint32Array.from(tokens, (_, k) => offsets.findLastIndex((first) => first <= k));
  tokens.forEach((token, k) => (relative[token * stride + contextOfEntry[k]!] = NOWHERE));
  const start = { ratios: Float64Array.from(ratios), relative: Float64Array.from(relative) };
  const expected = reference(rows, start, change, { words, stride });
  // the largest log-ratio of each context, the softmax within its support, and the mass off it
  const spread = new Float64Array(contexts);
  const inside = new Map<number, { p: number; share: number }>();
  for (let j = 0; j < contexts; j++) {
    const row = Array.from(tokens.subarray(offsets[j], offsets[j + 1]), (token, i) => {
      const k = offsets[j]! + i;
      return { place: token * stride + j, p: probabilities[k]!, t: ratios[k]! + change[token * stride + j]! };
    });
    spread[j] = Math.max(...row.map(({ t }) => Math.abs(t)));
    const total = row.reduce((sum, { p, t }) => sum + p * Math.exp(t - spread[j]!), 0);
    for (const { place, p, t } of row) inside.set(place, { p, share: (p * Math.exp(t - spread[j]!)) / total });
  }
  const offMass = new Float64Array(contexts);
  expected.forEach((x, i) => {
    if (i % stride < contexts && !inside.has(i)) offMass[i % stride]! += x / weights[i % stride]!;
  });
  return {
    name,
    params: { contexts, words, stride, nnz: tokens.length, zero: 0 },
    arrays: { offsets, entries: packEntries(tokens, probabilities), weights, ratios, relative, change },
    check: (found) =>
      requireClose("residual", found.change!, expected, (i) => {
        const j = i % stride;
        if (j >= contexts) return 0;
        // log-ratios and their mean are rounded once an entry; exp is good to (3 + 2|x|) units of 2^-23 where its argument is
        // x, log to 2^-21 near 1, and a sum to SUM_BLOCK roundings
        const ratio = (offsets[j + 1]! - offsets[j]! + 8) * F32_UNIT * spread[j]!;
        const logit = 8 * F32_UNIT * (Math.abs(depth) + 5 * (1 + moved) + Math.abs(shift));
        const builtIn = (2 * (3 + 2 * largestExponent) + SUM_BLOCK) * F32_UNIT + 2 ** -20;
        const word = inside.get(i);
        if (!word) return (ratio + logit + builtIn) * expected[i]! + 1e-37;
        // near the solution p expm1(t) has the digits of t; elsewhere the difference has those of both shares
        const { p, share } = word;
        const within = spread[j]! < 0.2 ? p * (ratio + 40 * F32_UNIT * spread[j]!) : (p + share) * (ratio + builtIn);
        return weights[j]! * (within + (ratio + logit + builtIn) * offMass[j]! * share) + 1e-37;
      }),
  };
}

kernelSuite(
  segmentResidual,
  [
    residualCase("two words, one context", { words: 2, contexts: 1, deviation: 1, depth: 1, change: 1 }),
    residualCase("moderate logits, supports of 1 to all of 7 words", {
      words: 7,
      contexts: 9,
      deviation: 1,
      depth: 0,
      change: 1,
    }),
    residualCase("65 contexts, two workgroups", { words: 13, contexts: 65, deviation: 2, depth: 4, change: 1 }),
    residualCase("1e-5 from the solution, others far below", {
      words: 11,
      contexts: 12,
      deviation: 1e-5,
      depth: 30,
      change: 1e-6,
    }),
    residualCase("others above the support", { words: 11, contexts: 12, deviation: 1, depth: -20, change: 1 }),
    residualCase("others by sixty above the support, some less and some more", {
      words: 40,
      contexts: 12,
      deviation: 1,
      depth: -60,
      change: 1,
    }),
    residualCase("others by a hundred above", { words: 20, contexts: 5, deviation: 1, depth: -100, change: 1 }),
    residualCase("twenty thousand equal words, a sum whose roundings have one sign", {
      words: 20_011,
      contexts: 4,
      deviation: 0,
      depth: 0.1,
      change: 0,
      isEven: true,
      // log V and what is between the logits
      largestExponent: 13,
    }),
    residualCase("log-ratios of hundreds", { words: 11, contexts: 12, deviation: 200, depth: 100, change: 10 }),
    residualCase("all logits of a context moved far", {
      words: 5,
      contexts: 5,
      deviation: 0.1,
      depth: 3,
      change: 0.1,
      shift: 50,
    }),
  ],
  [
    ["let t = ratios[k] + change", "let t = change"],
    ["let t = shifts[k] - mean;", "let t = shifts[k];"],
    ["mean += entries[k].probability * t;", "mean += t / f32(end - start);"],
    ["peak < LARGE_LOG_RATIO", "peak < 1000.0"],
    ["return peak + log(sum)", "return log(sum)"],
    ["return p * exp_minus_one(x);", "return exp(x + entries[k].log_high) - p;"],
    ["- p - p * x", "- p"],
    ["const FARTHEST_ABOVE = 60.0", "const FARTHEST_ABOVE = 200.0"],
    ["let ratio = exp(origin - next);", "let ratio = exp(next - origin);"],
    ["Pair4(total.high * ratio,", "Pair4(total.high,"],
    ["origin = next;", ""],
    ["total = add4(total, block.sum);", "total.high += block.sum;"],
    ["(origin - log_in) + log(odds)", "log(odds)"],
    ["vec4f(1.0), is_above", "odds, is_above"],
    ["= mean + divergence[c];", "= divergence[c];"],
    ["let logit = relative[i] + change[i];", "let logit = relative[i];"],
    ["weight * exp(relative[i] + change[i] - log_all)", "weight * exp(relative[i] - log_all)"],
    ["weight * exp(relative[i]", "exp(relative[i]"],
    ["- off.mass[c] * inside", ""],
    ["let inside = exp(x + entries[k].log_high)", "let inside = entries[k].probability"],
    ["= weight[c] * difference", "= difference"],
    ["if (column >= columns) {", "if (column > columns) {"],
    ["let count = min(4u,", "let count = max(4u,"],
  ],
);
