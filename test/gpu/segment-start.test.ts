import { packEntries } from "../../src/kernels/soft-label-grad.ts";
import { segmentStart } from "../../src/kernels/segment-start.ts";
import { NOWHERE, segmentStart as reference } from "../../src/reference/segment-start.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { joinPair } from "../support/pairs.ts";
import { drawRows } from "../support/sparse-rows.ts";

/** What the columns past the contexts hold before and after. */
const PADDING = 7;

interface Sizes {
  readonly words: number;
  readonly contexts: number;
  /** Of the support's logits, from log p and a constant of their context. */
  readonly deviation: number;
}

function startCase(name: string, { words, contexts, deviation }: Sizes): KernelCase {
  const { rows, stride, stream } = drawRows({ seed: 1, words, contexts });
  const { tokens } = rows;
  const constants = Array.from({ length: contexts }, () => 10 * stream.normal());
  const contextOf = (k: number): number => rows.offsets.findLastIndex((first) => first <= k);
  const logits = new Float32Array(words * stride).map((_, i) => (constants[i % stride] ?? 0) - 30 + stream.normal());
  const exact = Float64Array.from(
    tokens,
    (_, k) => constants[contextOf(k)]! + Math.log(rows.probabilities[k]!) + deviation * stream.normal(),
  );
  const high = Float32Array.from(exact);
  const low = Float32Array.from(exact, (x, k) => x - high[k]!);
  const expected = reference(rows, joinPair(high, low), logits, { words, stride });
  const isPadding = (i: number): boolean => i % stride >= contexts;
  const largest = (j: number): number => Math.abs(constants[j]!) + 40;
  return {
    name,
    params: { contexts, words, stride, nnz: tokens.length, zero: 0 },
    arrays: {
      offsets: rows.offsets,
      entries: packEntries(tokens, rows.probabilities),
      support_logits: Float32Array.from({ length: 2 * tokens.length }, (_, i) => (i % 2 ? low : high)[i >> 1]!),
      logits,
      relative: new Float32Array(words * stride).fill(PADDING),
    },
    check: ({ ratios, relative }) => {
      requireClose(
        "ratios",
        ratios!,
        expected.ratios,
        // the difference of the high parts and the last sum are rounded, and so are five sums of low parts
        (k) => 2 * F32_UNIT * Math.abs(expected.ratios[k]!) + 16 * F32_UNIT ** 2 * largest(contextOf(k)),
      );
      requireClose(
        "relative",
        relative!,
        expected.relative.map((x, i) => (isPadding(i) ? PADDING : x)),
        (i) =>
          isPadding(i) || expected.relative[i] === NOWHERE
            ? F32_UNIT * Math.abs(expected.relative[i]!)
            : F32_UNIT * (Math.abs(logits[i]!) + 2 * Math.abs(expected.relative[i]!) + largest(i % stride) * F32_UNIT),
      );
    },
  };
}

kernelSuite(
  segmentStart,
  [
    startCase("two words, one context", { words: 2, contexts: 1, deviation: 1 }),
    startCase("logits far from the log-odds", { words: 7, contexts: 9, deviation: 30 }),
    startCase("logits 1e-6 from the log-odds", { words: 13, contexts: 12, deviation: 1e-6 }),
    startCase("70 contexts, two workgroups", { words: 11, contexts: 70, deviation: 1e-3 }),
  ],
  [
    ["two_sum(support_logits[k].x, -entries[k].log_high)", "two_sum(support_logits[k].x, entries[k].log_high)"],
    ["support_logits[k].y - entries[k].log_low", "support_logits[k].y"],
    ["difference.low + (", "("],
    ["> entries[likeliest].probability", "< entries[likeliest].probability"],
    ["(logits[i] - origin.high) - origin.low", "logits[i]"],
    ["(ratio.high - origin.high) + (ratio.low - origin.low)", "ratio.high - origin.high"],
    ["= NOWHERE", "= 0.0"],
    ["v < params.words", "v + 1u < params.words"],
    ["j >= params.contexts", "j > params.contexts"],
  ],
);
