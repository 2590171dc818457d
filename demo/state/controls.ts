import { OptionError } from "../../src/index.ts";
import { wholeNumber } from "../format.ts";
import { byId } from "../views/dom.ts";
import { FACTOR_OPTIMIZERS, KEY_NAMES, KEYS, readValue, type Key, type KeyName, type State } from "./keys.ts";

/** A control holds something that it cannot hold; `field` is the control. */
export class FieldError extends OptionError {
  readonly field: HTMLElement;
  /** @param name what the page calls the control */
  constructor(field: HTMLElement, name: string, complaint: string) {
    super(name, complaint);
    this.field = field;
  }
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const form = byId("controls", HTMLFormElement);

/**
 * The state with what some of the controls show.
 * @throws FieldError for the first of them that holds no valid value
 */
export function readControls(state: State, names: readonly KeyName[]): State {
  return { ...state, ...Object.fromEntries(names.map((name) => [name, valueOf(name, state)])) };
}

function valueOf(name: KeyName, state: State): string {
  const control = form.elements.namedItem(name);
  if (control instanceof RadioNodeList) return control.value === "" ? state[name] : control.value;
  if (!isControl(control)) return state[name];
  const { value, complaint } = readValue(name, control.value);
  if (complaint) throw new FieldError(control, KEYS[name].label, `${complaint}.`);
  return value;
}

/** Puts a state into the controls; the text field keeps what it has where the state has none. */
export function writeControls(state: State, names: readonly KeyName[] = KEY_NAMES): void {
  for (const name of names) {
    const control = form.elements.namedItem(name);
    if (control instanceof RadioNodeList)
      for (const radio of control as NodeListOf<HTMLInputElement>) radio.checked = radio.value === state[name];
    else if (isControl(control) && !(name === "text" && state.text === "")) control.value = written(name, state[name]);
  }
}

/** Offers the optimisers of what is trained, and those alone. */
export function showOptimizers(model: string): void {
  const select = byId("optimizer", HTMLSelectElement);
  for (const option of select.options) {
    option.hidden = option.disabled = model === "trained" && !FACTOR_OPTIMIZERS.includes(option.value);
    if (option.disabled && option.selected) select.value = KEYS.optimizer.initial;
  }
}

/** Whole numbers with commas between thousands, as the page shows them. */
function written(name: KeyName, value: string): string {
  const { form: range }: Key = KEYS[name];
  const isWhole = typeof range === "object" && "isWhole" in range && range.isWhole;
  return isWhole && value !== "" && name !== "seed" ? wholeNumber(Number(value)) : value;
}

const isControl = (element: unknown): element is Control =>
  element instanceof HTMLInputElement || element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement;
