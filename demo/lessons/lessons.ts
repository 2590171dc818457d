import { initialState } from "../presets.ts";
import type { State } from "../state/keys.ts";
import { entropy, failing, growth, margin, subspaces } from "./decoder-lessons.ts";
import { collapse, order } from "./embedding-lessons.ts";
import type { Lesson, LessonName } from "./lesson.ts";

/** Every lesson by its name, which is its value of the key `lesson`. */
export const LESSONS: Readonly<Record<LessonName, Lesson>> = {
  ...{ entropy, subspaces, growth, margin, failing },
  ...{ collapse, order },
};

/** The page's state in a lesson, before the guess or with so many steps. */
export function lessonState(name: LessonName, steps?: number): State {
  const { opens } = LESSONS[name];
  return {
    ...{ ...initialState(opens.preset!), ...opens, lesson: name },
    ...(steps !== undefined && { steps: String(steps) }),
  };
}

export const isLesson = (name: string): name is LessonName => name in LESSONS;
