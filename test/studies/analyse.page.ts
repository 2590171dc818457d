import { analyse, type Analysis, type AnalyseOptions } from "../../src/index.ts";
import { open } from "../support/page-problem.ts";

/** An analysis of a file's bytes on the page's device. */
export async function analyseBytes(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  options: AnalyseOptions,
): Promise<Analysis> {
  return analyse(new File([bytes], name), { ...options, gpu: await open() });
}
