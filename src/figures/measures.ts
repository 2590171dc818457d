import { difference, norm } from "../float64/vectors.ts";
import { cosine } from "../float64/geometry.ts";
import type { DecoderNorm } from "../float64/decoder-norms.ts";
import { relativeMargin } from "../float64/margin-in-norm.ts";
import type { BestMargins, FiniteLimit, Iterate, MarginLimit, Projected } from "./iterate.ts";

/** What a figure is at one iterate; NaN where a decoder is zero. */
export interface Reading {
  readonly value: number;
  /** How far it can be off because its limit is only known to its certificate; left out where nothing is proved. */
  readonly error?: number;
}

/**
 * The cosine of a vector and W_mm.
 * @param moved how far the vector can be off, where that is proved
 */
export function direction(vector: Float64Array, moved: number | undefined, margin: MarginLimit): Reading {
  const value = cosine(vector, margin.decoder);
  if (moved === undefined) return { value };
  return { value, error: cosineError(value, margin.angleBoundRadians + angleOf(moved, norm(vector))) };
}

/**
 * The cosine of P_⊥(W_k − W_k′) and W_mm: what the run went off F between the steps.
 * @param offSpan P_⊥ W_k
 * @param moved how far that can be off, where it is proved
 * @param before P_⊥ W_k′
 */
export function secant(
  offSpan: Float64Array,
  moved: number | undefined,
  before: Projected,
  margin: MarginLimit,
): Reading {
  const isProved = moved !== undefined && before.error !== undefined;
  return direction(difference(offSpan, before.decoder), isProved ? moved + before.error : undefined, margin);
}

/** ‖P_F(W) − W*‖. */
export function subspaceDistance({ inSpan }: Iterate, finite: FiniteLimit): Reading {
  const value = norm(difference(inSpan.decoder, finite.decoder));
  const isProved = finite.decoderError !== undefined && inSpan.error !== undefined;
  return { value, ...(isProved && { error: finite.decoderError + inSpan.error }) };
}

/** The margin of the iterate in a norm over the best one, see {@link Iterate.marginIn}. */
export const marginOverBest = (iterate: Iterate, by: DecoderNorm, norms: BestMargins): Reading =>
  relativeMargin(iterate.marginIn(by), norms[by]);

/** How far a cosine moves when its angle does, at most. */
function cosineError(value: number, angle: number): number {
  const here = Math.acos(value);
  return Math.max(Math.cos(Math.max(here - angle, 0)) - value, value - Math.cos(Math.min(here + angle, Math.PI)));
}

/** The angle that a vector of the length turns by at most when it is moved by so much. */
const angleOf = (moved: number, length: number): number => (moved < length ? Math.asin(moved / length) : Math.PI);
