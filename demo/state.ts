import { CORPUS_RANGES, OptionError, STEP_SIZES, type CorpusOptions } from "../src/index.ts";
import { fixedEmbeddings, type FixedSettings } from "./models/fixed-embeddings.ts";
import type { Model } from "./models/model.ts";
import { trainedEmbeddings, type TrainedSettings } from "./models/trained-embeddings.ts";
import { byId } from "./views/dom.ts";

/** How a run is made: what the controls say. */
export interface Settings {
  readonly steps: number;
  readonly seed: number;
  /** ε of the label smoothing, 0 for none. */
  readonly smoothing: number;
  readonly model: Model;
  /** The controls as they said so. */
  readonly controls: Controls;
}

/** A control holds something that it cannot hold; `field` is the control. */
export class FieldError extends OptionError {
  readonly field: HTMLElement;
  /** @param name what the page calls the control */
  constructor(field: HTMLElement, name: string, complaint: string) {
    super(name, complaint);
    this.field = field;
  }
}

const MOST_STEPS = 1e9;

/** @throws FieldError for the first control that holds no valid value */
export function readSettings(): Settings {
  return {
    steps: readWhole("steps", "Number of steps", { least: 1, most: MOST_STEPS }),
    model: isTrained() ? trainedEmbeddings(readTrained()) : fixedEmbeddings(readFixed()),
    smoothing: readNumber(
      "smoothing",
      "Label smoothing ε",
      "a number from 0 up to, but not, 1",
      (e) => e >= 0 && e < 1,
    ),
    seed: readWhole("seed", "Seed", { least: 0, most: Number.MAX_SAFE_INTEGER }),
    controls: readControls(),
  };
}

/** Values of controls by id. */
export type Controls = Readonly<Record<string, string>>;

/** What {@link setControls} sets. */
function readControls(): Controls {
  const all = document.querySelectorAll<HTMLInputElement | HTMLSelectElement>(
    "#controls :is(input:not([type=radio], [type=checkbox], [type=file]), select)",
  );
  return Object.fromEntries([...all].map(({ id, value }) => [id, value]));
}

/** Sets controls; those of trained embeddings and the label smoothing that are not named go back to what they were at first. */
export function setControls(values: Controls): void {
  const first = document.querySelectorAll<HTMLInputElement | HTMLSelectElement>(
    "fieldset[data-model=trained] :is(input, select), #smoothing",
  );
  for (const control of first)
    if (control instanceof HTMLInputElement) control.value = control.defaultValue;
    else control.selectedIndex = 0;
  for (const [id, value] of Object.entries(values)) {
    const control = byId(id, HTMLElement);
    if (control instanceof HTMLInputElement || control instanceof HTMLSelectElement) control.value = value;
    else throw new Error(`the page has no control with the id ${id}`);
  }
}

/** Whether the switch is at trained embeddings. */
export function isTrained(): boolean {
  return byId("model-trained", HTMLInputElement).checked;
}

function readFixed(): FixedSettings {
  return {
    stepSize: byId("step-rule", HTMLSelectElement).value === "safe" ? "safe" : readStepSize("step-size"),
    initial: byId("initial", HTMLSelectElement).value === "lecun" ? "lecun" : "zero",
  };
}

const MOST_DIMENSIONS = 1024;

function readTrained(): TrainedSettings {
  const chosen = (id: string): string => byId(id, HTMLSelectElement).value;
  const isUnsaid = byId("dimension", HTMLInputElement).value.trim() === "";
  return {
    dimension: isUnsaid ? undefined : readWhole("dimension", "Dimension d", { least: 1, most: MOST_DIMENSIONS }),
    ridge: readNumber("ridge", "Ridge λ", "a number from 0 to 1e6", (value) => value >= 0 && value <= 1e6),
    optimizer: OPTIMIZERS.find((name) => name === chosen("optimizer")) ?? "gradient-descent",
    decay: chosen("decay") === "decoupled" ? "decoupled" : "coupled",
    stepSize: chosen("trained-step-rule") === "default" ? "default" : readStepSize("trained-step-size"),
    scale: readNumber("scale", "Start scale", "a number above 0 and up to 100", (value) => value > 0 && value <= 100),
  };
}

/** Those that the page offers for trained embeddings. */
const OPTIMIZERS = ["gradient-descent", "momentum", "adam"] as const;

/** @throws FieldError for the first control that holds no valid value */
export function readCorpusOptions(): CorpusOptions {
  return {
    tokens: CORPUS_RANGES.tokens.names.find((name) => name === byId("tokens", HTMLSelectElement).value) ?? "words",
    contexts: byId("contexts", HTMLSelectElement).value === "prefixes" ? "prefixes" : "windows",
    contextLength: readWhole("context-length", "Context length", CORPUS_RANGES.contextLength),
    minCount: readWhole("min-count", "Minimum count", CORPUS_RANGES.minCount),
  };
}

function readStepSize(id: string): number {
  const { least, most, words } = STEP_SIZES;
  return readNumber(id, "Step size", words, (value) => value >= least && value <= most);
}

/** @param expected the numbers that are taken, in words */
function readNumber(id: string, name: string, expected: string, isTaken: (value: number) => boolean): number {
  const field = byId(id, HTMLInputElement);
  const value = toNumber(field.value);
  if (isTaken(value)) return value;
  throw new FieldError(field, name, `expected ${expected}, found ${quote(field.value)}.`);
}

function readWhole(
  id: string,
  name: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const field = byId(id, HTMLInputElement);
  const value = toNumber(field.value);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} to 2^53 − 1` : `${least} to ${most.toLocaleString("en")}`;
  throw new FieldError(field, name, `expected a whole number from ${range}, found ${quote(field.value)}.`);
}

/** NaN for all that is not written as a decimal number; commas between thousands are taken as such. */
function toNumber(text: string): number {
  const plain = text.trim().replace(/(?<=\d),(?=\d{3}(\D|$))/g, "");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

const quote = (text: string): string => (text.trim() === "" ? "nothing" : `“${text.trim().slice(0, 40)}”`);
