import { LESSONS, lessonState } from "../lessons/lessons.ts";
import { LESSON_NAMES } from "../state/keys.ts";
import { make } from "./dom.ts";
import type { LessonListener } from "./lessons.ts";

/** The list of all lessons, behind a button. */
export class LessonMenu {
  readonly #items: readonly HTMLButtonElement[];

  /** Fills the `details` element. */
  constructor(root: HTMLDetailsElement, { onOpen }: Pick<LessonListener, "onOpen">) {
    root.classList.add("lesson-menu");
    const summary = make("summary", {}, "Lessons");
    this.#items = LESSON_NAMES.map((name) => {
      const item = make("button", { type: "button", value: name }, LESSONS[name].title);
      item.addEventListener("click", () => {
        shut();
        onOpen(lessonState(name), name);
      });
      return item;
    });
    root.append(summary, make("ol", {}, ...this.#items.map((item) => make("li", {}, item))));
    const shut = (): void => {
      root.open = false;
      summary.focus();
    };
    root.addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && root.open) shut();
    });
    document.addEventListener("pointerdown", ({ target }) => {
      if (!root.contains(target as Node)) root.open = false;
    });
  }

  /** Marks the lesson that is open. */
  mark(lesson: string): void {
    for (const item of this.#items)
      if (item.value === lesson) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
  }
}
