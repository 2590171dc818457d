import { open, openBeside } from "../support/page-problem.ts";

/** How openGpu calls the adapter that it asked for, and the same of a caller's device. */
export async function labelsOfBoth(): Promise<string[]> {
  return [await open(), await openBeside()].map(({ adapter }) => adapter.label);
}
