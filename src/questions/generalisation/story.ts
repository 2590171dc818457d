import { positionalEmbeddings } from "../../problem/embeddings.ts";
import { TEMPLATES } from "../../problem/stories.ts";
import { RandomStream } from "../../support/random.ts";
import { problemOfCounts, type Lesson } from "./lesson.ts";
import type { GeneralisationWork } from "./work.ts";

/** So many sentences have 30 words between them, which a run in one workgroup has room for. */
const SENTENCES = TEMPLATES.slice(0, 4);
/** Words of a context. */
const CONTEXT_LENGTH = 2;
/** One stream for each purpose. */
const STREAMS = { text: 1, embeddings: 2 } as const;

/** Next words of the windows of a text: the tokens of each window, and how often each word follows it. */
type Windows = ReadonlyMap<string, { readonly tokens: readonly number[]; readonly counts: Int32Array }>;

/**
 * A text of four sentences of the story grammar, each as likely as the others and every last word as the others of its sentence, cut in two
 * by its tokens: the first half is trained on, the second one is the test. A context is the two words before a word, embedded by sums over
 * positions ({@link positionalEmbeddings}), so that contexts that share a word are near each other.
 */
export function drawStory({ dim, samples }: GeneralisationWork, seed: number): Lesson {
  const words = [...new Set(SENTENCES.flatMap(({ context, next }) => [...context, ...next]))];
  const stream = new RandomStream(seed, STREAMS.text);
  const tokens = Array.from({ length: 2 * samples * SENTENCES.length }, () => {
    const { context, next } = SENTENCES[stream.integer(SENTENCES.length)]!;
    return [...context, next[stream.integer(next.length)]!].map((word) => words.indexOf(word));
  }).flat();
  const half = tokens.length / 2;
  const training = windowsOf(tokens.slice(0, half), words.length);
  const test = [...windowsOf(tokens.slice(half), words.length)];
  const vectors = new RandomStream(seed, STREAMS.embeddings).integer(2 ** 53 - 1);
  const countsOf = (windows: Windows): Int32Array =>
    Int32Array.from([...windows.values()].flatMap(({ counts }) => [...counts]));
  const problemOf = (windows: Windows) =>
    problemOfCounts(
      {
        vocabularySize: words.length,
        embeddings: positionalEmbeddings(
          [...windows.values()].map(({ tokens }) => tokens),
          dim,
          vectors,
        ),
        contextLabels: [...windows.keys()].map((key) =>
          key
            .split(" ")
            .map((token) => words[Number(token)])
            .join(" "),
        ),
      },
      countsOf(windows),
    );
  const seen = new Map(test.filter(([key]) => training.has(key)));
  const fresh = new Map(test.filter(([key]) => !training.has(key)));
  const total = (windows: Windows): number => countsOf(windows).reduce((a, b) => a + b, 0);
  return {
    training: problemOf(training),
    seen: problemOf(seen),
    fresh: fresh.size > 0 ? problemOf(fresh) : undefined,
    freshShare: total(fresh) / (total(fresh) + total(seen)),
    counts: countsOf(training),
  };
}

function windowsOf(text: readonly number[], V: number): Windows {
  const windows = new Map<string, { tokens: readonly number[]; counts: Int32Array }>();
  for (let end = CONTEXT_LENGTH; end < text.length; end++) {
    const tokens = text.slice(end - CONTEXT_LENGTH, end);
    const key = tokens.join(" ");
    const window = windows.get(key) ?? { tokens, counts: new Int32Array(V) };
    window.counts[text[end]!]!++;
    windows.set(key, window);
  }
  return windows;
}
