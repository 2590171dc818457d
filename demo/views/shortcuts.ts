import { byId } from "./dom.ts";

/** Elements that have a use for a key of their own. */
const HAS_OWN_KEYS = "input, textarea, select, button, summary, a[href], [contenteditable], [role=application]";

/** Single keys, while the focus is on nothing that has a use for them; the page's own checkbox switches them off. */
export function onShortcut(actions: Readonly<Record<string, () => void>>): void {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!byId("shortcuts", HTMLInputElement).checked) return;
    if (event.target instanceof Element && event.target.closest(HAS_OWN_KEYS)) return;
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
