import { runStudy, STUDIES, type Choices } from "../../src/index.ts";
import type { GeneralisationResult } from "../../src/questions/generalisation/work.ts";
import { open } from "../support/page-problem.ts";

/** The results of all units of a study of generalisation. */
export async function resultsOf(choices: Partial<Choices>): Promise<GeneralisationResult[]> {
  const gpu = await open();
  const results: GeneralisationResult[] = [];
  for await (const { result } of runStudy(gpu, STUDIES.generalisation!, choices))
    results.push(result as GeneralisationResult);
  return results;
}
