import type { KnownLimits } from "../limits.ts";
import { fourDigits, wholeNumber } from "../format.ts";
import { predictionRows, type Problem } from "../../src/index.ts";
import { besideLaw, fromTo, HALF_TENFOLD, last, pointAt, type Lesson, type LessonRun } from "./lesson.ts";

const PLANE = { preset: "paper1-plane" } as const;

export const entropy: Lesson = {
  title: "What the loss cannot go below",
  opens: { ...PLANE, steps: "100" },
  steps: 10_000,
  paragraphs: [
    "Several words may follow a context, each with its probability. Even a model that knew them all would still be surprised each time: its mean loss is their entropy H.",
    "What training can take away is the rest, the loss gap CE − H. A softmax gives every word some probability, those that never follow too.",
  ],
  look: "Look at the loss gap: both of its axes are logarithmic.",
  question: "Where is the loss CE after 10,000 steps?",
  choices: ["Near 0", "Near H, and above it", "At H, exactly", "Below H"],
  answer: (run) => {
    const { step, loss, lossGap } = last(run);
    const { entropy: H } = run.loaded.problem;
    return {
      right: whereIs(loss, lossGap, H),
      text: `After ${wholeNumber(step)} steps CE is ${fourDigits(loss)} and H is ${fourDigits(H)}. The loss gap is ${fourDigits(lossGap)}${besideLaw(run)}. It is never zero: that would take a probability of exactly zero for words that never follow, and no finite W gives one.`,
    };
  },
};

/** Which choice a loss bears out; none while it is not nearer to H than a tenth of H. */
function whereIs(loss: number, lossGap: number, H: number): number | undefined {
  if (lossGap < 0) return 3;
  if (lossGap === 0) return 2;
  if (lossGap < H / 10) return 1;
  return loss < H / 10 ? 0 : undefined;
}

export const subspaces: Lesson = {
  title: "Two parts of one matrix",
  opens: { ...PLANE, steps: "1000" },
  steps: 10_000,
  paragraphs: [
    "Two words that follow a context have a ratio of probabilities, and so a difference of logits that is right. The part of W that sets such differences is P_F(W), in the subspace F; W* is the one that sets them all right.",
    "The part off F sets how far behind the words are that never follow. It should give them no probability at all.",
  ],
  look: "Look at ‖P_F(W) − W*‖, and at the vectors that move in the plane.",
  question: "From step 1,000 to 10,000, what do the two parts do?",
  choices: [
    "Both settle",
    "P_F(W) settles, the rest grows",
    "P_F(W) moves away, the rest settles",
    "Neither settles: both move on",
  ],
  answer: (run) => {
    const [before, after] = [pointAt(run, last(run).step / 10), last(run)];
    const [e0, e1] = [before.subspaceError ?? NaN, after.subspaceError ?? NaN];
    const [r0, r1] = [before, after].map((point) => alongMargin(point.marginProjection, run.limits)) as [
      number,
      number,
    ];
    // a part that goes farther than the other had left to go is on its way
    const [settles, grows] = [e1 < e0 / HALF_TENFOLD, r1 - r0 > e0];
    const isKnown = [e0, e1, r0, r1].every(Number.isFinite);
    return {
      right: isKnown ? (settles ? (grows ? 1 : 0) : grows ? 3 : 2) : undefined,
      text: `From step ${wholeNumber(before.step)} to ${wholeNumber(after.step)} the distance of P_F(W) from W* went ${fromTo(e0, e1)}, while the length of W along W_mm, which is all off F, went ${fromTo(r0, r1)}. Probabilities that are not zero are met at a finite place; zero is not.`,
    };
  },
};

/** ⟨W, W_mm⟩/‖W_mm‖. */
const alongMargin = (projection = NaN, limits?: KnownLimits): number => projection / (limits?.margin?.norm ?? NaN);

export const growth: Lesson = {
  title: "Why the norm grows",
  opens: { ...PLANE, steps: "1000" },
  steps: 10_000,
  paragraphs: [
    "Words that never follow have the target probability zero. To bring one from 10⁻³ to 10⁻⁴, its logit has to fall behind by log 10 ≈ 2.3 more; to 10⁻⁵, by as much again. There is no end to it.",
    "Each such step takes longer: the gradient is no larger than the mistake that is left, and that falls like 1/k after k steps.",
  ],
  look: "Look at the norm ‖W‖, whose axis of steps is logarithmic.",
  question: "The norm grew from step 100 to 1,000. And from 1,000 to 10,000?",
  choices: ["Hardly any more", "About as much again", "About ten times as much", "It will shrink"],
  answer: (run) => {
    const { step } = last(run);
    const [n0, n1, n2] = [step / 100, step / 10, step].map((at) => pointAt(run, at).norm ?? NaN) as [
      number,
      number,
      number,
    ];
    const law = predictionRows(run.predictions, run.trace).find(({ figure }) => figure === "normGrowth");
    const theory = law?.predicted === undefined ? "" : `, where theory said ${fourDigits(law.predicted)}`;
    return {
      right: growthOf(n1 - n0, n2 - n1),
      text: `It grew by ${fourDigits(n1 - n0)} up to step ${wholeNumber(pointAt(run, step / 10).step)}, and then by ${fourDigits(n2 - n1)}${theory}. Ten times as many steps add nearly the same length each time: in the end ‖W_mm‖ log 10. That is growth like log k, which never stops.`,
    };
  },
};

