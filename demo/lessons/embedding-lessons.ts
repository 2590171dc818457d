import { fourDigits, wholeNumber } from "../format.ts";
import { fromTo, HALF_TENFOLD, last, type Lesson, type LessonRun } from "./lesson.ts";

export const collapse: Lesson = {
  title: "Contexts that become one",
  opens: { preset: "collapse", steps: "10" },
  steps: 10_000,
  paragraphs: [
    "Now the vectors of contexts are trained too, from a random start. Four and four of these 24 have the same next words, each with probabilities of its own.",
    "Logits have a finite part that knows the probabilities, L_in, and one that grows, along L_mm, which knows only what words follow.",
  ],
  look: "Look at discs with one letter in the plane, and at the spread within supports, off F, over that between them.",
  question: "What will that spread do?",
  choices: [
    "Fall: contexts with the same next words become one",
    "Stay: probabilities keep them apart",
    "Grow: probabilities drive them apart",
  ],
  answer: (run) => {
    const [first, end] = [run.trace[0]!, last(run)];
    const [c0, c1] = [first.collapse ?? NaN, end.collapse ?? NaN];
    return {
      right: Number.isFinite(c0 + c1) ? (c1 < c0 / HALF_TENFOLD ? 0 : c1 < c0 * HALF_TENFOLD ? 1 : 2) : undefined,
      text: `It went ${fromTo(c0, c1)} in ${wholeNumber(end.step)} steps. What is left off F depends on which words follow, and on nothing else, once L_mm outweighs the start. By the same measure the vectors themselves, which carry the finite part too, are at ${fourDigits(end.embeddingCollapse ?? NaN)}.`,
    };
  },
};

/** u_iᵀ L v_i at which a mode counts as learned. */
const LEARNED = 0.01;

export const order: Lesson = {
  title: "The order of learning",
  opens: { preset: "emergence", steps: "100" },
  steps: 4000,
  paragraphs: [
    "Both matrices start very near to zero, so that all words are equally likely. The data have a few patterns, called modes: which words go with which contexts. Each has a strength s, a singular value of the data.",
    "While it is small, a mode grows by itself, like e^(s t): what there is of it in W makes more of it in H, and the other way round.",
  ],
  look: "Look at the loss gap, from step 100 on.",
  question: "In which order will the modes be learned?",
  choices: ["All at once, little by little", "The strongest first, with waits between", "The weakest first"],
  answer: (run) => {
    const values = run.limits?.embeddings?.modes.values ?? new Float64Array();
    const steps = Array.from(values, (_, i) => learnedAt(run, i));
    const [first, final] = [steps[0], steps.at(-1)];
    const list = steps.map(
      (step, i) =>
        `s = ${fourDigits(values[i]!)} at ${step === undefined ? "no step yet" : `step ${wholeNumber(step)}`}`,
    );
    return {
      right: first === undefined || final === undefined ? undefined : orderOf(first, final),
      text: `A mode has come when it has reached ${LEARNED} of logits: ${[...new Set(list)].join(", ")}. Half the strength takes twice the time, which makes a stair of the loss gap; it is ${fourDigits(last(run).lossGap)} at the end.`,
    };
  },
};

/** The first recorded step at which a mode is learned. */
const learnedAt = ({ trace }: LessonRun, mode: number): number | undefined =>
  trace.find(({ modes }) => modes && modes[mode]! >= LEARNED)?.step;

/** Recorded steps are an eighth apart: what is nearer than a quarter is called at once. */
function orderOf(strongest: number, weakest: number): number {
  if (weakest > 1.25 * strongest) return 1;
  return strongest > 1.25 * weakest ? 2 : 0;
}
