import { SUM_BLOCK } from "../../shaders/lib/pair.wgsl.ts";
import { packEntries, softLabelGrad } from "../../src/kernels/soft-label-grad.ts";
import { softLabelGrad as reference } from "../../src/reference/soft-label-grad.ts";
import { RandomStream } from "../../src/support/random.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

interface Row {
  /** Support: probabilities by token. */
  readonly next: Readonly<Record<number, number>>;
  readonly weight: number;
  /** Every word's logit; float32 numbers off the support. */
  readonly logits: readonly number[];
}

const pairOf = (x: number): [number, number] => [Math.fround(x), Math.fround(x - Math.fround(x))];

/** What t (the log-ratio's deviation) can cost: small log-ratios go through series, large ones through the built-in exp. */
type Precision = "series" | "exp";

function gradCase(name: string, rows: readonly Row[], precision: Precision, largestExponent = 87): KernelCase {
  const contexts = rows.length;
  const words = rows[0]!.logits.length;
  const stride = Math.ceil(contexts / 4) * 4;
  const tokens = Uint32Array.from(rows.flatMap(({ next }) => Object.keys(next).map(Number)));
  const probabilities = Float64Array.from(rows.flatMap(({ next }) => Object.values(next)));
  const offsets = Uint32Array.from([
    0,
    ...rows.map((_, j) => rows.slice(0, j + 1).flatMap(({ next }) => Object.keys(next)).length),
  ]);
  const weights = Float32Array.from(rows, ({ weight }) => weight);
  const pairs = rows.flatMap(({ next, logits }) => Object.keys(next).map((z) => pairOf(logits[Number(z)]!)));
  const logits = new Float32Array(words * stride);
  rows.forEach((row, j) => row.logits.forEach((logit, v) => (logits[v * stride + j] = logit)));
  const expected = reference(
    { offsets, tokens, probabilities, weights },
    pairs.map(([high, low]) => high + low),
    logits,
    { words, stride },
  );
  const largestLogit = rows.map((row) => Math.max(1, ...row.logits.map(Math.abs)));
  const supportSize = rows.map(({ next }) => Object.keys(next).length);
  // Relative error within a support. Centring and summing round once per entry; the series are good to 3 units; the built-in
  // exp is good to (3 + 2|x|) units of 2^-23 with |x| ≤ 30 where its terms count, and up to 10 of it cancel in e^t - 1 - t.
  const within = (j: number): number =>
    precision === "series" ? (4 * supportSize[j]! + 40) * F32_UNIT : 10 * 63 * 2 * F32_UNIT;
  // Relative error off the support: that of loff - lin, a few roundings of the largest logit and 2^-21 of the built-in log,
  // and of exp at their difference, up to 87 before it flushes to zero; and SUM_BLOCK roundings of a sum.
  const without = (j: number): number =>
    (8 * largestLogit[j]! + SUM_BLOCK + 2 * (3 + 2 * largestExponent)) * F32_UNIT + 2 ** -20;
  const contextOf = (k: number): number => offsets.findLastIndex((start) => start <= k);
  const rowSize = (j: number): number =>
    Math.max(...expected.inResidual.subarray(offsets[j], offsets[j + 1]).map(Math.abs));
  return {
    name,
    params: { contexts, words, stride, nnz: tokens.length, zero: 0 },
    arrays: {
      offsets,
      entries: packEntries(tokens, probabilities),
      weights,
      support_logits: Float32Array.from(pairs.flat()),
      logits,
    },
    check: (found) => {
      requireClose(
        "gaps",
        found.gaps!,
        expected.gaps,
        // 1e-38: denormals may be flushed
        (i) => (i % 2 ? without(i >> 1) : within(i >> 1)) * expected.gaps[i]! + 1e-38,
      );
      requireClose(
        "in-support residual",
        found.in_residual!,
        expected.inResidual,
        (k) => within(contextOf(k)) * rowSize(contextOf(k)) + 1e-38,
      );
      requireClose("off-support residual", found.logits!, expected.offResidual, (i) => {
        const j = i % stride;
        return j < contexts ? (without(j) + within(j)) * Math.abs(expected.offResidual[i]!) + 1e-37 : 0;
      });
      rows.forEach((_, j) => {
        const row = found.in_residual!.subarray(offsets[j], offsets[j + 1]);
        const total = row.reduce((sum, x) => sum + x, 0);
        // the mean is taken off in float32: what is left is one rounding of each entry and of the mean
        requireClose("sum of a row", [total], [0], 4 * row.length * F32_UNIT * rowSize(j) + 1e-38);
      });
    },
  };
}

