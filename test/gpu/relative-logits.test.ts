import { relativeLogits } from "../../src/kernels/relative-logits.ts";
import { relativeLogits as reference } from "../../src/reference/relative-logits.ts";
import { RandomStream } from "../../src/support/random.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { joinPair } from "../support/pairs.ts";

interface Sizes {
  readonly problems: number;
  readonly words: number;
  readonly contexts: number;
  readonly stride: number;
  /** Of the words on the support, from log p and a constant of their context. */
  readonly deviation: number;
}

/** What the columns past the contexts hold before and after. */
const PADDING = 7;

function relativeCase(name: string, { problems, words, contexts, stride, deviation }: Sizes): KernelCase {
  const stream = new RandomStream(1);
  const rows = problems * words;
  const length = rows * stride;
  const origins = Uint32Array.from({ length: problems * contexts }, (_, i) => (i * 7 + 1) % words);
  const constants = origins.map(() => 10 * stream.normal());
  const logProbabilities = new Float64Array(length);
  const logits = new Float64Array(length).fill(1e30);
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < contexts; j++) {
      const context = Math.floor(row / words) * contexts + j;
      const isOn = row % words === origins[context] || stream.uniform() < 0.5;
      const i = row * stride + j;
      if (isOn) logProbabilities[i] = Math.log(stream.uniform());
      logits[i] = constants[context]! + (isOn ? logProbabilities[i]! + deviation * stream.normal() : -30);
    }
  const pairs = { logits: pairsOf(logits), logProbabilities: pairsOf(logProbabilities) };
  const [l, logP] = [joined(pairs.logits), joined(pairs.logProbabilities)];
  const expected = new Float64Array(length).fill(PADDING);
  const sizes = new Float64Array(length);
  for (let problem = 0; problem < problems; problem++) {
    const [start, end] = [problem * words * stride, (problem + 1) * words * stride];
    const own = origins.subarray(problem * contexts, (problem + 1) * contexts);
    const found = reference(l.subarray(start, end), logP.subarray(start, end), own, { words, stride });
    found.forEach((x, i) => {
      const j = i % stride;
      if (j >= contexts) return;
      const origin = start + own[j]! * stride + j;
      expected[start + i] = x;
      sizes[start + i] = [start + i, origin].reduce((sum, k) => sum + Math.abs(l[k]!) + Math.abs(logP[k]!), 0);
    });
  }
  return {
    name,
    params: { rows, words, contexts, stride, zero: 0 },
    arrays: {
      logits: pairs.logits,
      log_probabilities: pairs.logProbabilities,
      origins,
      relative: new Float32Array(length).fill(PADDING),
    },
    check: ({ relative }) =>
      requireClose(
        "relative",
        relative!,
        expected,
        // the difference of the high parts and the last sum are rounded, and so are five sums of low parts, which are up to two
        // units of what they belong to
        (i) => 2 * F32_UNIT * Math.abs(expected[i]!) + 8 * F32_UNIT ** 2 * sizes[i]!,
      ),
  };
}

const pairsOf = (values: Float64Array): Float32Array =>
  Float32Array.from({ length: 2 * values.length }, (_, k) => {
    const x = values[k >> 1]!;
    return k % 2 ? x - Math.fround(x) : x;
  });

const joined = (pairs: Float32Array): Float64Array =>
  joinPair(
    pairs.filter((_, k) => k % 2 === 0),
    pairs.filter((_, k) => k % 2 === 1),
  );

kernelSuite(
  relativeLogits,
  [
    relativeCase("two words, one context", { problems: 1, words: 2, contexts: 1, stride: 4, deviation: 1 }),
    relativeCase("logits far from the log-odds", { problems: 1, words: 5, contexts: 3, stride: 4, deviation: 30 }),
    relativeCase("logits 1e-6 from the log-odds", { problems: 1, words: 13, contexts: 4, stride: 4, deviation: 1e-6 }),
    relativeCase("50 contexts, several workgroups", {
      problems: 1,
      words: 32,
      contexts: 50,
      stride: 52,
      deviation: 1e-3,
    }),
    relativeCase("three problems", { problems: 3, words: 10, contexts: 5, stride: 8, deviation: 1e-3 }),
  ],
  [
    ["two_sum(logits[i].x, -log_probabilities[i].x)", "two_sum(logits[i].x, log_probabilities[i].x)"],
    ["logits[i].y - log_probabilities[i].y", "logits[i].y + log_probabilities[i].y"],
    ["logits[i].y - log_probabilities[i].y", "logits[i].y"],
    ["difference.low + (", "("],
    ["+ (own.low - origin.low)", ""],
    ["(own.high - origin.high)", "own.high"],
    ["row / params.words", "0u"],
    ["problem * params.contexts + j", "j"],
    ["problem * params.words + origins", "origins"],
    ["origin_row * params.stride + j", "origin_row * params.contexts + j"],
    ["row >= params.rows || ", ""],
    ["j >= params.contexts", "j > params.contexts"],
    ["seal(a - from_a) + seal(b - from_b)", "seal(a - from_a)"],
  ],
);
