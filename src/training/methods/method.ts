import { OptionError, StateError } from "../../errors.ts";
import type { EntryRule } from "../../../shaders/lib/entry-rule.wgsl.ts";
import type { EntryRule64 } from "../../reference/entrywise-step.ts";
import type { Problem } from "../../problem/problem.ts";
import { describe, requireOneOf } from "../../support/options.ts";
import type { Constant, MethodDefinition, SafeStep, StepRule } from "./definition.ts";
import { METHODS } from "./index.ts";
import { SCHEDULES, type Schedule } from "./schedule.ts";

/** An optimiser of {@link METHODS}, where its formula is. */
export type Optimizer = keyof typeof METHODS;

export const OPTIMIZERS = Object.keys(METHODS) as readonly Optimizer[];

type ConstantsOf<Definition> = Definition extends MethodDefinition<infer Constants> ? Constants : never;
type Together<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;
/** The constants of all optimisers; one of several is the same to each, but for its default. */
type Constants = Together<ConstantsOf<(typeof METHODS)[Optimizer]>>;

/** An optimiser with the constants that belong to it, and the schedule of its step size. */
export interface Method extends Partial<Constants> {
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
}

export const definitionOf = ({ optimizer }: Pick<Method, "optimizer">): MethodDefinition => METHODS[optimizer];

const constantsOf = (optimizer: Optimizer): [keyof Constants, Constant<unknown>][] =>
  Object.entries(definitionOf({ optimizer }).constants) as [keyof Constants, Constant<unknown>][];

/** A constant as a message shows it, with the numbers of one that has several. */
const shown = (value: unknown): string => (Array.isArray(value) ? value.join() : describe(value));

/** An optimiser with its constants, for people: `adam (β1, β2 = 0.9, 0.99; ε = 1e-8)`. */
export function describeMethod(method: Method): string {
  const constants = constantsOf(method.optimizer).map(
    ([name, { symbol }]) => `${symbol} = ${[method[name]].flat().join(", ")}`,
  );
  return constants.length === 0 ? method.optimizer : `${method.optimizer} (${constants.join("; ")})`;
}

/** Step sizes that float32 can take a step with. */
export const STEP_SIZES = { least: 1e-37, most: 1e18, words: "a number from 1e-37 to 1e18" } as const;

/** Names of the options that make a method. */
export const METHOD_NAMES: readonly (keyof Method)[] = [
  "optimizer",
  "schedule",
  ...new Set(OPTIMIZERS.flatMap((optimizer) => constantsOf(optimizer).map(([name]) => name))),
];

/** The optimisers that a constant belongs to, and its default for each. */
export const defaultsOf = (name: keyof Method): readonly (readonly [Optimizer, string])[] =>
  OPTIMIZERS.flatMap((optimizer) =>
    constantsOf(optimizer)
      .filter(([own]) => own === name)
      .map(([, { value }]) => [optimizer, shown(value)] as const),
  );

/**
 * The method that options ask for, or that of the state a run goes on from.
 * @throws OptionError for unknown names, constants out of range or of another optimiser, and a state of another method.
 */
export function chooseMethod(given: Partial<Method>, from: Partial<Method> = {}): Method {
  const { optimizer = "gradient-descent", schedule = "constant" } = { ...from, ...defined(given) };
  requireOneOf("optimizer", optimizer, OPTIMIZERS);
  requireOneOf("schedule", schedule, SCHEDULES);
  const constants = constantsOf(optimizer);
  const defaults = Object.fromEntries(constants.map(([name, { value }]) => [name, value]));
  const chosen = { optimizer, schedule, ...defaults };
  for (const name of METHOD_NAMES) {
    const value = given[name];
    if (value === undefined) continue;
    if (from[name] !== undefined && String(value) !== String(from[name]))
      throw new OptionError(
        name,
        `expected ${shown(from[name])}, as the state has that the run goes on from, found ${shown(value)}`,
      );
    if (!(name in chosen)) throw new OptionError(name, `the optimizer "${optimizer}" has no such constant`);
  }
  const method: Method = { ...chosen, ...pick(from, chosen), ...pick(given, chosen) };
  for (const [name, constant] of constants) constant.require(name, method[name]);
  return method;
}

const defined = (options: Partial<Method>): Partial<Method> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

const pick = (options: Partial<Method>, names: object): Partial<Method> =>
  Object.fromEntries(Object.entries(defined(options)).filter(([name]) => name in names));

