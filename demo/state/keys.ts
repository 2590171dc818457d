import { CORPUS_RANGES, isSpectral, OPTIMIZERS, SCHEDULES, STEP_SIZES } from "../../src/index.ts";

/** What the value of a key may be. */
type Form =
  | { readonly names: readonly string[] }
  | { readonly least: number; readonly most: number; readonly isWhole?: boolean; readonly words?: string }
  | "text";

/** A key of the page's state: the name of its control, of its part of a link, and, where there is one, of the command's option. */
export interface Key {
  /** What the page calls its control. */
  readonly label: string;
  readonly form: Form;
  /** What it is unless a preset says otherwise; empty where that means “as usual”. */
  readonly initial: string;
}

const MOST_STEPS = 1e9;
const MOST_DIMENSIONS = 1024;

/** The optimisers of both factors: not those whose steps go along the polar factor of one matrix. */
export const FACTOR_OPTIMIZERS: readonly string[] = OPTIMIZERS.filter((optimizer) => !isSpectral({ optimizer }));

/** What the middle of the page shows. */
const VIEWS = ["run", "maps", "compare", "norms"] as const;

/** The lessons, in their order; those of trained embeddings last. */
export const LESSON_NAMES = ["entropy", "subspaces", "growth", "margin", "failing", "collapse", "order"] as const;

/** The state of the page, in the order of a link. */
export const KEYS = {
  preset: { label: "Problem", form: "text", initial: "paper1-plane" },
  text: { label: "Text", form: "text", initial: "" },
  moved: { label: "Moved contexts", form: "text", initial: "" },
  model: { label: "What is trained", form: { names: ["fixed", "trained"] }, initial: "fixed" },
  optimizer: { label: "Optimiser", form: { names: OPTIMIZERS }, initial: "gradient-descent" },
  schedule: { label: "Schedule", form: { names: SCHEDULES }, initial: "constant" },
  "step-size": { label: "Step size", form: STEP_SIZES, initial: "" },
  steps: { label: "Number of steps", form: { least: 1, most: MOST_STEPS, isWhole: true }, initial: "10000" },
  seed: { label: "Seed", form: { least: 0, most: Number.MAX_SAFE_INTEGER, isWhole: true }, initial: "1" },
  initial: { label: "Start at", form: { names: ["zero", "lecun"] }, initial: "zero" },
  smoothing: { label: "Label smoothing ε", form: { least: 0, most: 0.999 }, initial: "0" },
  dimension: { label: "Dimension d", form: { least: 1, most: MOST_DIMENSIONS, isWhole: true }, initial: "" },
  ridge: { label: "Ridge λ", form: { least: 0, most: 1e6 }, initial: "0" },
  decay: { label: "Decay by λ", form: { names: ["coupled", "decoupled"] }, initial: "coupled" },
  scale: { label: "Start scale", form: { least: 1e-12, most: 100 }, initial: "0.1" },
  tokens: { label: "Cut into", form: CORPUS_RANGES.tokens, initial: "words" },
  contexts: { label: "Contexts are", form: CORPUS_RANGES.contexts, initial: "windows" },
  "context-length": { label: "Context length", form: { ...CORPUS_RANGES.contextLength, isWhole: true }, initial: "2" },
  "min-count": { label: "Minimum count", form: { ...CORPUS_RANGES.minCount, isWhole: true }, initial: "1" },
  view: { label: "Figures", form: { names: VIEWS }, initial: "run" },
  lesson: { label: "Lesson", form: { names: ["", ...LESSON_NAMES] }, initial: "" },
} as const satisfies Readonly<Record<string, Key>>;

export type KeyName = keyof typeof KEYS;

export const KEY_NAMES = Object.keys(KEYS) as readonly KeyName[];

/** The value of every key as a link writes it: numbers plain, without commas. */
export type State = Readonly<Record<KeyName, string>>;

/** What a text comes to as the value of a key: as it is written in a state, or nearly, with what was wrong with it. */
export interface ReadValue {
  readonly value: string;
  /** What was expected and what was found; nothing where the text is right. */
  readonly complaint?: string;
}

/** Reads the value of a key; a number out of range comes to the nearest that is in it, all else that is wrong to `otherwise`. */
export function readValue(name: KeyName, text: string, otherwise: string = KEYS[name].initial): ReadValue {
  const { form, initial }: Key = KEYS[name];
  if (form === "text") return { value: text };
  if ("names" in form)
    return form.names.includes(text)
      ? { value: text }
      : { value: otherwise, complaint: `expected ${listed(form.names)}, found ${quote(text)}` };
  if (text.trim() === "" && initial === "") return { value: "" };
  const number = toNumber(text);
  const { least, most, isWhole } = form;
  const complaint = `expected ${rangeOf(form)}, found ${quote(text)}`;
  if (Number.isNaN(number) || (isWhole && number >= least && number <= most && !Number.isInteger(number)))
    return { value: otherwise, complaint };
  const taken = Math.min(Math.max(number, least), most);
  return { value: String(taken), ...(taken !== number && { complaint }) };
}

function rangeOf({ least, most, isWhole, words }: Exclude<Form, string | { readonly names: unknown }>): string {
  if (words) return words;
  const end = most === Number.MAX_SAFE_INTEGER ? "2^53 − 1" : most.toLocaleString("en");
  return `${isWhole ? "a whole number" : "a number"} from ${least} to ${end}`;
}

function listed(names: readonly string[]): string {
  const named = names.map((name) => name || "nothing");
  return `${named.slice(0, -1).join(", ")} or ${named.at(-1)}`;
}

/** NaN for all that is not written as a decimal number; commas between thousands are taken as such. */
function toNumber(text: string): number {
  const plain = text.trim().replace(/(?<=\d),(?=\d{3}(\D|$))/g, "");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

const quote = (text: string): string => (text.trim() === "" ? "nothing" : `“${text.trim().slice(0, 40)}”`);

/** The keys of how contexts are taken from a text. */
export const CORPUS_KEYS = ["tokens", "contexts", "context-length", "min-count"] as const satisfies readonly KeyName[];

export const isKey = (name: string): name is KeyName => name in KEYS;
