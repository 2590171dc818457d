import { deferred } from "./deferred.ts";

/** The outcome of a promise, or the signal's reason as soon as it is aborted. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  let stop: () => void = () => undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      stop = () => reject(signal.reason as Error);
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop);
      promise.then(resolve, reject);
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * What `work` gives, or undefined as soon as the signal is aborted: it is then not begun, or goes on with nobody to hear how it ends.
 * What it uses has to last until then, see {@link Workspace.unlessAborted}.
 */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T | undefined> {
  if (signal?.aborted) return undefined;
  const aborted = deferred<undefined>();
  const stop = (): void => aborted.resolve(undefined);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work(), aborted.promise]);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** The same for the end of an operation, which a cancelled one is still given so many milliseconds for. */
export async function unlessLate<T>(
  signal: AbortSignal | undefined,
  graceMs: number,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const start = (): void => void (timer = setTimeout(() => late.abort(), graceMs));
  if (signal?.aborted) start();
  signal?.addEventListener("abort", start, { once: true });
  try {
    return await unlessAborted(late.signal, work);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", start);
  }
}

/**
 * What two pieces of work give that go on beside each other. Where one fails the other is stopped, by the signal that both are given;
 * when it has ended, what failed first is thrown.
 */
export async function beside<A, B>(
  signal: AbortSignal | undefined,
  begin: (signal: AbortSignal) => readonly [Promise<A>, Promise<B>],
): Promise<[A, B]> {
  const failure = new AbortController();
  const work = begin(AbortSignal.any([...(signal ? [signal] : []), failure.signal]));
  try {
    return await Promise.all(work);
  } catch (error) {
    failure.abort(error);
    await Promise.allSettled(work);
    throw error;
  }
}
