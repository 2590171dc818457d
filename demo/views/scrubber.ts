import { wholeNumber } from "../format.ts";
import { byId, prefersReducedMotion, setText } from "./dom.ts";

/** Pause between two pictures of the film, and for readers who asked for less motion. */
const PICTURE_MS = 80;
const CALM_PICTURE_MS = 500;

/**
 * The time slider over the recorded points: where it stands is what every figure shows. At its end it follows the run. The film goes
 * through all points from the start, or from where the slider stands.
 */
export class Scrubber {
  readonly #slider = byId("scrub", HTMLInputElement);
  readonly #film = byId("film-button", HTMLButtonElement);
  readonly #onMove: () => void;
  #steps: readonly number[] = [];
  /** Undefined while the last point is followed. */
  #index: number | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param onMove told when another point is to be shown */
  constructor(onMove: () => void) {
    this.#onMove = onMove;
    this.#slider.addEventListener("input", () => {
      const index = Number(this.#slider.value);
      this.#stopFilm();
      this.#moveTo(index);
    });
    this.#film.addEventListener("click", () => {
      if (this.#timer) this.#stopFilm();
      else this.#startFilm();
    });
  }

  /** Takes the steps of a run's points; those of another run are followed from its start. */
  update(steps: readonly number[]): void {
    const isLonger = this.#steps.every((step, i) => steps[i] === step);
    if (!isLonger) {
      this.#stopFilm();
      this.#index = undefined;
    }
    this.#steps = steps;
    this.#render();
  }

  /** How many of the points are shown, the last of them being the one that figures are of. */
  get count(): number {
    return this.#index === undefined ? this.#steps.length : this.#index + 1;
  }

  #moveTo(index: number): void {
    this.#index = index >= this.#steps.length - 1 ? undefined : index;
    this.#render();
    this.#onMove();
  }

  #startFilm(): void {
    if (this.#steps.length < 2) return;
    if (this.#index === undefined) this.#moveTo(0);
    this.#timer = setInterval(
      () => {
        if (this.#index === undefined) this.#stopFilm();
        else this.#moveTo(this.#index + 1);
      },
      prefersReducedMotion() ? CALM_PICTURE_MS : PICTURE_MS,
    );
    this.#render();
  }

  #stopFilm(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#render();
  }

  #render(): void {
    const last = Math.max(this.#steps.length - 1, 0);
    const at = this.#index ?? last;
    this.#slider.max = String(last);
    this.#slider.value = String(at);
    this.#slider.disabled = this.#film.disabled = last === 0;
    const step = this.#steps[at];
    const text = step === undefined ? "no points yet" : `step ${wholeNumber(step)}`;
    this.#slider.setAttribute("aria-valuetext", text);
    setText(byId("scrub-at", HTMLElement), text);
    setText(this.#film, this.#timer ? "Stop" : "Film");
  }
}
