import { byId, make } from "./dom.ts";

let marked: HTMLElement | undefined;

/** Says in words what went wrong, where it is seen and read out; `field` is the control that caused it. */
export function showAlert(message: string, field?: HTMLElement): void {
  clearAlert();
  const close = make("button", { type: "button", class: "quiet" }, "Dismiss");
  close.addEventListener("click", clearAlert);
  byId("alert", HTMLElement).append(make("p", { id: "alert-text" }, message), close);
  if (!field) return;
  marked = field;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-errormessage", "alert");
}

export function clearAlert(): void {
  byId("alert", HTMLElement).replaceChildren();
  marked?.removeAttribute("aria-invalid");
  marked?.removeAttribute("aria-errormessage");
  marked = undefined;
}
