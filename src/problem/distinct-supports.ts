import type { Problem } from "./problem.ts";

/** The supports of a problem, each once, in the order in which contexts have them first. */
export interface DistinctSupports {
  /** How many. */
  readonly count: number;
  /** V, words. */
  readonly vocabularySize: number;
  /** Which of them a context has, [m]. */
  readonly ofContext: Uint32Array;
  /** How many contexts have it. */
  readonly multiplicities: Uint32Array;
  /** The words of each, ascending. */
  readonly words: readonly Uint32Array[];
}

export function distinctSupports({ contextCount, vocabularySize, offsets, tokens }: Problem): DistinctSupports {
  const numbers = new Map<string, number>();
  const words: Uint32Array[] = [];
  const counts: number[] = [];
  const ofContext = new Uint32Array(contextCount);
  for (let j = 0; j < contextCount; j++) {
    const support = tokens.subarray(offsets[j], offsets[j + 1]);
    const name = support.join();
    let number = numbers.get(name);
    if (number === undefined) {
      number = words.push(support) - 1;
      numbers.set(name, number);
      counts.push(0);
    }
    counts[number]!++;
    ofContext[j] = number;
  }
  return { count: words.length, vocabularySize, ofContext, multiplicities: Uint32Array.from(counts), words };
}
