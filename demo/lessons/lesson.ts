import { predictionRows } from "../../src/index.ts";
import { fourDigits } from "../format.ts";
import type { RunSoFar } from "../models/model.ts";
import type { RunPoint } from "../models/point.ts";
import type { LESSON_NAMES, State } from "../state/keys.ts";

export type LessonName = (typeof LESSON_NAMES)[number];

/** What a lesson reads of the run. */
export type LessonRun = Pick<RunSoFar, "loaded" | "limits" | "predictions" | "trace">;

/** What a run says of a lesson's question. */
export interface Answer {
  /** The choice that the measured figures bear out; undefined where they bear out none. */
  readonly right: number | undefined;
  /** What was measured, and why it is so. */
  readonly text: string;
}

/** A step of the guided way through the theory: something to read, a guess, and a run that decides it. */
export interface Lesson {
  readonly title: string;
  /** What of the page's state is not as usual while the guess is open; its steps end before the answer. */
  readonly opens: Partial<State>;
  /** At which step the answer is there. */
  readonly steps: number;
  readonly paragraphs: readonly string[];
  /** Where to look. */
  readonly look: string;
  readonly question: string;
  readonly choices: readonly string[];
  /** @param run of the lesson's problem and method, with at least its steps */
  readonly answer: (run: LessonRun) => Answer;
}

/** Half-way between nothing and a factor of ten, on a logarithmic scale. */
export const HALF_TENFOLD = Math.sqrt(10);

export const last = ({ trace }: LessonRun): RunPoint => trace.at(-1)!;

/** The last point that was recorded up to a step. */
export function pointAt({ trace }: LessonRun, step: number): RunPoint {
  return trace.findLast((point) => point.step <= step) ?? trace[0]!;
}

/** The last step as a part of its law's value, ", 0.998 times what theory said", or nothing where there is no law. */
export function besideLaw({ predictions, trace }: LessonRun): string {
  const law = predictionRows(predictions, trace).find(({ figure }) => figure === "lossGap");
  return law?.ratio === undefined ? "" : `, ${law.ratio.toFixed(3)} times what theory said`;
}

/** A figure at two steps: “from 0.03204 to 0.003362”. */
export const fromTo = (before: number, after: number): string => `from ${fourDigits(before)} to ${fourDigits(after)}`;
