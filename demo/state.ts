import { CORPUS_RANGES, OptionError, STEP_SIZES, type CorpusOptions } from "../src/index.ts";
import { fixedEmbeddings, type FixedSettings } from "./models/fixed-embeddings.ts";
import type { Model } from "./models/model.ts";
import { byId } from "./views/dom.ts";

/** How a run is made: what the controls say. */
export interface Settings {
  readonly steps: number;
  readonly seed: number;
  readonly model: Model;
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
    model: fixedEmbeddings(readFixed()),
    seed: readWhole("seed", "Seed", { least: 0, most: Number.MAX_SAFE_INTEGER }),
  };
}

function readFixed(): FixedSettings {
  return {
    stepSize: byId("step-rule", HTMLSelectElement).value === "safe" ? "safe" : readStepSize(),
    initial: byId("initial", HTMLSelectElement).value === "lecun" ? "lecun" : "zero",
  };
}

/** @throws FieldError for the first control that holds no valid value */
export function readCorpusOptions(): CorpusOptions {
  return {
    tokens: byId("tokens", HTMLSelectElement).value === "characters" ? "characters" : "words",
    contexts: byId("contexts", HTMLSelectElement).value === "prefixes" ? "prefixes" : "windows",
    contextLength: readWhole("context-length", "Context length", CORPUS_RANGES.contextLength),
    minCount: readWhole("min-count", "Minimum count", CORPUS_RANGES.minCount),
  };
}

function readStepSize(): number {
  const field = byId("step-size", HTMLInputElement);
  const value = toNumber(field.value);
  if (value >= STEP_SIZES.least && value <= STEP_SIZES.most) return value;
  throw new FieldError(field, "Step size", `expected ${STEP_SIZES.words}, found ${quote(field.value)}.`);
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
