import type { Model } from "../models/model.ts";

/** Shows what belongs to a model within a part of the page, and hides what belongs to another. */
export function showModel(root: Element, name: Model["name"]): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-model]"))
    element.hidden = element.dataset.model !== name;
}
