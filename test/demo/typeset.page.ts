import { make, setPlainText, setText } from "../../demo/views/dom.ts";

/** A text as the page writes it: its markup, its text, and what is copied of it. */
export function written(text: string): { markup: string; text: string; copied: string } {
  const element = make("p", {}, text);
  document.body.replaceChildren(element);
  getSelection()!.selectAllChildren(element);
  return { markup: element.innerHTML, text: element.textContent, copied: getSelection()!.toString() };
}

/** How many parts a paragraph has after a text was set, after it was set again by a reader of it, and after a plain one. */
export function partsAfter(text: string): readonly number[] {
  const element = make("p");
  setText(element, text);
  const first = element.firstChild;
  const counts = [element.childNodes.length];
  setText(element, text);
  counts.push(element.firstChild === first ? element.childNodes.length : 0);
  element.replaceChildren();
  setPlainText(element, text);
  return [...counts, element.childNodes.length];
}
