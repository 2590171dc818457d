import { openGpu, type Gpu } from "../../src/gpu/device.ts";
import { readProblem } from "../../src/formats/problem-file.ts";
import { createProblem, type Problem, type ProblemInput } from "../../src/problem/problem.ts";

/** A problem over the bridge: the bytes of an .npz, or the plain input. */
export type ProblemText = Uint8Array | ProblemInput;

let opened: Promise<Gpu> | undefined;

/** The one device of a test page. */
export const open = (): Promise<Gpu> => (opened ??= openGpu());

/** Another Gpu on the page's device, where kernels are compiled: with staging and problems of its own. End it with {@link closeBeside}. */
export async function openBeside(): Promise<Gpu> {
  return openGpu({ device: (await open()).device });
}

/** Gives back what it has, and undoes what replaced methods of the page's device. */
export function closeBeside(gpu: Gpu): void {
  gpu.destroy();
  for (const name of Object.keys(gpu.device)) delete (gpu.device as unknown as Record<string, unknown>)[name];
}

export async function problemOf(given: ProblemText): Promise<Problem> {
  if (!(given instanceof Uint8Array)) return createProblem(given);
  const file = new File([given as Uint8Array<ArrayBuffer>], "case.npz");
  return (await readProblem(file)).problem;
}
