import type { Term } from "../glossary.ts";
import { isLesson, LESSONS, lessonState } from "../lessons/lessons.ts";
import type { Answer, Lesson, LessonName } from "../lessons/lesson.ts";
import type { RunView } from "../run-view.ts";
import { KEY_NAMES, LESSON_NAMES, type State } from "../state/keys.ts";
import { wholeNumber } from "../format.ts";
import { glossed } from "./gloss.ts";
import { make, setText } from "./dom.ts";

export interface LessonListener {
  /** The page is to take this state, in which the guess is open. */
  onOpen(state: Partial<State>, lesson: string): void;
  /** The run is to go on to the answer: the same state with more steps, unless the page has another one by now. */
  onReveal(state: Partial<State>): void;
  onClose(): void;
}

/** What of a state may differ from the lesson's without another run. */
const FREE: ReadonlySet<string> = new Set(["steps", "view", "lesson"]);

/** A lesson above the figures: something to read, a guess to make, and what the run says of it. */
export class LessonView {
  readonly #root: HTMLElement;
  readonly #listener: LessonListener;
  readonly #place = make("p", { id: "lesson-place", class: "lesson-place" });
  readonly #title = make("h2", { id: "lesson-title", tabindex: "-1", "aria-describedby": "lesson-place" });
  readonly #previous = make("button", { type: "button" }, "Previous");
  readonly #next = make("button", { type: "button" }, "Next");
  readonly #text = make("div", { class: "lesson-text" });
  readonly #answer = make("div", { class: "lesson-answer", role: "status" });
  readonly #question = make("fieldset", { class: "lesson-question" });
  readonly #reveal = make("button", { type: "button", class: "primary" });
  #shown: LessonName | undefined;
  /** The choice that was made when the answer was asked for. */
  #guess: number | undefined;
  #found: Answer | undefined;
  /** What had the focus before. */
  #opener: Element | null = null;

