import { analyse, type Analysis, type AnalyseOptions, type AnalyseProgress } from "../../src/index.ts";
import { openGpu } from "../../src/gpu/device.ts";
import { deferred } from "../../src/support/deferred.ts";
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

/** What happens while the search for the limits is held back, unless both go on. */
export type Meanwhile = "the run ends" | "the run fails" | "the search fails" | "cancelled" | "both go on";

/** An analysis whose search finds its kernels uncompiled until the run has taken its steps, or that is ended by then in another way. */
export async function holdSearch(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  options: AnalyseOptions,
  meanwhile: Meanwhile,
): Promise<{ events: AnalyseProgress[]; analysis?: Analysis; error?: string }> {
  const gpu = await openGpu();
  const controller = new AbortController();
  const released = deferred<void>();
  const createPipeline = gpu.device.createComputePipelineAsync.bind(gpu.device);
  gpu.device.createComputePipelineAsync = async (descriptor) => {
    if (/^(lsqr|dual)-/.test(descriptor.label!)) await released.promise;
    return createPipeline(descriptor);
  };
  const events: AnalyseProgress[] = [];
  const onProgress = (event: AnalyseProgress): void => {
    if (controller.signal.aborted) return;
    events.push(event);
    if (meanwhile === "both go on") {
      released.resolve();
      if (event.beside) controller.abort();
    }
    if (event.phase !== "training") return;
    if (meanwhile === "the search fails") released.reject(new Error("not to be compiled"));
    if (meanwhile === "the run fails") throw new Error("no more steps");
    if (event.fraction < 1) return;
    if (meanwhile === "cancelled") controller.abort();
    else released.resolve();
  };
  try {
    const { signal } = controller;
    return { events, analysis: await analyse(new File([bytes], name), { ...options, gpu, signal, onProgress }) };
  } catch (error) {
    return { events, error: (error as Error).message };
  } finally {
    released.resolve();
    gpu.destroy();
  }
}
