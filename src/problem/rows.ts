/** Next words and their probabilities, side by side. */
export interface Entries {
  tokens: Uint32Array;
  probabilities: Float64Array;
}

/** The contexts of a problem: where the entries of each start, its embedding, its weight and its label. */
export interface Rows extends Entries {
  embeddings: Float32Array | Float64Array;
  offsets: Uint32Array;
  weights: Float64Array;
  labels: readonly string[] | undefined;
}

/** Sorts the entries from `start` to `end` by token, in place (Shell's sort: most rows are short). */
export function sortRow({ tokens, probabilities }: Entries, start: number, end: number): void {
  let gap = 1;
  while (3 * gap < end - start) gap = 3 * gap + 1;
  for (; gap >= 1; gap = Math.floor(gap / 3))
    for (let k = start + gap; k < end; k++) {
      const token = tokens[k]!;
      const probability = probabilities[k]!;
      let place = k;
      for (; place - gap >= start && tokens[place - gap]! > token; place -= gap) {
        tokens[place] = tokens[place - gap]!;
        probabilities[place] = probabilities[place - gap]!;
      }
      tokens[place] = token;
      probabilities[place] = probability;
    }
}
