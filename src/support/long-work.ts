/** How far an operation has come; many tell figures of their own beside it. */
export interface WorkProgress<Phase extends string = string> {
  /** What is being done. */
  readonly phase: Phase;
  /** 0 … 1, of the phase where an operation has several; 0 where it cannot be known. */
  readonly fraction: number;
  /** The same for people, in a line; empty where there is no more to say. */
  readonly message: string;
}

/**
 * What every operation here keeps to that may take longer than a moment.
 *
 * - Progress: `onProgress` is called on the way, with a {@link WorkProgress}; as a rule after each submission to the device, every
 *   50 ms or so.
 * - Cancel: once `signal` is aborted, the operation ends within a moment, at most a second, and returns what is done so far, with the
 *   status `"cancelled"`. It waits neither for kernels that are being compiled nor for long for what the device is busy with: what
 *   that would have given is left out, and a run from which nothing comes back is where it began. Aborted before it begins, it neither
 *   compiles nor allocates anything on the device. One that was finished but for a bound on its error has the status that it would have had. Making a problem, of which
 *   a part is of no use, is rejected with the signal's reason instead.
 * - Errors are thrown: what the caller did wrong before anything is computed, what goes wrong on the device as soon as it is known.
 */
export interface LongWork<Progress extends WorkProgress = WorkProgress> {
  /** Cancels the operation. */
  readonly signal?: AbortSignal | undefined;
  /** Told how far the operation has come. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}
