import { make } from "./dom.ts";

/** How long a tip stays when the pointer leaves it and its button, which it must on its way from one to the other. */
const LINGER_MS = 250;
/** In pixels, from the button and from the edges of the window. */
const GAP = 6;

let shared: Tip | undefined;

/**
 * Explanations of buttons: shown while the pointer is on the button or on the explanation, and while the button has the focus; Escape
 * takes them away, as WCAG 1.4.13 asks for. One is shown at a time.
 */
export class Tip {
  #shown: { readonly button: HTMLElement; readonly tip: HTMLElement } | undefined;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  /** The one of the page. */
  static ofPage(): Tip {
    return (shared ??= new Tip());
  }

  private constructor() {
    document.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape" || !this.#shown) return;
        this.#hide();
        event.stopPropagation();
      },
      { capture: true },
    );
    document.addEventListener("pointerdown", ({ target }) => {
      const { button, tip } = this.#shown ?? {};
      if (!button?.contains(target as Node) && !tip?.contains(target as Node)) this.#hide();
    });
    addEventListener("scroll", () => this.#place(), { capture: true, passive: true });
    addEventListener("resize", () => this.#place());
  }

  /** Gives a button an explanation; buttons with the same id share it. */
  explain(button: HTMLElement, id: string, text: string): void {
    const tip = document.getElementById(id) ?? this.#make(id, text);
    button.setAttribute("aria-describedby", id);
    const show = (): void => this.#show(button, tip);
    button.addEventListener("pointerenter", ({ pointerType }) => {
      if (pointerType === "mouse") show();
    });
    button.addEventListener("pointerleave", () => this.#leave());
    button.addEventListener("focus", show);
    button.addEventListener("blur", () => this.#hide());
    // a touch gives no focus everywhere
    button.addEventListener("click", show);
  }

  #make(id: string, text: string): HTMLElement {
    const tip = make("div", { id, class: "tip", role: "tooltip", popover: "manual" }, text);
    tip.addEventListener("pointerenter", () => clearTimeout(this.#leaving));
    tip.addEventListener("pointerleave", () => this.#leave());
    document.body.append(tip);
    return tip;
  }

  #show(button: HTMLElement, tip: HTMLElement): void {
    clearTimeout(this.#leaving);
    if (this.#shown?.button === button) return;
    this.#hide();
    this.#shown = { button, tip };
    tip.showPopover();
    this.#place();
  }

  #hide(): void {
    clearTimeout(this.#leaving);
    this.#shown?.tip.hidePopover();
    this.#shown = undefined;
  }

  /** The pointer has left; where the button has the focus its explanation stays. */
  #leave(): void {
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => {
      if (this.#shown?.button !== document.activeElement) this.#hide();
    }, LINGER_MS);
  }

  /** Below the button, or above it where there is no room, and within the window. */
  #place(): void {
    if (!this.#shown) return;
    const { button, tip } = this.#shown;
    if (!button.isConnected) return this.#hide();
    const [at, { width, height }] = [button.getBoundingClientRect(), tip.getBoundingClientRect()];
    const { clientWidth, clientHeight } = document.documentElement;
    const isBelow = at.bottom + GAP + height <= clientHeight || at.top - GAP - height < 0;
    tip.style.left = `${Math.max(GAP, Math.min(at.left, clientWidth - width - GAP))}px`;
    tip.style.top = `${isBelow ? at.bottom + GAP : at.top - GAP - height}px`;
  }
}
