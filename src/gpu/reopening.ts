import { GpuUnavailableError } from "../errors.ts";
import { delay } from "../support/delay.ts";

/** Waits before each attempt: a browser starts its GPU process anew in some 100 ms, or after a while. */
const ATTEMPTS_AFTER_MS = [0, 250, 1000, 2000, 5000];

/**
 * What `open` gives, sooner or later, after a device was lost.
 * @throws GpuUnavailableError "lost" when it gives nothing for several seconds
 */
export async function reopened<T>(open: () => Promise<T>): Promise<T> {
  let cause: unknown;
  for (const ms of ATTEMPTS_AFTER_MS) {
    await delay(ms);
    try {
      return await open();
    } catch (error) {
      cause = error;
    }
  }
  throw new GpuUnavailableError(
    "lost",
    "The GPU device was lost, and the browser opens no other: Chrome pauses the GPU of a page for about two minutes after it was lost twice.",
    { cause },
  );
}
