import type { Problem } from "../src/index.ts";
import {
  dualBound,
  dualDecoder,
  primalBound,
  repairDual,
  supportMask,
  unprojectedNorm,
} from "../src/float64/margin-certificate.ts";
import { RandomStream } from "../src/support/random.ts";

/** How a solve on the CPU ended. */
export interface CoordinateDescent {
  readonly relativeGap: number;
  readonly upperBound: number;
  readonly sweeps: number;
  /** Time in the upper bound, which is part of the whole. */
  readonly certificateMs: number;
}

/** Sweeps before the first look at the gap, and at least between two; later ones come after an eighth of the sweeps so far. */
const FIRST_LOOK = 8;

/**
 * The max-margin decoder on one CPU thread in float64, by coordinate descent on its dual as liblinear does it (Hsieh, Chang, Lin,
 * Keerthi and Sundararajan 2008): W = Σ_j β_j h_jᵀ is kept, a coordinate is a whole context with its exact minimum, and every
 * sweep takes them in a new random order. It ends by the certificate that the solver on the GPU ends by, or at the time limit. The projection
 * in that costs many sweeps, so it is made only when the gap without it is small enough.
 */
export function coordinateDescent(problem: Problem, gapTolerance: number, limitMs: number): CoordinateDescent {
  const begin = performance.now();
  const mask = supportMask(problem);
  const dual = new Float64Array(mask.length);
  const order = Uint32Array.from({ length: problem.contextCount }, (_, j) => j);
  const random = new RandomStream(1);
  const sweep = sweeper(problem, mask, dual);
  let decoder: Float64Array = new Float64Array(problem.vocabularySize * problem.embeddingDim);
  let [lowerBound, upperBound, relativeGap, sweeps, certificateMs] = [0, Infinity, 1, 0, 0];
  for (let look = FIRST_LOOK; ; look = sweeps + Math.max(FIRST_LOOK, Math.floor(sweeps / 8))) {
    while (sweeps < look && performance.now() - begin < limitMs) {
      shuffle(order, random);
      sweep(order, decoder);
      sweeps++;
    }
    const isLate = performance.now() - begin >= limitMs;
    repairDual(problem, mask, dual);
    decoder = dualDecoder(problem, dual);
    const bound = dualBound(problem, mask, dual, decoder);
    lowerBound = Math.max(lowerBound, bound.lowerBound);
    if (isLate || 1 - (lowerBound / unprojectedNorm(problem, mask, decoder)) ** 2 <= gapTolerance) {
      const lookBegin = performance.now();
      upperBound = Math.min(upperBound, primalBound(problem, mask, decoder, bound.dual)?.upperBound ?? Infinity);
      relativeGap = 1 - (lowerBound / upperBound) ** 2;
      certificateMs += performance.now() - lookBegin;
    }
    if (isLate || relativeGap <= gapTolerance) return { relativeGap, upperBound, sweeps, certificateMs };
  }
}

/** One sweep over the contexts: β_j becomes the projection of β_j − (W h_j + 1[v ∉ S_j]) / ‖h_j‖² on {Σβ = 0, β ≤ 0 off S_j}. */
function sweeper(
  { vocabularySize: V, embeddingDim: d, contextCount, embeddings }: Problem,
  mask: Uint8Array,
  dual: Float64Array,
): (order: Uint32Array, decoder: Float64Array) => void {
  const rows = Array.from({ length: contextCount }, (_, j) =>
    Float64Array.from(embeddings.subarray(j * d, (j + 1) * d)),
  );
  const squares = rows.map((h) => inner(h, h, 0));
  const target = new Float64Array(V);
  const free = new Uint8Array(V);
  return (order, decoder) => {
    for (const j of order) {
      const h = rows[j]!;
      const start = j * V;
      for (let v = 0; v < V; v++)
        target[v] = dual[start + v]! - (inner(h, decoder, v * d) + 1 - mask[start + v]!) / squares[j]!;
      const shift = projectionShift(target, mask, start, free);
      for (let v = 0; v < V; v++) {
        const next = free[v] ? target[v]! - shift : 0;
        const change = next - dual[start + v]!;
        if (change === 0) continue;
        dual[start + v] = next;
        addTo(decoder, v * d, change, h);
      }
    }
  };
}

/**
 * τ of the projection β_v = target_v − τ, clipped at 0 off the support: the mean of the words that are not clipped. Those above it
 * off the support are, which lowers the mean, until there are none (Michelot 1986). `free` is left at 1 where nothing is clipped.
 */
function projectionShift(target: Float64Array, mask: Uint8Array, start: number, free: Uint8Array): number {
  free.fill(1);
  let count = target.length;
  let total = 0;
  for (const value of target) total += value;
  for (;;) {
    const before = count;
    const shift = total / count;
    for (let v = 0; v < target.length; v++)
      if (free[v] && !mask[start + v] && target[v]! >= shift) {
        free[v] = 0;
        total -= target[v]!;
        count--;
      }
    if (count === before) return shift;
  }
}

/** Four sums at once, which the processor adds side by side. */
function inner(h: Float64Array, matrix: Float64Array, start: number): number {
  const d = h.length;
  let [a, b, c, e, i] = [0, 0, 0, 0, 0];
  for (; i + 3 < d; i += 4) {
    a += h[i]! * matrix[start + i]!;
    b += h[i + 1]! * matrix[start + i + 1]!;
    c += h[i + 2]! * matrix[start + i + 2]!;
    e += h[i + 3]! * matrix[start + i + 3]!;
  }
  for (; i < d; i++) a += h[i]! * matrix[start + i]!;
  return a + b + (c + e);
}

function addTo(matrix: Float64Array, start: number, factor: number, h: Float64Array): void {
  for (let i = 0; i < h.length; i++) matrix[start + i]! += factor * h[i]!;
}

function shuffle(order: Uint32Array, random: RandomStream): void {
  for (let i = order.length - 1; i > 0; i--) {
    const k = random.integer(i + 1);
    [order[i], order[k]] = [order[k]!, order[i]!];
  }
}
