import { DeviceLostError, GpuUnavailableError, NextTokenBiasError } from "../src/index.ts";
import { wholeNumber } from "./format.ts";
import { gpuAdvice, readerOf } from "./gpu-advice.ts";

/**
 * What happened and what to do, in words for the reader of the page.
 * @param kept the step at which the run can be resumed, if it can
 */
export function explain(error: unknown, kept?: number): string {
  if (isGpuFailure(error) && kept !== undefined)
    return `${sentence(error.message)} The run is kept as of step ${wholeNumber(kept)}: resume it when the GPU is back.`;
  if (error instanceof GpuUnavailableError) return `${error.message} ${gpuAdvice(error.reason, readerOf(navigator))}`;
  if (error instanceof DeviceLostError)
    return `${sentence(error.message)} Run again: the device is opened anew, and the run starts from step 0.`;
  if (error instanceof NextTokenBiasError) return sentence(error.message);
  if (error instanceof RangeError) return "The browser has no memory left for a problem of this size; make it smaller.";
  const message = error instanceof Error ? error.message : String(error);
  return `Something failed that this page did not expect: ${sentence(message)}`;
}

/** The GPU is not there, or no longer. */
export function isGpuFailure(error: unknown): error is GpuUnavailableError | DeviceLostError {
  return error instanceof GpuUnavailableError || error instanceof DeviceLostError;
}

function sentence(message: string): string {
  const text = message.trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** True for work that was stopped on purpose, which is no error. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
