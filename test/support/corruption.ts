import { dice } from "./draw.ts";

/** What happens to the words of a readback on their way. */
export const CORRUPTIONS = ["bit flip", "zeroed", "stale", "swapped words", "cut short", "shifted", "scaled"] as const;
type Corruption = (typeof CORRUPTIONS)[number];

/** One readback of a run that arrives as another. */
export interface CorruptedReadback {
  /** Its number among the mapped ranges from the start. */
  readonly index: number;
  readonly kind: Corruption;
  readonly seed: number;
  /** How many from there on. */
  readonly times: number;
}

/** Counts the readbacks of a task, and corrupts what it is told to. */
export async function withReadbacks<T>(
  task: () => Promise<T>,
  fault?: CorruptedReadback,
): Promise<{ readonly found: T | Error; readonly readbacks: number; readonly corrupted: number }> {
  const prototype = GPUBuffer.prototype as { getMappedRange: (this: GPUBuffer) => ArrayBuffer };
  const { getMappedRange } = prototype;
  let [readbacks, corrupted] = [0, 0];
  let before: Uint32Array = new Uint32Array(0);
  prototype.getMappedRange = function () {
    const words = new Uint32Array(getMappedRange.call(this).slice(0));
    const index = readbacks++;
    const original = words.slice();
    if (fault && index >= fault.index && index < fault.index + fault.times) {
      corrupt(words, before, fault.kind, dice(fault.seed + index));
      if (words.some((word, i) => word !== original[i])) corrupted++;
    }
    before = original;
    return words.buffer;
  };
  try {
    const found = await task().catch((error: unknown) => error as Error);
    return { found, readbacks, corrupted };
  } finally {
    prototype.getMappedRange = getMappedRange;
  }
}

function corrupt(words: Uint32Array, before: Uint32Array, kind: Corruption, roll: (n: number) => number): void {
  const place = roll(words.length);
  const floats = new Float32Array(words.buffer);
  switch (kind) {
    case "bit flip":
      words[place]! ^= 1 << roll(32);
      return;
    case "zeroed":
      words.fill(0);
      return;
    case "stale":
      words.set(before.subarray(0, words.length));
      return;
    case "swapped words": {
      const other = roll(words.length);
      [words[place], words[other]] = [words[other]!, words[place]!];
      return;
    }
    case "cut short":
      words.fill(0, place);
      return;
    case "shifted":
      words.copyWithin(1, 0);
      return;
    case "scaled":
      floats[place]! *= 1 + 2 ** -12;
  }
}
