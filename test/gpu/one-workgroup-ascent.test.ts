import { UNBOUNDED } from "../../src/kernels/dual-step.ts";
import { oneWorkgroupAscent, ascentTile } from "../../src/kernels/one-workgroup-ascent.ts";
import { oneWorkgroupAscent as reference } from "../../src/reference/one-workgroup-ascent.ts";
import { RandomStream } from "../../src/support/random.ts";
import { absoluteProduct, normals } from "../support/draw.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

interface Draw {
  readonly contexts: number;
  readonly words: number;
  readonly iterations: number;
  /** The problems that go on, of `problems`. */
  readonly groups?: readonly number[];
  readonly problems?: number;
  readonly quads?: boolean;
  readonly software?: boolean;
  /** t of every problem; 1 when left out. */
  readonly t?: number;
  /** x is −10 y, so that a step from y points back; random when left out. */
  readonly isBehind?: boolean;
}

function ascentCase(name: string, draw: Draw): KernelCase {
  const {
    contexts,
    words,
    iterations,
    groups = [0],
    problems = 1,
    quads = true,
    software = true,
    t = 1,
    isBehind,
  } = draw;
  const stride = Math.ceil(contexts / 4) * 4;
  const length = words * stride;
  const stream = new RandomStream(words, contexts);
  const matrix = (seed: number, scale: number): Float32Array =>
    normals(seed, groups.length * length, scale).map((x, i) => (i % stride < contexts ? x : 0));
  const gram = Float32Array.from(Array.from({ length: problems }, (_, p) => [...gramOf(contexts, stride, p)]).flat());
  const room = new Float32Array(groups.length * length).fill(UNBOUNDED);
  for (let g = 0; g < groups.length; g++)
    for (let j = 0; j < contexts; j++) {
      const support = stream.sample(words, 1 + ((3 * j) % words));
      for (let v = 0; v < words; v++)
        if (!support.includes(v)) room[g * length + v * stride + j] = Math.max(0, stream.normal());
    }
  const state = Float32Array.from({ length: 2 * groups.length }, (_, i) => (i % 2 ? 0 : t));
  const y = matrix(3, 1);
  const arrays = {
    ...{ plan: Uint32Array.of(iterations, ...groups), gram, linear: matrix(1, 0.1), room },
    ...{ x: isBehind ? y.map((value) => -10 * value) : matrix(2, 1), y, state },
  };
  const expected = groups.map((p, g) => {
    const of = (array: Float32Array, size: number): Float32Array => array.subarray(g * size, (g + 1) * size);
    const given = {
      gram: gram.subarray(p * stride * stride, (p + 1) * stride * stride),
      ...{ linear: of(arrays.linear, length), room: of(room, length) },
      ...{ x: of(arrays.x, length), y: of(arrays.y, length), state: of(state, 2) },
    };
    return ascend(given, { contexts, words, stride }, iterations);
  });
  return {
    name,
    params: { problems, groups: groups.length, contexts, words, stride },
    variant: ascentTile({ words, contexts }, { quads, software }),
    arrays,
    check: (found) => {
      const [x, y, ends] = [Float64Array.from(arrays.x), Float64Array.from(arrays.y), Float64Array.from(state)];
      const [xError, yError] = [new Float64Array(x.length), new Float64Array(y.length)];
      expected.forEach((one, g) => {
        x.set(one.x, g * length);
        y.set(one.y, g * length);
        ends.set(one.state, 2 * g);
        xError.fill(one.xError, g * length, (g + 1) * length);
        yError.fill(one.yError, g * length, (g + 1) * length);
      });
      requireClose("x", found.x!, x, (i) => (i % stride < contexts ? xError[i]! : 0));
      requireClose("y", found.y!, y, (i) => (i % stride < contexts ? yError[i]! : 0));
      // every t is a few roundings of the one before
      requireClose("state", found.state!, ends, (i) => 8 * iterations * F32_UNIT * Math.abs(ends[i]!));
    },
  };
}

