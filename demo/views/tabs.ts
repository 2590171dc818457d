import { byId } from "./dom.ts";

/** Tabs of the page's `role="tablist"`: one panel is shown, and arrow keys move among the tabs (ARIA Authoring Practices, tabs). */
export class Tabs {
  readonly #tabs: readonly HTMLButtonElement[];
  readonly #onChoice: (view: string) => void;

  /** @param onChoice told what the reader has chosen, a tab's `data-view` */
  constructor(list: HTMLElement, onChoice: (view: string) => void) {
    this.#tabs = [...list.querySelectorAll<HTMLButtonElement>("[role=tab]")];
    this.#onChoice = onChoice;
    for (const tab of this.#tabs) tab.addEventListener("click", () => this.#choose(tab));
    list.addEventListener("keydown", (event) => this.#move(event));
  }

  show(view: string): void {
    for (const tab of this.#tabs) {
      const isShown = tab.dataset.view === view;
      tab.setAttribute("aria-selected", String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
      byId(tab.getAttribute("aria-controls")!, HTMLElement).hidden = !isShown;
    }
  }

  #choose(tab: HTMLButtonElement): void {
    tab.focus();
    this.#onChoice(tab.dataset.view!);
  }

  #move(event: KeyboardEvent): void {
    const at = this.#tabs.findIndex((tab) => tab === document.activeElement);
    const count = this.#tabs.length;
    const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: count - 1 }[event.key];
    if (target === undefined || at < 0) return;
    event.preventDefault();
    this.#choose(this.#tabs[(target + count) % count]!);
  }
}
