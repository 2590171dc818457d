import { CORPUS_DEFAULTS, CORPUS_RANGES, DEFAULT_CONTEXT_LENGTH } from "../problem/corpus/corpus-options.ts";
import type { OptionRange } from "../support/options.ts";
import { METHODS } from "../training/methods/index.ts";
import { defaultsOf, defaultStepSize, OPTIMIZERS } from "../training/methods/method.ts";
import { divisorOf, SCHEDULES } from "../training/methods/schedule.ts";
import { MOST_STEPS, runSettings, type RunOptions, type RunSettings } from "../training/run-settings.ts";

/** What `analyse` takes for an option that is left out. */
export const ANALYSE_DEFAULTS = {
  steps: 10_000,
  optimizer: "gradient-descent",
  schedule: "constant",
  stepSize: "safe",
  record: "log",
  limitsWithin: 60,
  seed: 1,
} as const;

/** How the value of an option is written; `read` of the command's parser has one function for each. */
export type OptionForm =
  OptionRange | "switch" | "step size" | "number" | "two numbers" | "share" | "seconds" | "lambdas" | "steps" | "file";

/**
 * What the options of an analysis come to for its runs.
 * @throws OptionError
 */
export function analyseRun(
  options: Omit<RunOptions, "from">,
): Pick<RunSettings, "method" | "stepSize"> & Required<Pick<RunOptions, "steps" | "record">> {
  const { record = ANALYSE_DEFAULTS.record } = options;
  const steps = options.steps ?? (typeof record === "string" ? ANALYSE_DEFAULTS.steps : Math.max(0, ...record));
  const { method, stepSize } = runSettings({ ...options, steps, record });
  return { method, stepSize, steps, record };
}

/** An option of an analysis, for people to give. */
export interface AnalyseOption {
  /** On the command line, after two dashes. */
  readonly name: string;
  /** In `AnalyseOptions`, or in its `corpus`. */
  readonly key: string;
  /** `"corpus"`: only for what becomes contexts first, a text or sequences of tokens. */
  readonly for: "any" | "corpus";
  readonly form: OptionForm;
  /** Stands for the value in the help; the names where there are some, nothing for a switch. */
  readonly value?: string;
  readonly help: string;
}

/** Any whole number; float64 has no larger ones. */
const ANY_WHOLE = { least: 0, most: Number.MAX_SAFE_INTEGER } as const;

/** The default step sizes of the optimisers without a safe one: `0.01 for normalised and adam`. */
function unsafeSteps(): string {
  const unsafe = OPTIMIZERS.map((optimizer) => ({ optimizer, stepSize: defaultStepSize({ optimizer }) })).filter(
    ({ stepSize }) => stepSize !== "safe",
  );
  const sizes = [...new Set(unsafe.map(({ stepSize }) => stepSize))];
  const namesOf = (size: number | "safe"): string =>
    listed(unsafe.filter(({ stepSize }) => stepSize === size).map(({ optimizer }) => optimizer));
  return sizes.map((size) => `${size} for ${namesOf(size)}`).join(", ");
}

/** The optimisers that have the constant momentum, and what it is by default: `of momentum and muon, 0 to 0.9999 (0.9, 0.95 for muon)`. */
function ofMomentum(): string {
  const [[, usual], ...others] = defaultsOf("momentum") as [
    readonly [string, string],
    ...(readonly [string, string])[],
  ];
  const unusual = others.filter(([, value]) => value !== usual).map(([name, value]) => `, ${value} for ${name}`);
  return `of ${listed(defaultsOf("momentum").map(([name]) => name))}, 0 to 0.9999 (${usual}${unusual.join("")})`;
}

/** `a, b and c` */
const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

