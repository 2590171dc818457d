import { runStudy, STUDIES, studyReport, type Choices, type StudyReport } from "../../src/index.ts";
import { open } from "../support/page-problem.ts";

/** What a study that has been done says. */
export async function reportOf(name: string, choices: Partial<Choices>): Promise<StudyReport> {
  const [study, results] = [STUDIES[name]!, new Map<number, unknown>()];
  for await (const { unit, result } of runStudy(await open(), study, choices)) results.set(unit.number, result);
  return studyReport(study, choices, results);
}