/** A Gram matrix whose trace, and with it the largest eigenvalue, is 1. */
function gramOf(contexts: number, stride: number, seed: number): Float32Array {
  const dim = contexts + 3;
  const rows = normals(10 + seed, contexts * dim);
  const trace = rows.reduce((sum, h) => sum + h * h, 0);
  const gram = new Float32Array(stride * stride);
  for (let j = 0; j < contexts; j++)
    for (let k = 0; k < contexts; k++) {
      let sum = 0;
      for (let i = 0; i < dim; i++) sum += rows[j * dim + i]! * rows[k * dim + i]!;
      gram[j * stride + k] = sum / trace;
    }
  return gram;
}

/** The reference's iterations, with bounds on what float32 may differ by. */
function ascend(
  given: Parameters<typeof reference>[0],
  shape: { contexts: number; words: number; stride: number },
  iterations: number,
): ReturnType<typeof reference> & { xError: number; yError: number } {
  const { words, stride } = shape;
  let now: ReturnType<typeof ascend> = {
    ...{ x: Float64Array.from(given.x), y: Float64Array.from(given.y) },
    ...{ state: [given.state[0]!, 0], xError: 0, yError: 0 },
  };
  for (let k = 0; k < iterations; k++) {
    const sizes = absoluteProduct(now.y, given.gram, { rows: words, inner: stride, columns: stride });
    const largest = sizes.reduce(
      (most, g, i) => Math.max(most, Math.abs(now.y[i]!) + g + Math.abs(given.linear[i]!)),
      0,
    );
    // the product takes stride roundings, b two more, the projection as in dual-step; the step enlarges no distance, so in the
    // norm of all entries what was there stays, and the extrapolation adds f times old and new, and two roundings
    const fresh = Math.sqrt(words * stride) * (stride + 2 * words + 10) * F32_UNIT * largest;
    const next = reference({ ...given, ...now }, shape);
    const factor = next.state[1];
    const xError = now.yError + fresh;
    now = { ...next, xError, yError: (1 + factor) * xError + factor * now.xError + 4 * F32_UNIT * largest };
  }
  return now;
}

kernelSuite(
  oneWorkgroupAscent,
  [
    ascentCase("one iteration, one context", { contexts: 1, words: 2, iterations: 1 }),
    ascentCase("no iteration", { contexts: 5, words: 3, iterations: 0 }),
    ascentCase("the paper's size", { contexts: 50, words: 10, iterations: 4, t: 3 }),
    ascentCase("without quads", { contexts: 11, words: 4, iterations: 3, quads: false }),
    ascentCase("a lane for each context", { contexts: 21, words: 5, iterations: 3, software: false }),
    ascentCase("a restart", { contexts: 7, words: 4, iterations: 1, t: 5, isBehind: true }),
    ascentCase("some of many problems", { contexts: 6, words: 3, iterations: 5, problems: 5, groups: [3, 0, 4] }),
  ],
  [
    ["plan[1u + index]", "index"],
    ["index >= params.groups", "false"],
    ["iteration < iterations", "iteration + 1u < iterations"],
    ["index * params.words * stride", "0u"],
    ["k < stride; k += 4u", "k + 4u < stride; k += 4u"],
    ["b_0 = y_0_0 - (sum_0_0 + linear_0_0)", "b_0 = y_0_0 - sum_0_0"],
    ["MOST_PASSES = 64u", "MOST_PASSES = 0u"],
    ["total += overlaps[i];", "total -= overlaps[i];"],
    ["select((t - 1.0) / next_t, 0.0, total > 0.0)", "(t - 1.0) / next_t"],
    ["select(next_t, 1.0, total > 0.0)", "next_t"],
    ["y_1_0 = x_1_0 + factor * y_1_0;", "y_1_0 = x_1_0;"],
    ["state[2u * index] = t;", ""],
  ],
);
