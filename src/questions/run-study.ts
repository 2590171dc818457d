import { OptionError } from "../errors.ts";
import type { Gpu } from "../gpu/device.ts";
import type { LongWork, WorkProgress } from "../support/long-work.ts";
import { requireKnownOptions } from "../support/options.ts";
import { chosen, unitsOf, type Choices, type Study, type StudyReport, type UnitResult } from "./study.ts";

/** Once the signal is aborted, the unit in work is left out, and no other begun. */
export interface RunStudyOptions extends LongWork<WorkProgress<"study">> {
  /** Numbers of the units that are wanted; all by default. */
  readonly units?: readonly number[];
  /** Numbers of those among them that are there already. */
  readonly done?: readonly number[];
}

/**
 * Does the units of a study one after another, and gives the result of each as soon as it is there. A unit's result does not depend on
 * which others are done, nor on the order.
 * @param given choices that are not the study's defaults
 * @throws OptionError at once for choices out of range and for units that there are not
 */
export function runStudy(
  gpu: Gpu,
  study: Study,
  given: Partial<Choices> = {},
  options: RunStudyOptions = {},
): AsyncGenerator<UnitResult, void, void> {
  requireKnownOptions(options, ["units", "done", "signal", "onProgress"]);
  const all = unitsOf(study, chosen(study, given));
  const { done = [], signal, onProgress } = options;
  const wanted = options.units ?? all.map(({ number }) => number);
  for (const number of wanted)
    if (!all[number]) throw new OptionError("units", `expected numbers below ${all.length}, found ${number}`);
  const known = new Set(done);
  const open = wanted.filter((number) => !known.has(number));
  const before = wanted.length - open.length;
  return (async function* () {
    const begun = Date.now();
    for (const [i, number] of open.entries()) {
      if (signal?.aborted) return;
      const unit = all[number]!;
      const result = await study.solve(gpu, unit, { signal });
      if (result === undefined) return;
      const end = new Date(begun + ((Date.now() - begun) * open.length) / (i + 1));
      const message = `ends about ${end.toTimeString().slice(0, 5)}`;
      onProgress?.({ phase: "study", fraction: (before + i + 1) / wanted.length, message });
      yield { unit, result };
    }
  })();
}

/**
 * What a study says of the results of all its units, in whatever order they have come.
 * @throws OptionError where one is missing
 */
export function studyReport(study: Study, given: Partial<Choices>, results: ReadonlyMap<number, unknown>): StudyReport {
  const choices = chosen(study, given);
  const all = unitsOf(study, choices).map((unit) => {
    if (!results.has(unit.number))
      throw new OptionError("results", `expected one of every unit, found none of ${unit.number}`);
    return { unit, result: results.get(unit.number) };
  });
  return study.report(choices, all);
}
