/**
 * What entry `i` moves by in a step of `length` whose gradient is g there, in float64; it renews what the rule keeps of that
 * entry.
 */
export type EntryStep = (averages: readonly Float64Array[], i: number, g: number, length: number) => number;

/** The step of each entry in step number k, 1 for the first. */
export type EntryRule64 = (k: number) => EntryStep;

/** W ← W − length · direction(g) entry by entry, in float64 and in place. */
export function entrywiseStep(
  decoder: Float64Array,
  averages: readonly Float64Array[],
  gradient: ArrayLike<number>,
  length: number,
  step: EntryStep,
): void {
  for (let i = 0; i < decoder.length; i++) decoder[i]! -= step(averages, i, gradient[i]!, length);
}
