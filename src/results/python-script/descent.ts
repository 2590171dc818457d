import type { Problem } from "../../problem/problem.ts";
import type { TracePoint } from "../../figures/figures.ts";
import { SEGMENT } from "../../training/engines/segments.ts";
import { isLinear, isSpectral, type Method } from "../../training/methods/method.ts";

/** How long a script may take for its steps, on a core of today. */
const MOST_SECONDS = 10;
/** Of one step: what NumPy's calls take, each multiply-add, and each logit's exponentials. */
const CALLS = 2e-4;
const MULTIPLY_ADD = 3e-10;
const LOGIT = 1e-7;
/** Multiply-adds of a singular value decomposition of a × b, over a b min(a, b). */
const SVD = 20;
/** Logits that a script holds in a few arrays of so many. */
const MOST_LOGITS = 1e7;

/** Steps that fit into a script's time. */
export function stepsWithinReach(problem: Problem, method: Method): number {
  const { contextCount: m, vocabularySize: V, embeddingDim: d } = problem;
  if (m * V > MOST_LOGITS) return 0;
  const ofPolar = isSpectral(method) ? SVD * V * d * Math.min(V, d) : 0;
  // two runs, of two products each
  const each = 2 * (CALLS + (2 * m * V * d + ofPolar) * MULTIPLY_ADD + m * V * LOGIT);
  return Math.floor(MOST_SECONDS / each);
}

/** Recorded steps that a script holds its own against: the last within reach, and before it the start and powers of ten. */
export function comparedPoints(trace: readonly TracePoint[], reach: number): TracePoint[] {
  const known = trace.filter(
    ({ step, inSupportGap, offSupportGap, norm }) =>
      step <= reach && [inSupportGap, offSupportGap, norm].every(Number.isFinite),
  );
  const last = known.at(-1);
  return known.filter((point) => point === last || /^(0|10*)$/.test(String(point.step)));
}

const MOVES_BY_SIGN: readonly Method["optimizer"][] = ["sign", "signed-momentum", "max-steepest"];

/** The run again, in float64, held against its recorded steps. */
export function descentText(method: Method, points: readonly TracePoint[]): string {
  const rows = points.map(
    ({ step, inSupportGap, offSupportGap, norm }) => `    ${step}: (${inSupportGap}, ${offSupportGap}, ${norm}),`,
  );
  // half a unit of what they have come to in each step of one length, to one side
  const rounded = MOVES_BY_SIGN.includes(method.optimizer) ? "(8 + k / 2)" : "8";
  // chosen by experience: a run of Adam went twice as far as 8 times allow; where steps swing, two precisions part exponentially
  const [times, inWords] = isLinear(method) || isSpectral(method) ? [8, "eight"] : [100, "a hundred"];
  return `recorded = {  # step: CE_in − H, CE − CE_in, ‖W‖
${rows.join("\n")}
}
rounding = (m + d + 16) * U  # of a gradient in float32, relative: sums over d and m terms


def descend(rounding):
    """(k, W, ‖W_k − W_{k−1}‖) at each recorded step. Residuals are off by so much of themselves, to a side that is drawn."""
    W, memory, moved = W_0.copy(), np.zeros((2, V, d)), 0.0
    factor = 1 + rounding * np.random.default_rng(1).choice([-1, 1], (m, V))
    for k in range(max(recorded) + 1):
        if k in recorded:
            yield k, W.copy(), moved
        step = move((weights[:, None] * loss(W, h)[2] * factor).T @ h, k + 1, memory)
        W, moved = W - step, np.linalg.norm(step)


def spread(L, words):
    """The largest difference of two logits of a context among these words."""
    return (np.where(words, L, -np.inf).max(1) - np.where(words, L, np.inf).min(1)).max()


# The run was in float32, with W in pairs of it. What its roundings come to is measured, not proved: the same steps once more, with
# residuals that are off as much as rounding can make them, go elsewhere by \`apart\`, of which ${inWords} times is allowed,
# and a few units of what W has moved. Logits are summed up within segments of ${SEGMENT} steps (\`lag\`). The rest follows, see \`allowed\`.
# Where steps swing to and fro, two precisions part for good: what has grown to a hundredth of CE − H is not compared.
for (k, W, moved), (_, other, _) in zip(descend(0), descend(rounding)):
    apart, units = other - W, ${rounded} * U * np.linalg.norm(W - W_0)
    lag = (d + 12) * U * min(${SEGMENT}, k) * moved + units
    lag = np.sqrt(2) * lag * np.linalg.norm(h, axis=1).max()
    inside, outside = allowed(W, h, ${times} * spread(h @ apart.T, S) + lag, ${times} * spread(h @ apart.T, S | True) + lag)
    drift = ${times} * np.linalg.norm(apart) + units
    KL, off, _ = loss(W, h)
    if inside + outside > 0.01 * weights @ (KL + off):
        print(f"step {k}: not compared, roundings have grown to {(inside + outside):.1e} of CE − H")
        drift = np.inf
        continue
    run_inside, run_outside, run_norm = recorded[k]
    check(f"step {k}: CE_in − H", weights @ KL, run_inside, inside)
    check(f"step {k}: CE − CE_in", weights @ off, run_outside, outside)
    check(f"step {k}: CE − H", weights @ (KL + off), run_inside + run_outside, inside + outside)
    check(f"step {k}: ‖W‖", np.linalg.norm(W), run_norm, drift + (V * d + 8) * U * np.linalg.norm(W) + 1e-18)
`;
}
