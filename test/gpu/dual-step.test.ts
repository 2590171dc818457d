import { dualStep, UNBOUNDED } from "../../src/kernels/dual-step.ts";
import { dualStep as reference } from "../../src/reference/dual-step.ts";
import { RandomStream } from "../../src/support/random.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

interface Draw {
  readonly scale?: number;
  /** Room of a bounded word: half of them have none when left out. */
  readonly room?: (stream: RandomStream) => number;
  readonly linear?: (v: number, j: number) => number;
}

function stepCase(name: string, contexts: number, words: number, draw: Draw = {}): KernelCase {
  const stride = Math.ceil(contexts / 4) * 4;
  const length = words * stride;
  const stream = new RandomStream(words, contexts);
  const { scale = 1, room: roomOf = () => Math.max(0, scale * stream.normal()) } = draw;
  const room = new Float32Array(length).fill(UNBOUNDED);
  for (let j = 0; j < contexts; j++) {
    const support = stream.sample(words, 1 + ((3 * j) % words));
    for (let v = 0; v < words; v++) if (!support.includes(v)) room[v * stride + j] = roomOf(stream);
  }
  const arrays = {
    linear: draw.linear
      ? Float32Array.from({ length }, (_, i) => draw.linear!(Math.floor(i / stride), i % stride))
      : normals(1, length, scale),
    room,
    y: normals(2, length, scale),
    x: normals(3, length, scale),
    moved: normals(4, length, scale),
    shift: normals(5, contexts, scale),
  };
  const shape = { contexts, words, stride };
  const expected = reference(arrays, shape);
  const largest = Array.from({ length: contexts }, (_, j) => {
    let most = 0;
    for (let i = j; i < length; i += stride)
      most = Math.max(most, Math.abs(arrays.y[i]!) + Math.abs(arrays.moved[i]!) + Math.abs(arrays.linear[i]!));
    return most;
  });
  // b is two roundings off, tau as much again and the rounding of a sum of V terms, all of which are at most the largest
  // |b| or a room that is below it; the projection does not enlarge
  const bound = (j: number): number => (2 * words + 8) * F32_UNIT * largest[j]!;
  return {
    name,
    params: shape,
    arrays,
    check: (found) => {
      requireClose("moved", found.moved!, expected.moved, (i) => (i % stride < contexts ? bound(i % stride) : 0));
      // tau is b - x+ of a word without bound
      const tau = Float64Array.from({ length: contexts }, (_, j) => {
        let i = j;
        while (room[i]! < UNBOUNDED) i += stride;
        return arrays.y[i]! - arrays.moved[i]! - arrays.linear[i]! - expected.moved[i]!;
      });
      requireClose("shift", found.shift!, tau, (j) => 2 * bound(j));
      requireClose("overlap", found.overlap!, expected.overlap, (j) => {
        let sizes = 0;
        for (let i = j; i < length; i += stride)
          sizes += Math.abs(arrays.y[i]!) + 2 * Math.abs(expected.moved[i]!) + Math.abs(arrays.x[i]!);
        return sizes * bound(j) + (words + 4) * F32_UNIT * sizes * (2 * largest[j]! + sizes);
      });
    },
  };
}

kernelSuite(
  dualStep,
  [
    stepCase("one context, two words", 1, 2),
    stepCase("supports of 1 to all of 7 words", 9, 7),
    stepCase("no room at all", 50, 10, { room: () => 0 }),
    stepCase("two workgroups", 67, 13, { scale: 1e-5 }),
    stepCase("room far above the step beside none", 5, 33, {
      scale: 1e-6,
      room: (stream) => (stream.uniform() < 0.5 ? 0 : 1),
    }),
    // each pass takes a few words out
    stepCase("many passes", 3, 200, { room: () => 0, linear: (v) => -Math.exp(v / 20), scale: 0.1 }),
    stepCase("ties", 4, 8, { room: () => 0, linear: (v) => v % 2, scale: 0 }),
  ],
  [
    ["y[i] - (moved[i] + linear[i])", "y[i] - moved[i]"],
    ["y[i] - (moved[i] + linear[i])", "x[i] - (moved[i] + linear[i])"],
    ["select(room[i], moved[i], is_free)", "select(0.0, moved[i], is_free)"],
    ["MOST_PASSES = 64u", "MOST_PASSES = 1u"],
    ["moved[i] - tau < room[i]", "moved[i] < room[i]"],
    ["select(room[i], b, is_free)", "b"],
    ["count == free || (k > 0u && count > free)", "count >= free"],
    ["shift[j] = tau;", ""],
    ["min(moved[i] - tau, room[i])", "moved[i] - tau"],
    ["min(moved[i] - tau, room[i])", "min(moved[i] - tau, 0.0)"],
    ["(y[i] - next) * (next - x[i])", "(y[i] - next) * (y[i] - x[i])"],
    ["tau = sum / f32(free);", "tau = sum / f32(params.words);"],
    ["if (j >= params.contexts) {", "if (j > params.contexts) {"],
  ],
);
