import { typeset } from "./typeset.ts";

/** The element of the page with this id, which must be of this class. */
export function byId<T extends Element>(id: string, type: abstract new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${type.name} with the id ${id}`);
}

/** A new element with attributes and with children; texts are typeset, and never markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.flatMap((child) => (typeof child === "string" ? typeset(child) : child)));
  return element;
}

/** Sets the text only where it changes, so that a selection or a screen reader is not disturbed. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.replaceChildren(...typeset(text));
}

/** The same for a text that is to be read aloud or in columns of letters. */
export function setPlainText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The value of a colour of the style sheet where an element is, as it is in the present theme. */
export function themeColor(name: string, element: Element): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

const redraws = new WeakMap<Element, () => void>();
/** Whoever is drawn in colours, as long as anything else knows of it. */
const drawn = new Set<WeakRef<Element>>();

/** Calls when the colours of the page change, as long as the element that is drawn in them is there. */
export function onThemeChange(element: Element, redraw: () => void): void {
  if (drawn.size === 0)
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"])
      matchMedia(query).addEventListener("change", redrawAll);
  redraws.set(element, redraw);
  drawn.add(new WeakRef(element));
}

function redrawAll(): void {
  for (const reference of drawn) {
    const element = reference.deref();
    if (element) redraws.get(element)!();
    else drawn.delete(reference);
  }
}

export function prefersReducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
