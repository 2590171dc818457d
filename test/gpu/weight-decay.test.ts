import { weightDecay } from "../../src/kernels/weight-decay.ts";
import { weightDecay as reference } from "../../src/reference/weight-decay.ts";
import { requireClose } from "../support/compare.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { drawPair, joinPair } from "../support/pairs.ts";

function decayCase(length: number, stepLength: number, ridge: number): KernelCase {
  const { high, low } = drawPair(1, length, 10);
  const arrays = { step_length: Float32Array.of(stepLength), factors: high, factors_low: low };
  const expected = reference(arrays, { ridge: Math.fround(ridge) });
  const share = Math.abs(stepLength * ridge);
  return {
    name: `${length} values, step length ${stepLength}, ridge ${ridge}`,
    params: { length, zero: 0, ridge },
    arrays,
    // what a pair keeps, and the roundings of two products
    check: (found) =>
      requireClose(
        "factors",
        joinPair(found.factors!, found.factors_low!),
        expected,
        (i) => (2 ** -45 + share * 2 ** -22) * Math.abs(high[i]!),
      ),
  };
}

kernelSuite(
  weightDecay,
  [decayCase(4, 0.5, 0.1), decayCase(1032, 0.01, 1e-3)],
  [
    ["step_length[0] * params.ridge", "step_length[0]"],
    ["Pair(factors[i], factors_low[i])", "Pair(factors[i], vec4f())"],
    ["factors_low[i] = moved.low", "factors_low[i] = vec4f()"],
    ["4u * i >= params.length", "4u * i > params.length"],
  ],
);