function growthOf(first: number, second: number): number | undefined {
  if (!Number.isFinite(first + second) || first <= 0) return undefined;
  if (second < 0) return 3;
  const ratio = second / first;
  return ratio < 1 / HALF_TENFOLD ? 0 : ratio < HALF_TENFOLD ? 1 : 2;
}

export const margin: Lesson = {
  title: "What the margin depends on",
  opens: { ...PLANE, steps: "100" },
  steps: 10_000,
  paragraphs: [
    "W_mm is the smallest decoder that scores the words of each context alike, and ahead of all others by 1 or more. Its margin, 1/‖W_mm‖, is how far ahead they are at length 1.",
    "It says how training ends: W turns to the direction of W_mm, and the loss gap tends to ‖W_mm‖²/(ηk). The larger the margin, the sooner.",
  ],
  look: "Look at the ghosts in the plane: they are the vectors of W_mm.",
  question: "One thing in the data is changed. Which change leaves W_mm as it is?",
  choices: [
    "How likely the words are that follow",
    "Where the vector of a context lies",
    "Which words follow a context",
  ],
  answer: (run) => {
    const { margin: found } = run.limits ?? {};
    if (!found?.decoder) return { right: undefined, text: "W_mm is not known in this run." };
    const rest = restOfDual(run.loaded.problem, found.decoder, found.dual);
    // ‖W − Σ β_j h_jᵀ‖² ≤ 2(P − D), with W the decoder and P = ½‖W‖²
    const isMet = rest <= Math.sqrt(found.relativeGap) + Number.EPSILON * found.dual.length;
    const { step, lossGap } = last(run);
    return {
      right: isMet ? 0 : undefined,
      text: `Made from the vectors of the contexts and weights on the words that touch the margin, ${found.supportVectors.length} here, Σ β_j h_jᵀ is W_mm again, but for ${fourDigits(100 * rest)} % of it: how likely words are has no part in it, as long as the same ones follow. Its norm is ${fourDigits(found.norm)}, and the margin ${fourDigits(found.margin)}. At step ${wholeNumber(step)} the loss gap is ${fourDigits(lossGap)}${besideLaw(run)}.`,
    };
  },
};

/** ‖W − Σ_j β_j h_jᵀ‖ / ‖W‖. */
function restOfDual(
  { embeddings, embeddingDim: d, vocabularySize: V }: Problem,
  W: Float64Array,
  dual: Float64Array,
): number {
  let [rest, whole] = [0, 0];
  for (let v = 0; v < V; v++)
    for (let i = 0; i < d; i++) {
      let made = 0;
      for (let j = 0; j * V < dual.length; j++) made += dual[j * V + v]! * embeddings[j * d + i]!;
      rest += (W[v * d + i]! - made) ** 2;
      whole += W[v * d + i]! ** 2;
    }
  return Math.sqrt(rest / whole);
}

export const failing: Lesson = {
  title: "When a condition fails",
  opens: { preset: "nonseparable", steps: "1000" },
  steps: 10_000,
  paragraphs: [
    "Here two of the fifty contexts have the same vector, and no next word in common. The decoder cannot tell them apart: whichever words it puts ahead are wrong for one of the two.",
    "So no decoder separates, and there is no W_mm. Ratios of probabilities within a context can still be met: there is a W*.",
  ],
  look: "Look at the two parts of the loss gap, in support and off support.",
  question: "Ten times as many steps: what becomes of the two parts?",
  choices: ["Both fall to about a tenth", "Only that in support falls", "Only that off support falls", "Neither falls"],
  answer: (run) => {
    const [before, after] = [pointAt(run, last(run).step / 10), last(run)];
    const inFalls = after.inSupportGap < before.inSupportGap / HALF_TENFOLD;
    const offFalls = after.offSupportGap < before.offSupportGap / HALF_TENFOLD;
    return {
      right: inFalls ? (offFalls ? 0 : 1) : offFalls ? 2 : 3,
      text: `From step ${wholeNumber(before.step)} to ${wholeNumber(after.step)} in support went ${fromTo(before.inSupportGap, after.inSupportGap)}, off support ${fromTo(before.offSupportGap, after.offSupportGap)}.${whatThePairKeeps(run)} Try “Not compatible” too: there it is the part in support that stays.`,
    };
  },
};

/** The least mass off the supports, in nats, of two contexts with one embedding and no word in common: Σ π_j log((π_a + π_b)/π_j). */
function whatThePairKeeps({ loaded: { problem }, limits }: LessonRun): string {
  const { pair } = limits?.margin?.nonseparable ?? {};
  if (!pair) return "";
  const weights = pair.map((j) => problem.weights[j]!);
  const both = weights[0]! + weights[1]!;
  const kept = weights.reduce((sum, weight) => sum + weight * Math.log(both / weight), 0);
  return ` It cannot go below ${fourDigits(kept)}: between the two contexts, the decoder has to split one distribution.`;
}
