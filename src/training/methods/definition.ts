import { OptionError } from "../../errors.ts";
import { describe } from "../../support/options.ts";
import type { DecoderNorm } from "../../float64/decoder-norms.ts";
import type { Problem } from "../../problem/problem.ts";
import type { EntryRule } from "../../../shaders/lib/entry-rule.wgsl.ts";
import type { EntryRule64 } from "../../reference/entrywise-step.ts";

/** A constant of an optimiser. */
export interface Constant<Value> {
  /** What it is unless told otherwise. */
  readonly value: Value;
  /** In the formula, `β1, β2`. */
  readonly symbol: string;
  /** @throws OptionError for a value out of range, by the name of the option */
  require(name: string, value: Value): void;
}

/** What a step goes along, given g_k = ∇CE(W_{k−1}), and how far; η_k is the schedule's step size. */
export type StepRule<Constants> =
  /** W ← W − η_k g_k */
  | { readonly kind: "gradient" }
  /** u_k = decay u_{k−1} + g_k, W ← W − η_k u_k */
  | { readonly kind: "sum"; decay(constants: Constants): number }
  /** W ← W − η_k g_k / ‖g_k‖ */
  | { readonly kind: "unit" }
  /** W ← W − η_k ‖g_k‖₁ sign(g_k), with the sum of absolute entries */
  | { readonly kind: "max" }
  /** u_k = decay u_{k−1} + g_k, W ← W − η_k polar(u_k) */
  | { readonly kind: "polar"; decay(constants: Constants): number }
  /** W ← W − η_k ⟨g_k, polar(g_k)⟩ polar(g_k), whose length is the nuclear norm */
  | { readonly kind: "nuclear" }
  /** W ← W − η_k times what the rule makes of each entry of g_k. */
  | {
      readonly kind: "entrywise";
      /** On the device, where gradients come multiplied by `scale`. */
      readonly rule: EntryRule;
      /** The values of the rule's numbers, in their order. */
      numbers(constants: Constants, scale: number): readonly number[];
      /** The rule in float64. */
      mirror(constants: Constants, scale: number): EntryRule64;
    };

/** A step size with which the loss is known to fall. */
export interface SafeStep<Constants = object> {
  /** How much of 1/L it is, or of the reciprocal of its own smoothness. */
  part(constants: Constants): number;
  /** In L and the constants, for people. */
  readonly formula: string;
  /** In place of L where steps are steepest in another norm: what bounds the second derivative of CE along D by ‖D‖² in that norm. */
  smoothness?(problem: Problem): number;
}

/** All that there is to know of an optimiser. Another one is a file with one of these, and its row in the index. */
export interface MethodDefinition<Constants extends object = object> {
  /** The step as a formula, for people. */
  readonly formula: string;
  /** The options that belong to it. */
  readonly constants: { readonly [Name in keyof Constants]: Constant<Constants[Name]> };
  readonly step: StepRule<Constants>;
  /** Its own norm: that whose margin it is known, or taken, to maximise with one next word for each context. */
  readonly norm: DecoderNorm;
  /** The step size by default: a number, or the safe one where there is any. */
  readonly stepSize: number | SafeStep<Constants>;
  /** What the theory of gradient descent leaves open of it, in a sentence. */
  readonly beyondTheory?: string;
}

/** Keeps the types of the constants. */
export const defineMethod = <Constants extends object = object>(
  definition: MethodDefinition<Constants>,
): MethodDefinition<Constants> => definition;

/** Averages over more than 1e4 steps are below what float32 resolves of a single one. */
const LARGEST_DECAY = 0.9999;

/** @throws OptionError unless a sum or an average can decay by the factor. */
export function requireDecay(name: string, beta: number): void {
  if (!(Number.isFinite(beta) && beta >= 0 && beta <= LARGEST_DECAY))
    throw new OptionError(name, `expected a number from 0 to ${LARGEST_DECAY}, found ${describe(beta)}`);
}
