import { OptionError } from "../errors.ts";
import { describe } from "../support/options.ts";

const STEPS_PER_DECADE = 20;

/** Steps 1 … last, evenly spaced in the logarithm, 20 to a factor of ten (every step below 9), the last one included. */
export function logSpacedSteps(last: number): number[] {
  const steps = new Set<number>();
  for (let i = 0; ; i++) {
    const step = Math.round(10 ** (i / STEPS_PER_DECADE));
    if (step >= last) break;
    steps.add(step);
  }
  if (last > 0) steps.add(last);
  return [...steps];
}

/** The steps to record, ascending and distinct, from what the caller asked for. */
export function recordedSteps(record: "log" | readonly number[], first: number, last: number): number[] {
  if (record === "log") return logSpacedSteps(last).filter((step) => step > first);
  if (typeof record === "string")
    throw new OptionError("record", `expected "log" or a list of steps, found "${record as string}"`);
  const bad = record.find((step) => !Number.isInteger(step) || step < first || step > last);
  if (bad !== undefined)
    throw new OptionError("record", `expected whole numbers from ${first} to ${last}, found ${bad}`);
  return [...new Set(record)].sort((a, b) => a - b);
}

/** Those of the recorded steps whose point is to keep what is trained. */
export function keptSteps(keep: readonly number[], recorded: readonly number[]): ReadonlySet<number> {
  const known = new Set(recorded);
  const unrecorded = keep.find((step) => !known.has(step));
  if (unrecorded !== undefined)
    throw new OptionError("keep", `expected steps that are recorded, found ${describe(unrecorded)}`);
  return new Set(keep);
}
