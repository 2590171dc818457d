import { analyse, type Analysis, type AnalyseOptions } from "../../src/index.ts";
import { open } from "../support/page-problem.ts";

/** What an analysis that opens a GPU of its own asks the adapter for; it gets none. */
export async function limitsAskedFor(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  options: AnalyseOptions,
): Promise<GPUDeviceDescriptor["requiredLimits"]> {
  const prototype = GPUAdapter.prototype as { requestDevice: (descriptor: GPUDeviceDescriptor) => Promise<GPUDevice> };
  const { requestDevice } = prototype;
  let asked: GPUDeviceDescriptor["requiredLimits"];
  prototype.requestDevice = ({ requiredLimits }) => {
    asked = requiredLimits;
    return Promise.reject(new Error("asked for"));
  };
  try {
    await analyse(new File([bytes], name), options);
  } catch (error) {
    if ((error as { cause?: Error }).cause?.message !== "asked for") throw error;
  } finally {
    prototype.requestDevice = requestDevice;
  }
  return asked;
}

/** An analysis of a file's bytes on the page's device. */
export async function analyseBytes(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  options: AnalyseOptions,
): Promise<Analysis> {
  return analyse(new File([bytes], name), { ...options, gpu: await open() });
}
