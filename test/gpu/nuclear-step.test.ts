import { nuclearStep } from "../../src/kernels/nuclear-step.ts";
import { nuclearStep as reference } from "../../src/reference/nuclear-step.ts";
import { RandomStream } from "../../src/support/random.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

interface Draw {
  /** Contexts are rows rather than columns. */
  readonly areRows?: boolean;
  readonly margin?: number;
  readonly scale?: number;
}

function stepCase(name: string, contexts: number, words: number, draw: Draw = {}): KernelCase {
  const { areRows = false, margin = 1, scale = 1 } = draw;
  const stride = Math.ceil((areRows ? words : contexts) / 4) * 4;
  const shape = {
    contexts,
    words,
    ...(areRows ? { context_stride: stride, word_stride: 1 } : { context_stride: 1, word_stride: stride }),
  };
  const length = (areRows ? contexts : words) * stride;
  const stream = new RandomStream(words, contexts);
  const margins = new Float32Array(length);
  const place = (v: number, j: number): number => v * shape.word_stride + j * shape.context_stride;
  for (let j = 0; j < contexts; j++) {
    const support = stream.sample(words, 1 + ((3 * j) % words));
    for (let v = 0; v < words; v++) if (!support.includes(v)) margins[place(v, j)] = margin;
  }
  const [u, moved, y] = [normals(1, length, scale), normals(2, length, scale), normals(3, length)];
  const arrays = { margins, u, moved, y, shift: normals(4, contexts, scale) };
  const expected = reference(arrays, shape);
  const largest = Array.from({ length: contexts }, (_, j) => {
    let most = 0;
    for (let v = 0; v < words; v++) {
      const i = place(v, j);
      most = Math.max(most, Math.abs(moved[i]!) + 2 * Math.abs(u[i]!) + margins[i]!);
    }
    return most;
  });
  const contextOf = (i: number): number => (areRows ? Math.floor(i / stride) : i % stride);
  // b is three roundings off, tau as much again and the rounding of a sum of V terms that are at most the largest |b|
  const bound = (j: number): number => (2 * words + 10) * F32_UNIT * (largest[j] ?? 0);
  return {
    name,
    params: shape,
    arrays,
    check: (found) => {
      requireClose("y", found.y!, expected.y, (i) => bound(contextOf(i)));
      requireClose("moved", found.moved!, expected.moved, (i) => bound(contextOf(i)));
      requireClose("shift", found.shift!, expected.shift, (j) => 2 * bound(j));
    },
  };
}

kernelSuite(
  nuclearStep,
  [
    stepCase("one context, two words", 1, 2),
    stepCase("supports of 1 to all of 7 words", 9, 7),
    stepCase("contexts that are rows", 67, 13, { areRows: true }),
    stepCase("two workgroups", 67, 13, { margin: 3 }),
    stepCase("margins far above the rest", 5, 33, { scale: 1e-3, margin: 20 }),
    stepCase("many passes", 3, 200, { margin: 0.01 }),
  ],
  [
    ["u[i] - (moved[i] - u[i])", "u[i] - moved[i]"],
    ["- margins[i];", ";"],
    ["MOST_PASSES = 64u", "MOST_PASSES = 1u"],
    ["margins[i] == 0.0 || y[i] < tau", "y[i] < tau"],
    ["margins[i] == 0.0 || b < tau", "b < tau"],
    ["count == free || (k > 0u && count > free)", "count >= free"],
    ["shift[j] = tau;", ""],
    ["select(min(y[i] - tau, 0.0), y[i] - tau, margins[i] == 0.0)", "y[i] - tau"],
    ["moved[i] = (moved[i] - u[i]) + next;", "moved[i] = next;"],
    ["if (j >= params.contexts) {", "if (j > params.contexts) {"],
    ["let start = j * params.context_stride;", "let start = j;"],
  ],
);