  /** Fills the element, which is hidden while there is no lesson. */
  constructor(root: HTMLElement, listener: LessonListener) {
    this.#root = root;
    this.#listener = listener;
    root.classList.add("lesson");
    root.setAttribute("aria-labelledby", "lesson-title");
    root.hidden = true;
    const close = make("button", { type: "button" }, "Close");
    const buttons = make("div", { class: "buttons" }, this.#previous, this.#next, close);
    root.append(
      make("div", { class: "lesson-head" }, this.#title, this.#place, buttons),
      make(
        "div",
        { class: "lesson-body" },
        make("div", {}, this.#text, this.#answer),
        make("div", {}, this.#question, this.#reveal),
      ),
    );
    this.#previous.addEventListener("click", () => this.#go(-1));
    this.#next.addEventListener("click", () => this.#go(1));
    this.#reveal.addEventListener("click", () => this.#press());
    close.addEventListener("click", () => {
      this.#close();
      listener.onClose();
    });
  }

  /**
   * Shows a lesson, or none for a name that is none, and its answer as soon as it was asked for and the run is there.
   * @param view the run that the page has, with every change
   */
  show(lesson: string, view: RunView | undefined): void {
    if (!isLesson(lesson)) return this.#close();
    if (lesson !== this.#shown) this.#open(lesson);
    if (this.#guess !== undefined && !this.#found && view && isAnswered(lesson, view))
      this.#tell(LESSONS[lesson], LESSONS[lesson].answer(view));
  }

  #open(name: LessonName): void {
    const { title, paragraphs, look, question, choices } = LESSONS[name];
    const number = LESSON_NAMES.indexOf(name);
    if (!this.#shown) this.#opener = document.activeElement;
    this.#shown = name;
    this.#guess = this.#found = undefined;
    this.#root.hidden = this.#text.hidden = false;
    setText(this.#title, title);
    setText(this.#place, `Lesson ${number + 1} of ${LESSON_NAMES.length}`);
    setDisabled(this.#previous, number === 0);
    setDisabled(this.#next, number === LESSON_NAMES.length - 1);
    const seen = new Set<Term>();
    this.#text.replaceChildren(...[...paragraphs, look].map((text) => make("p", {}, ...glossed(text, seen))));
    this.#text.lastElementChild!.classList.add("lesson-look");
    this.#question.replaceChildren(make("legend", {}, question), ...choices.map(choiceOf));
    this.#answer.replaceChildren();
    setText(this.#reveal, "Reveal");
    this.#title.focus();
  }

  #close(): void {
    if (!this.#shown) return;
    const hadFocus = this.#root.contains(document.activeElement);
    this.#shown = undefined;
    this.#root.hidden = true;
    if (hadFocus && this.#opener instanceof HTMLElement && this.#opener.isConnected) this.#opener.focus();
  }

  /** The lesson before or after. */
  #go(by: number): void {
    const name = LESSON_NAMES[LESSON_NAMES.indexOf(this.#shown!) + by];
    if (name) this.#listener.onOpen(lessonState(name), name);
  }

  #press(): void {
    if (this.#found) return this.#turn();
    const chosen = this.#question.querySelector<HTMLInputElement>("input:checked");
    if (!chosen) return this.#say("Make a guess first: choose one of the answers.");
    const { steps } = LESSONS[this.#shown!];
    this.#guess = Number(chosen.value);
    this.#say(`The run goes on to step ${wholeNumber(steps)}, and then the answer stands here.`);
    this.#listener.onReveal(lessonState(this.#shown!, steps));
  }

  /** From the answer to the text, and back. */
  #turn(): void {
    this.#text.hidden = !this.#text.hidden;
    this.#answer.hidden = !this.#text.hidden;
    setText(this.#reveal, this.#text.hidden ? "Back to the text" : "Back to the answer");
  }

  #say(text: string): void {
    this.#answer.hidden = false;
    this.#answer.replaceChildren(make("p", { class: "hint" }, text));
  }

  #tell({ choices }: Lesson, found: Answer): void {
    this.#found = found;
    this.#text.hidden = true;
    this.#answer.replaceChildren(
      make("p", { class: "lesson-verdict" }, verdictOf(found, this.#guess!, choices)),
      make("p", {}, found.text),
    );
    for (const [i, input] of [...this.#question.querySelectorAll("input")].entries()) {
      input.disabled = true;
      const [mark, words] = i === found.right ? ["✓", "the answer"] : i === this.#guess ? ["✕", "your guess"] : [];
      if (!mark || found.right === undefined) continue;
      const sign = make("span", { "aria-hidden": "true" }, ` ${mark}`);
      input.parentElement!.append(sign, make("span", { class: "visually-hidden" }, `, ${words}`));
      input.parentElement!.dataset.mark = mark;
    }
    setText(this.#reveal, "Back to the text");
  }
}

const choiceOf = (text: string, i: number): HTMLElement =>
  make(
    "label",
    { class: "lesson-choice" },
    make("input", { type: "radio", name: "lesson-guess", value: String(i) }),
    make("span", {}, text),
  );

function verdictOf({ right }: Answer, guess: number, choices: readonly string[]): string {
  if (right === undefined) return "This run does not tell.";
  return right === guess ? "That is right." : `It is this: ${choices[right]!}.`;
}

/** A button that has nothing to do keeps the focus that it may have. */
function setDisabled(button: HTMLButtonElement, isDisabled: boolean): void {
  button.setAttribute("aria-disabled", String(isDisabled));
}

/** Whether a run is that of the lesson, and long enough. */
function isAnswered(name: LessonName, { settings: { state }, trace, isMeasured }: RunView): boolean {
  const wanted = lessonState(name);
  const isOfLesson = KEY_NAMES.every((key) => FREE.has(key) || state[key] === wanted[key]);
  return isOfLesson && isMeasured && (trace.at(-1)?.step ?? 0) >= LESSONS[name].steps;
}