/** Random supports of 1 to V words with Dirichlet probabilities, logits around them from `logit`. */
function randomRows(
  seed: number,
  count: number,
  words: number,
  logit: (stream: RandomStream, p: number | undefined) => number,
): Row[] {
  const stream = new RandomStream(seed, 0);
  return Array.from({ length: count }, (_, j) => {
    const support = stream.sample(words, 1 + ((j * 5) % words));
    const masses = stream.dirichlet(support.length, 1);
    const total = support.reduce((sum, _z, i) => sum + Math.max(masses[i]!, 1e-3), 0);
    const next = Object.fromEntries(Array.from(support, (z, i) => [z, Math.max(masses[i]!, 1e-3) / total]));
    return {
      next,
      weight: 0.1 + stream.uniform(),
      logits: Array.from({ length: words }, (_l, v) =>
        v in next ? logit(stream, next[v]) : Math.fround(logit(stream, undefined)),
      ),
    };
  });
}

const nearSolution =
  (deviation: number, depth: number) =>
  (stream: RandomStream, p: number | undefined): number =>
    p === undefined ? 4 - depth + stream.normal() : 4 + Math.log(p) + deviation * stream.normal();

kernelSuite(
  softLabelGrad,
  [
    gradCase(
      "moderate logits, supports of 1 to all of 7 words",
      randomRows(1, 9, 7, (stream) => stream.normal()),
      "exp",
    ),
    gradCase(
      "one context",
      randomRows(2, 1, 3, (stream) => stream.normal()),
      "exp",
    ),
    gradCase(
      "65 contexts, two workgroups",
      randomRows(3, 65, 13, (stream) => 3 * stream.normal()),
      "exp",
    ),
    gradCase("gaps near 1e-3", randomRows(4, 12, 11, nearSolution(3e-2, 8)), "series"),
    gradCase("gaps near 1e-10", randomRows(5, 12, 11, nearSolution(1e-5, 25)), "series"),
    gradCase("gaps near 1e-14", randomRows(6, 12, 11, nearSolution(1e-7, 36)), "series"),
    gradCase(
      "a spread of 1e4, ties, off-support words far above and far below",
      [
        { next: { 0: 0.5, 2: 0.5 }, weight: 0.5, logits: [5000, -5000, 5000, -5000, -5000] },
        { next: { 1: 0.25, 3: 0.75 }, weight: 0.25, logits: [10000, 3, 10000, 3, 2] },
        { next: { 4: 1 }, weight: 0.25, logits: [7, 7, 7, 7, 7] },
        { next: { 0: 0.2, 1: 0.2, 2: 0.2, 3: 0.2, 4: 0.2 }, weight: 0.125, logits: [0, 0, 0, 0, 0] },
        { next: { 0: 0.9, 1: 0.1 }, weight: 0.125, logits: [-80, 80, -90, -90, -90] },
        // e^95 alone would overflow, and the threshold of the large form lies below
        { next: { 0: 0.999, 1: 0.001 }, weight: 0.125, logits: [0, 95, -90, -90, -90] },
      ],
      "exp",
    ),
    gradCase(
      "a rare first word far off beside words that are nearly right",
      [
        {
          next: { 0: 1e-12, 1: 0.6, 2: 0.4 },
          weight: 1,
          logits: [Math.log(1e-12) - 20, Math.log(0.6) + 1e-4, Math.log(0.4), -30],
        },
      ],
      "series",
    ),
    gradCase(
      "probabilities down to 1e-30, whose words have far too much mass",
      [
        { next: { 0: 1 - 1e-30, 1: 1e-30 }, weight: 1, logits: [0, 0, -1] },
        { next: { 0: 1 - 1e-6, 2: 1e-6 }, weight: 1, logits: [0, -3, 20] },
        { next: { 1: 1e-20, 2: 1 - 1e-20 }, weight: 1, logits: [-5, -30, 0] },
      ],
      "exp",
    ),
    gradCase(
      "other words far above in one context, near in the next",
      [
        { next: { 0: 1 }, weight: 0.5, logits: [0, 100, 3] },
        { next: { 0: 1 }, weight: 0.5, logits: [0, 0.5, -1] },
      ],
      "exp",
    ),
    gradCase(
      "twenty thousand equal words, a sum whose roundings have one sign",
      [-0.1, -0.3, -0.5, -0.7].map((logit) => {
        const logits = new Array<number>(20_011).fill(Math.fround(logit));
        logits[0] = Math.log(0.25) + 0.01;
        logits[2] = Math.log(0.75);
        return { next: { 0: 0.25, 2: 0.75 }, weight: 0.25, logits };
      }),
      "series",
      // log V and the logits' spread
      13,
    ),
  ],
  [
    ["let t = (ratio.high - origin.high) + (ratio.low - origin.low);", "let t = ratio.high - origin.high;"],
    ["support_logits[k].y - entries[k].log_low", "support_logits[k].y"],
    [
      "entries[k].probability > entries[likeliest].probability",
      "entries[k].probability < entries[likeliest].probability",
    ],
    ["let t = in_residual[k] - mean;", "let t = in_residual[k];"],
    ["mean += entries[k].probability * t;", "mean += t / f32(end - start);"],
    ["peak < LARGE_LOG_RATIO", "peak < 100.0"],
    ["return peak + log(sum)", "return log(sum)"],
    ["return p * exp_minus_one(x);", "return exp(x + entries[k].log_high) - p;"],
    ["return p * exp_minus_one_minus(x);", "return p * (exp(x) - 1.0 - x);"],
    ["- p - p * x", "- p"],
    ["1.0 / 24.0", "1.0 / 25.0"],
    ["s2 * (1.0 / 3.0", "s2 * (1.0 / 2.0"],
    ["const NOWHERE = -1e38", "const NOWHERE = -1.0"],
    ["[c] = NOWHERE;", "[c] += 0.0;"],
    ["let ratio = exp(origin - next);", "let ratio = exp(next - origin);"],
    ["origin = next;", ""],
    ["select(origin, block.highest, is_far)", "block.highest"],
    ["total = add4(total, block.sum);", "total.high += block.sum;"],
    ["(origin - log_in) + log(odds)", "log(odds)"],
    ["log_one_plus(odds.z)", "log_one_plus(odds.y)"],
    ["odds / (1.0 + odds), vec4f(1.0)", "odds, vec4f(1.0)"],
    ["vec4f(1.0), is_above", "odds, is_above"],
    ["= weight[c] * vec2f", "= vec2f"],
    ["-weight[c] * off.mass[c] *", "-weight[c] *"],
    ["off.mass[c] * exp(x + entries[k].log_high)", "off.mass[c] * entries[k].probability"],
    ["weight * exp(logits[i] - log_all)", "weight * exp(logits[i] - log_in)"],
    ["weight[c] * (in_residual[k] - centre)", "in_residual[k] - centre"],
    ["+ divergence[c] + origin.low)", "+ origin.low)"],
    ["if (column >= columns) {", "if (column > columns) {"],
    ["let count = min(4u,", "let count = max(4u,"],
  ],
);
