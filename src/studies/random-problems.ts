import { KernelError, OptionError } from "../errors.ts";
import { randomContext } from "../reference/random-problems.ts";
import { requireOneOf, requireSeed, requireWhole } from "../support/options.ts";
import type { GpuArray } from "../gpu/array.ts";
import { Batch } from "../gpu/batch.ts";
import type { Gpu } from "../gpu/device.ts";
import { readArrays } from "../readback/read-arrays.ts";
import { withWorkspace, type Workspace } from "../gpu/workspace.ts";
import { createProblem, type Problem } from "../problem/problem.ts";
import { randomProblems } from "../kernels/random-problems.ts";

/** Random problems of one size, as they are drawn on the device: N(0, 1) embeddings, uniform supports, uniform weights. */
export interface RandomProblems {
  /** How many; at most 2^32 − 1. */
  readonly count: number;
  /** 0 … 2^53 − 1, default 1. Problem number p of a seed is the same however many are drawn. */
  readonly seed?: number;
  /** m, 1 … 65536. */
  readonly contextCount: number;
  /** d, 1 … 65536. */
  readonly embeddingDim: number;
  /** V, 2 … 65536. */
  readonly vocabularySize: number;
  /** |S_j| of every context, 1 … V. */
  readonly supportSize: number;
  /** `"dirichlet"`, flat on the simplex, by default; or all equal. */
  readonly probability?: "dirichlet" | "uniform";
}

/** Problems of one size side by side on the device. */
interface DrawnProblems {
  readonly count: number;
  /** [count, m, d]. */
  readonly embeddings: GpuArray<"f32">;
  /** [count, m, k], ascending in a row. */
  readonly tokens: GpuArray<"u32">;
  /** [count, m, k]. */
  readonly probabilities: GpuArray<"f32">;
}

/** What {@link DrawnProblems} holds, on the host. */
interface DrawnArrays {
  readonly embeddings: Float32Array;
  readonly tokens: Uint32Array;
  readonly probabilities: Float32Array;
}

const LARGEST_SIZE = 2 ** 16;

/** @throws OptionError for sizes or a seed out of range */
export function requireRandomProblems(random: RandomProblems): void {
  requireWhole("count", random.count, 1, 2 ** 32 - 1);
  requireSeed(random.seed ?? 1);
  requireWhole("contextCount", random.contextCount, 1, LARGEST_SIZE);
  requireWhole("embeddingDim", random.embeddingDim, 1, LARGEST_SIZE);
  requireWhole("vocabularySize", random.vocabularySize, 2, LARGEST_SIZE);
  requireWhole("supportSize", random.supportSize, 1, LARGEST_SIZE);
  if (random.supportSize > random.vocabularySize)
    throw new OptionError(
      "supportSize",
      `expected at most vocabularySize = ${random.vocabularySize}, found ${random.supportSize}`,
    );
  requireOneOf("probability", random.probability ?? "dirichlet", ["dirichlet", "uniform"]);
}

/** Draws problems number first … first + count − 1; the arrays belong to `workspace`. */
async function drawProblems(
  workspace: Workspace,
  random: RandomProblems,
  first: number,
  count: number,
): Promise<DrawnProblems> {
  const {
    seed = 1,
    contextCount: contexts,
    embeddingDim: dim,
    vocabularySize: words,
    supportSize: support,
    probability,
  } = random;
  const arrays = {
    embeddings: workspace.array("embeddings", "f32", [count, contexts, dim]),
    tokens: workspace.array("tokens", "u32", [count, contexts, support]),
    probabilities: workspace.array("probabilities", "f32", [count, contexts, support]),
  };
  const flat = probability === "uniform" ? 0 : 1;
  const [seed_low, seed_high] = [seed >>> 0, Math.floor(seed / 2 ** 32)];
  const params = { seed_low, seed_high, first, count, contexts, dim, words, support, flat };
  const batch = new Batch(workspace.gpu, "random problems");
  batch.dispatch(await workspace.prepare(randomProblems, { arrays, params }));
  batch.submit();
  return { count, ...arrays };
}

