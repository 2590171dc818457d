import { FileError } from "../errors.ts";
import { signalOf, type Fail, type ProblemSource, type ReadProblemOptions } from "./format.ts";

const MOST_BYTES = 2 ** 30;
/** Enough for every signature of `recogniseContent`, and for the key by which JSON is known. */
export const HEAD_BYTES = 2 ** 16;

/**
 * The content of a file, piece by piece, until the signal of the options.
 * @param mostBytes 1 GiB, or Infinity for what is not kept
 */
export async function* readChunks(
  file: ProblemSource,
  options: ReadProblemOptions,
  fail: Fail,
  mostBytes = MOST_BYTES,
): AsyncGenerator<Uint8Array, void, void> {
  const { onProgress } = options;
  const signal = signalOf(options);
  signal?.throwIfAborted();
  const tooLarge = (): never =>
    fail(`expected at most 1 GiB, found ${file.size === undefined ? "more" : `${file.size} bytes`}`);
  if (file.size !== undefined && file.size > mostBytes) tooLarge();
  const unreadable = (cause: unknown): FileError =>
    new FileError(file.name, "the file could not be read to its end; it may have been moved or changed", { cause });
  let reader: ReadableStreamDefaultReader<Uint8Array>;
  try {
    reader = file.stream().getReader();
  } catch (error) {
    throw unreadable(error);
  }
  // A cancelled stream ends a read that waits for its source.
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  signal?.addEventListener("abort", cancel, { once: true });
  let received = 0;
  const progress = { phase: "reading", message: `reading ${file.name}` } as const;
  try {
    for (;;) {
      const step = await reader.read().catch((error: unknown) => {
        throw unreadable(error);
      });
      signal?.throwIfAborted();
      if (step.done) break;
      received += step.value.length;
      if (received > mostBytes) tooLarge();
      if (file.size) onProgress?.({ ...progress, fraction: Math.min(1, received / file.size) });
      yield step.value;
    }
    if (file.size !== undefined && received !== file.size)
      fail(`expected ${file.size} bytes, found ${received}: the file changed while it was read`);
  } finally {
    signal?.removeEventListener("abort", cancel);
    cancel();
  }
}

/** The first bytes, and what came with them. */
export async function takeHead(chunks: AsyncGenerator<Uint8Array, void, void>): Promise<Uint8Array> {
  const taken: Uint8Array[] = [];
  for (let length = 0; length < HEAD_BYTES;) {
    const step = await chunks.next();
    if (step.done) break;
    taken.push(step.value);
    length += step.value.length;
  }
  return join(taken);
}

export async function* prepend(
  head: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void, void>,
): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return join(parts);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
