import { OptionError, type CorpusOptions } from "../src/index.ts";
import { byId } from "./views/dom.ts";

/** How a run is made: what the controls say. */
export interface Settings {
  readonly steps: number;
  readonly stepSize: number | "safe";
  readonly initial: "zero" | "lecun";
  readonly seed: number;
}

/** A control holds something that it cannot hold; `field` is the control. */
export class FieldError extends OptionError {
  readonly field: HTMLElement;
  constructor(field: HTMLElement, message: string) {
    super(message);
    this.field = field;
  }
}

const MOST_STEPS = 1e9;
const LEAST_STEP_SIZE = 1e-37;
const MOST_STEP_SIZE = 1e18;

/** @throws FieldError for the first control that holds no valid value */
export function readSettings(): Settings {
  return {
    steps: readWhole("steps", "Number of steps", 1, MOST_STEPS),
    stepSize: byId("step-rule", HTMLSelectElement).value === "safe" ? "safe" : readStepSize(),
    initial: byId("initial", HTMLSelectElement).value === "lecun" ? "lecun" : "zero",
    seed: readWhole("seed", "Seed", 0, Number.MAX_SAFE_INTEGER),
  };
}

/** @throws FieldError for the first control that holds no valid value */
export function readCorpusOptions(): CorpusOptions {
  return {
    tokens: byId("tokens", HTMLSelectElement).value === "characters" ? "characters" : "words",
    contexts: byId("contexts", HTMLSelectElement).value === "prefixes" ? "prefixes" : "windows",
    contextLength: readWhole("context-length", "Context length", 1, 1000),
    minCount: readWhole("min-count", "Minimum count", 1, 1e9),
  };
}

function readStepSize(): number {
  const field = byId("step-size", HTMLInputElement);
  const value = toNumber(field.value);
  if (value >= LEAST_STEP_SIZE && value <= MOST_STEP_SIZE) return value;
  throw new FieldError(field, `Step size: expected a number from 1e-37 to 1e18, found ${quote(field.value)}.`);
}

function readWhole(id: string, name: string, least: number, most: number): number {
  const field = byId(id, HTMLInputElement);
  const value = toNumber(field.value);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} to 2^53 − 1` : `${least} to ${most.toLocaleString("en")}`;
  throw new FieldError(field, `${name}: expected a whole number from ${range}, found ${quote(field.value)}.`);
}

/** NaN for all that is not written as a decimal number; commas between thousands are taken as such. */
function toNumber(text: string): number {
  const plain = text.trim().replace(/(?<=\d),(?=\d{3}(\D|$))/g, "");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

const quote = (text: string): string => (text.trim() === "" ? "nothing" : `“${text.trim().slice(0, 40)}”`);