export function defaultStepSize(method: Pick<Method, "optimizer">): number | "safe" {
  const { stepSize } = definitionOf(method);
  return typeof stepSize === "number" ? stepSize : "safe";
}

/** Whether the safe step size of a method is a part of 1/L: not that of one which is steepest in another norm. */
export const isPartOfL = (method: Method): boolean => safeStepOf(method).smoothness === undefined;

/** How much of 1/L the safe step size of a method is, for one that has any. */
export const safePart = (method: Method): number => safeStepOf(method).part(method);

/** The safe step size of a method that has one of its own and not a part of 1/L. */
export function ownSafeStep(method: Method, problem: Problem): number | undefined {
  const safe = safeStepOf(method);
  return safe.smoothness && safe.part(method) / safe.smoothness(problem);
}

/** The same in a formula. */
export const safeStepFormula = (method: Pick<Method, "optimizer">): string => safeStepOf(method).formula;

function safeStepOf(method: Pick<Method, "optimizer">): SafeStep {
  const { stepSize } = definitionOf(method);
  if (typeof stepSize === "number")
    throw new StateError(`the optimizer "${method.optimizer}" has no safe step size: it is to be refused before`);
  return stepSize;
}

/** @throws OptionError unless a step size can be used with a method. */
export function requireStepSize(name: string, stepSize: number | "safe", method: Method): void {
  if (stepSize === "safe" && defaultStepSize(method) !== "safe")
    throw new OptionError(
      name,
      `expected a number for the optimizer "${method.optimizer}", whose steps do not shrink with the gradient, found "safe"`,
    );
  if (stepSize !== "safe" && !(stepSize >= STEP_SIZES.least && stepSize <= STEP_SIZES.most))
    throw new OptionError(name, `expected "safe" or ${STEP_SIZES.words}, found ${String(stepSize)}`);
}

/** The step of a method, its constants filled in. */
export interface Step {
  readonly along: Exclude<StepRule<never>["kind"], "entrywise"> | EntrywiseStep;
  /** By what the direction of the last step is multiplied before the gradient is added; 0 leaves the gradient alone. */
  readonly decay: number;
}

/** What makes the steps of each entry of a gradient that comes multiplied by `scale`. */
export interface EntrywiseStep {
  readonly rule: EntryRule;
  numbers(scale: number): readonly number[];
  mirror(scale: number): EntryRule64;
}

export function stepOf(method: Method): Step {
  const { step } = definitionOf(method);
  if (step.kind !== "entrywise") return { along: step.kind, decay: "decay" in step ? step.decay(method) : 0 };
  const { rule } = step;
  const numbers = (scale: number): readonly number[] => step.numbers(method, scale);
  return { along: { rule, numbers, mirror: (scale) => step.mirror(method, scale) }, decay: 0 };
}

const SPECTRAL = ["polar", "nuclear"] as const;
type Spectral = (typeof SPECTRAL)[number];

/** Whether steps go along a polar factor, which takes the whole device and is that of one matrix. */
export const isSpectral = (method: Pick<Method, "optimizer">): boolean =>
  (SPECTRAL as readonly string[]).includes(definitionOf(method).step.kind);

/** @throws OptionError for a method whose steps go along a polar factor. */
export function refuseSpectral(method: Pick<Method, "optimizer">, what: string): void {
  if (isSpectral(method))
    throw new OptionError("optimizer", `expected another one for ${what}, found ${describe(method.optimizer)}`);
}

/** A step that one workgroup can take. */
export interface ResidentStep extends Step {
  readonly along: Exclude<Step["along"], Spectral>;
}

export function residentStepOf(method: Method): ResidentStep {
  const { along, decay } = stepOf(method);
  if (along === "polar" || along === "nuclear")
    throw new StateError(`the optimizer "${method.optimizer}" takes the whole device: it is to be refused before`);
  return { along, decay };
}

/** Whether steps are linear in the gradient, so that those of one direction add up. */
export const isLinear = (method: Pick<Method, "optimizer">): boolean =>
  ["gradient", "sum"].includes(definitionOf(method).step.kind);

/** Whether the steps of a method add up in the decoder itself: W ← W − η ∇CE(W) with one η. */
export const isPlain = ({ optimizer, schedule }: Pick<Method, "optimizer" | "schedule">): boolean =>
  definitionOf({ optimizer }).step.kind === "gradient" && schedule === "constant";
