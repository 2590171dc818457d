import { OptionError } from "../../errors.ts";
import { describe, requireOneOf } from "../../support/options.ts";

/** Gradient descent and what is run beside it; the formulas are at `TrainOptions.optimizer`. */
export type Optimizer = "gradient-descent" | "normalised" | "momentum" | "adam";

/** The step size of step k = 1, 2, …: η, or η / √k. */
export type Schedule = "constant" | "inverse-sqrt";

/** An optimiser with the constants that belong to it, and the schedule of its step size. */
export interface Method {
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  /** β of momentum. */
  readonly momentum?: number;
  /** β1 and β2 of Adam. */
  readonly betas?: readonly [number, number];
  /** ε of Adam. */
  readonly epsilon?: number;
}

export const METHOD_NAMES = ["optimizer", "schedule", "momentum", "betas", "epsilon"] as const;

const CONSTANTS: Readonly<Record<Optimizer, Omit<Method, "optimizer" | "schedule">>> = {
  "gradient-descent": {},
  normalised: {},
  momentum: { momentum: 0.9 },
  adam: { betas: [0.9, 0.99], epsilon: 1e-8 },
};

/** Averages over more than 1e4 steps are below what float32 resolves of a single one. */
const LARGEST_BETA = 0.9999;

/**
 * The method that options ask for, or that of the state a run goes on from.
 * @throws OptionError for unknown names, constants out of range or of another optimiser, and a state of another method.
 */
export function chooseMethod(given: Partial<Method>, from: Partial<Method> = {}): Method {
  const { optimizer = "gradient-descent", schedule = "constant" } = { ...from, ...defined(given) };
  requireOneOf("optimizer", optimizer, Object.keys(CONSTANTS));
  requireOneOf("schedule", schedule, ["constant", "inverse-sqrt"]);
  const chosen = { optimizer, schedule, ...CONSTANTS[optimizer] };
  for (const name of METHOD_NAMES) {
    const value = given[name];
    if (value === undefined) continue;
    if (from[name] !== undefined && String(value) !== String(from[name]))
      throw new OptionError(
        `${name}: expected ${describe(from[name])}, as the state has that the run goes on from, found ${describe(value)}`,
      );
    if (!(name in chosen)) throw new OptionError(`${name}: the optimizer "${optimizer}" has no such constant`);
  }
  const method: Method = { ...chosen, ...pick(from, chosen), ...pick(given, chosen) };
  requireConstants(method);
  return method;
}

const defined = (options: Partial<Method>): Partial<Method> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

const pick = (options: Partial<Method>, names: object): Partial<Method> =>
  Object.fromEntries(Object.entries(defined(options)).filter(([name]) => name in names));

function requireConstants({ momentum, betas, epsilon }: Method): void {
  if (momentum !== undefined) requireBeta("momentum", momentum);
  if (betas) {
    if (betas.length !== 2) throw new OptionError(`betas: expected two numbers, found ${describe(betas)}`);
    betas.forEach((beta, i) => requireBeta(`betas[${i}]`, beta));
  }
  if (epsilon !== undefined && !(Number.isFinite(epsilon) && epsilon >= 0 && epsilon <= 1))
    throw new OptionError(`epsilon: expected a number from 0 to 1, found ${describe(epsilon)}`);
}

function requireBeta(name: string, beta: number): void {
  if (!(Number.isFinite(beta) && beta >= 0 && beta <= LARGEST_BETA))
    throw new OptionError(`${name}: expected a number from 0 to ${LARGEST_BETA}, found ${describe(beta)}`);
}

/** Optimisers whose steps have a length that does not follow the gradient's: no step size is safe for them. */
const hasSafeStep = ({ optimizer }: Method): boolean => optimizer === "gradient-descent" || optimizer === "momentum";

export const defaultStepSize = (method: Method): number | "safe" => (hasSafeStep(method) ? "safe" : 0.01);

/** @throws OptionError unless a step size can be used with a method. */
export function requireStepSize(name: string, stepSize: number | "safe", method: Method): void {
  if (stepSize === "safe" && !hasSafeStep(method))
    throw new OptionError(
      `${name}: expected a number for the optimizer "${method.optimizer}", whose steps do not shrink with the gradient, found "safe"`,
    );
  if (stepSize !== "safe" && !(stepSize >= 1e-37 && stepSize <= 1e18))
    throw new OptionError(`${name}: expected "safe" or a number from 1e-37 to 1e18, found ${String(stepSize)}`);
}

/** What a schedule is to the kernel step-length: η / √(1 + slowing (k − 1)). */
export const slowingOf = ({ schedule }: Pick<Method, "schedule">): number => (schedule === "inverse-sqrt" ? 1 : 0);

/** Whether the steps of a method add up in the decoder itself: W ← W − η ∇CE(W) with one η. */
export const isPlain = ({ optimizer, schedule }: Pick<Method, "optimizer" | "schedule">): boolean =>
  optimizer === "gradient-descent" && schedule === "constant";