/** The options of an analysis, in the order of the help. */
export const ANALYSE_OPTIONS: readonly AnalyseOption[] = [
  {
    name: "steps",
    key: "steps",
    for: "any",
    form: { least: 0, most: MOST_STEPS },
    value: "N",
    help: `the last step of gradient descent (${ANALYSE_DEFAULTS.steps}, or the last of --record)`,
  },
  {
    name: "optimizer",
    key: "optimizer",
    for: "any",
    form: { names: OPTIMIZERS },
    help: `(${ANALYSE_DEFAULTS.optimizer})`,
  },
  {
    name: "momentum",
    key: "momentum",
    for: "any",
    form: "number",
    value: "β",
    help: ofMomentum(),
  },
  {
    name: "betas",
    key: "betas",
    for: "any",
    form: "two numbers",
    value: "β1,β2",
    help: `of adam, 0 to 0.9999 (${METHODS.adam.constants.betas.value.join()}, as in the paper)`,
  },
  {
    name: "epsilon",
    key: "epsilon",
    for: "any",
    form: "number",
    value: "ε",
    help: `of adam, 0 to 1 (${METHODS.adam.constants.epsilon.value})`,
  },
  {
    name: "schedule",
    key: "schedule",
    for: "any",
    form: { names: SCHEDULES },
    help: `the step size of step k: ${SCHEDULES.map((schedule) => ["η", divisorOf({ schedule })].filter(Boolean).join("/")).join(", ")} (${ANALYSE_DEFAULTS.schedule})`,
  },
  {
    name: "step-size",
    key: "stepSize",
    for: "any",
    form: "step size",
    value: "x|safe",
    help: `a number, or safe: the reciprocal of the gradient's Lipschitz constant L, times 1 − β with momentum, or of a smoothness in the norm of steepest descent (${ANALYSE_DEFAULTS.stepSize}; ${unsafeSteps()}, which have no safe one)`,
  },
  {
    name: "record",
    key: "record",
    for: "any",
    form: "steps",
    value: "log|1,10,…",
    help: `the steps at which to measure: spaced evenly on a logarithmic scale, or a list (${ANALYSE_DEFAULTS.record})`,
  },
  {
    name: "limits-within",
    key: "limitsWithin",
    for: "any",
    form: "seconds",
    value: "S",
    help: `the longest search for the two limits, in seconds (${ANALYSE_DEFAULTS.limitsWithin})`,
  },
  {
    name: "ridge",
    key: "ridge",
    for: "any",
    form: "lambdas",
    value: "1e-1,1e-2,…",
    help: "also find the minimisers of CE + λ/2 ‖W‖² for these λ, descending",
  },
  {
    name: "nuclear",
    key: "nuclear",
    for: "any",
    form: "switch",
    help: "also find L_mm, the margin problem in the nuclear norm of the logits, with its certificate",
  },
  {
    name: "trained-embeddings",
    key: "trainedEmbeddings",
    for: "any",
    form: "switch",
    help: "also train words and contexts together, by the same optimizer and as many steps; --ridge is then the λ of both",
  },
  {
    name: "from-embeddings",
    key: "fromEmbeddings",
    for: "any",
    form: "switch",
    help: "start the trained embeddings at those of the file, in their dimension",
  },
  {
    name: "dimension",
    key: "dimension",
    for: "any",
    form: { least: 1, most: 65_536 },
    value: "N",
    help: "of the trained embeddings (the number of words, or as in the file with --from-embeddings)",
  },
  {
    name: "smoothing",
    key: "smoothing",
    for: "any",
    form: "share",
    value: "ε",
    help: "smooth the probabilities first, p ← (1 − ε) p + ε/V, so that every word follows every context (none)",
  },
  {
    name: "evaluate",
    key: "evaluate",
    for: "any",
    form: "file",
    value: "FILE",
    help: "also measure this decoder, V × d (.npy, or the key decoder of an .npz)",
  },
  {
    name: "seed",
    key: "seed",
    for: "any",
    form: ANY_WHOLE,
    value: "N",
    help: `seed of everything that is drawn (${ANALYSE_DEFAULTS.seed})`,
  },
  {
    name: "tokens",
    key: "tokens",
    for: "corpus",
    form: CORPUS_RANGES.tokens,
    help: `spaces for text that is tokenised already (${CORPUS_DEFAULTS.tokens})`,
  },
  {
    name: "tokenizer",
    key: "tokenizer",
    for: "corpus",
    form: "file",
    value: "FILE",
    help: "cut a text by this tokenizer.json of Hugging Face's, in place of --tokens",
  },
  {
    name: "contexts",
    key: "contexts",
    for: "corpus",
    form: CORPUS_RANGES.contexts,
    help: `(${CORPUS_DEFAULTS.contexts})`,
  },
  {
    name: "context-length",
    key: "contextLength",
    for: "corpus",
    form: CORPUS_RANGES.contextLength,
    value: "N",
    help: `tokens of a window (${DEFAULT_CONTEXT_LENGTH.windows}), or of the longest prefix (${DEFAULT_CONTEXT_LENGTH.prefixes})`,
  },
  {
    name: "min-count",
    key: "minCount",
    for: "corpus",
    form: CORPUS_RANGES.minCount,
    value: "N",
    help: `leave out contexts seen fewer times (${CORPUS_DEFAULTS.minCount})`,
  },
  {
    name: "max-vocabulary",
    key: "maxVocabulary",
    for: "corpus",
    form: CORPUS_RANGES.maxVocabulary,
    value: "N",
    help: `the most frequent words, the rest as one unknown word (${CORPUS_DEFAULTS.maxVocabulary})`,
  },
  {
    name: "max-contexts",
    key: "maxContexts",
    for: "corpus",
    form: CORPUS_RANGES.maxContexts,
    value: "N",
    help: `keep the most frequent contexts (${CORPUS_DEFAULTS.maxContexts})`,
  },
  {
    name: "embedding",
    key: "embedding",
    for: "corpus",
    form: CORPUS_RANGES.embedding,
    help: `(${CORPUS_DEFAULTS.embedding})`,
  },
  {
    name: "dim",
    key: "embeddingDim",
    for: "corpus",
    form: CORPUS_RANGES.embeddingDim,
    value: "N",
    help: "embedding dimension (from the number of contexts)",
  },
  {
    name: "vectors",
    key: "vectors",
    for: "corpus",
    form: "file",
    value: "FILE",
    help: "word vectors in the text form of word2vec or GloVe, the embeddings of contexts that are one word, in place of these two",
  },
];