/**
 * Number `index` of the problems in arrays that were read back, with the very embeddings and supports of the device. Its
 * probabilities are the device's float32 numbers, normalised in float64.
 */
function problemAt(
  { contextCount: m, embeddingDim: d, vocabularySize, supportSize: k }: RandomProblems,
  { embeddings, tokens, probabilities }: DrawnArrays,
  index: number,
): Problem {
  return createProblem({
    vocabularySize,
    embeddingDim: d,
    embeddings: embeddings.subarray(index * m * d, (index + 1) * m * d),
    offsets: Uint32Array.from({ length: m + 1 }, (_, j) => j * k),
    tokens: tokens.subarray(index * m * k, (index + 1) * m * k),
    probabilities: probabilities.subarray(index * m * k, (index + 1) * m * k),
    // contexts that were drawn alike stay two, as they are on the device
    contextLabels: Array.from({ length: m }, (_, j) => String(j)),
    // k terms of at most 1 in all, each a few units of float32 off
    sumTolerance: (k + 8) * 2 ** -23,
  });
}

/** What the kernel can be off by: of a normal number, and of a probability relative to it, for each word of its support and so many more. */
const [NORMAL_ERROR, PROBABILITY_ERROR, MORE_WORDS] = [24 * Math.sqrt(48 * Math.LN2) * 2 ** -24, 2 ** -24, 26];

/**
 * Holds one context of each problem against what its counters give on the host.
 * @throws KernelError where the device has drawn something else
 */
function requireDrawn(random: RandomProblems, drawn: DrawnArrays, first: number, count: number): void {
  const { seed = 1, contextCount: contexts, embeddingDim: dim, vocabularySize: words, supportSize: support } = random;
  const { probability = "dirichlet" } = random;
  for (let p = 0; p < count; p++) {
    const shape = { seed, first: first + p, count: 1, contexts, dim, words, support, probability };
    const j = (first + p) % contexts;
    const expected = randomContext(shape, j);
    const at = p * contexts + j;
    const isClose = (found: ArrayLike<number>, start: number, values: Float64Array, bound: (x: number) => number) =>
      values.every((value, i) => Math.abs(found[start + i]! - value) <= bound(value));
    const isRight =
      expected.tokens.every((token, i) => token === drawn.tokens[at * support + i]) &&
      isClose(drawn.embeddings, at * dim, expected.embedding, () => NORMAL_ERROR) &&
      isClose(
        drawn.probabilities,
        at * support,
        expected.probabilities,
        (q) => (support + MORE_WORDS) * PROBABILITY_ERROR * q,
      );
    if (!isRight)
      throw new KernelError(
        `random-problems: expected what the counters of problem ${first + p}, context ${j} give, found other values; do not trust this adapter's figures.`,
      );
  }
}

/** Random problem number `index`, with the very embeddings and supports that it has on this device. */
export async function drawProblem(gpu: Gpu, random: RandomProblems, index: number): Promise<Problem> {
  requireRandomProblems(random);
  requireWhole("index", index, 0, random.count - 1);
  return (await drawAndRead(gpu, random, index, 1))![0]!;
}

/** Problems number first … first + count − 1, read back in bulk; undefined as soon as the signal is aborted. */
export function drawAndRead(
  gpu: Gpu,
  random: RandomProblems,
  first: number,
  count: number,
  signal?: AbortSignal,
): Promise<readonly Problem[] | undefined> {
  return withWorkspace(gpu, async (workspace) => {
    const read = await workspace.unlessAborted(signal, async () => {
      const drawn = await drawProblems(workspace, random, first, count);
      return readArrays(drawn.embeddings, drawn.tokens, drawn.probabilities);
    });
    if (!read) return undefined;
    const [embeddings, tokens, probabilities] = read;
    requireDrawn(random, { embeddings, tokens, probabilities }, first, count);
    return Array.from({ length: count }, (_, p) => problemAt(random, { embeddings, tokens, probabilities }, p));
  });
}
