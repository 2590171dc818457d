import { decoderStep } from "../../src/kernels/decoder-step.ts";
import { decoderStep as reference } from "../../src/reference/decoder-step.ts";
import { requireClose } from "../support/compare.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { drawPair, joinPair } from "../support/pairs.ts";

function stepCase(length: number, stepLength: number): KernelCase {
  const direction = drawPair(1, length);
  const decoder = drawPair(2, length, 10);
  const before = joinPair(decoder.high, decoder.low);
  const expected = before.slice();
  const whole = joinPair(direction.high, direction.low);
  reference(expected, whole, Math.fround(stepLength));
  return {
    name: `${length} values, step length ${stepLength}`,
    params: { length, zero: 0 },
    arrays: {
      direction_high: direction.high,
      direction_low: direction.low,
      step_length: Float32Array.of(stepLength),
      decoder: decoder.high,
      decoder_low: decoder.low,
    },
    // what a pair keeps of its value, and of the product
    check: (found) =>
      requireClose(
        "decoder",
        joinPair(found.decoder!, found.decoder_low!),
        expected,
        (i) => 2 ** -45 * (Math.abs(before[i]!) + Math.abs(expected[i]!) + Math.abs(stepLength * whole[i]!)),
      ),
  };
}

kernelSuite(
  decoderStep,
  [stepCase(4, 0.5), stepCase(256, 0.01), stepCase(520, -3.7), stepCase(12, 1e-9), stepCase(8, 0)],
  [
    ["vec4f(-step_length[0])", "vec4f(step_length[0])"],
    ["Pair(direction_high[i], direction_low[i])", "Pair(direction_high[i], vec4f())"],
    ["Pair(decoder[i], decoder_low[i])", "Pair(decoder[i], vec4f())"],
    ["decoder_low[i] = moved.low", "decoder_low[i] = vec4f()"],
    ["product.low + p.low * x", "p.low * x"],
    ["sum.low + (p.low + q.low)", "sum.low + q.low"],
    ["4u * i >= params.length", "4u * i > params.length"],
    ["4u * i >= params.length", "i >= params.length"],
    ["group_index(group, groups) * 64u", "group_index(group, groups) * 32u"],
  ],
);
