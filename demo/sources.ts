import {
  FORMATS,
  corpusNotes,
  problemFromText,
  readProblem,
  smoothed,
  withEmbeddings,
  type Corpus,
  type CorpusOptions,
  type Problem,
  type ProblemFile,
  type WorkProgress,
} from "../src/index.ts";

/** What a problem comes out of, as structured clones can carry it. */
export type SourceData =
  | { readonly kind: "preset"; readonly key: string }
  | { readonly kind: "text"; readonly text: string; readonly corpus: CorpusOptions }
  | ({ readonly kind: "file" } & FileData);

/** A reader's own file, and what belongs to it. */
export interface FileData {
  readonly file: File;
  /** Of a text. */
  readonly corpus: CorpusOptions;
  /** A tokenizer.json, to cut a text by in place of `tokens`. */
  readonly tokenizer?: File | undefined;
  /** Word vectors for the contexts' embeddings. */
  readonly vectors?: File | undefined;
}

/** A problem that is ready to run, and what people should know about it. */
export interface LoadedProblem {
  readonly problem: Problem;
  /** The problem before its labels were smoothed, where they were. */
  readonly original?: Problem;
  readonly source: SourceData;
  readonly name: string;
  readonly kind: "preset" | ProblemFile["kind"];
  readonly sentence: string;
  /** What was done to the data, a sentence each. */
  readonly notes: readonly string[];
}

interface LoadOptions {
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Told how far the reading is. */
  readonly onProgress: (progress: WorkProgress) => void;
}

/** Something that a problem comes out of; again with another seed. */
export interface Source {
  readonly key: string;
  readonly name: string;
  load(options: LoadOptions): Promise<LoadedProblem>;
}

/** The problem with smoothed labels, unless ε is 0. */
export function withSmoothing(loaded: LoadedProblem, epsilon: number): LoadedProblem {
  if (epsilon === 0) return loaded;
  const { problem, notes } = loaded;
  return {
    ...loaded,
    problem: smoothed(problem, epsilon),
    original: problem,
    notes: [...notes, `Labels are smoothed with ε = ${epsilon}: every word follows every context.`],
  };
}

/** Contexts that a reader has moved in the plane, as a state has them: `0:1.5,-2;3:0,1`. */
export type Moves = ReadonlyMap<number, readonly [number, number]>;

export const readMoves = (text: string): Moves =>
  new Map(
    [...text.matchAll(/(\d+):(-?[\d.e-]+),(-?[\d.e-]+)/g)].map(([, context, x, y]) => [
      Number(context),
      [Number(x), Number(y)],
    ]),
  );

export const writeMoves = (moves: Moves): string =>
  [...moves].map(([context, place]) => `${context}:${place.map((x) => Number(x.toPrecision(4))).join()}`).join(";");

/** The problem with some of its contexts elsewhere in the plane; one that has none there is as it was. */
export function withMoves(loaded: LoadedProblem, moves: Moves): LoadedProblem {
  const { problem, notes } = loaded;
  const taken = [...moves].filter(([context, place]) => context < problem.contextCount && place.every(Number.isFinite));
  if (problem.embeddingDim !== 2 || taken.length === 0) return loaded;
  const embeddings = Float64Array.from(problem.embeddings);
  for (const [context, place] of taken) embeddings.set(place, 2 * context);
  const count = taken.length === 1 ? "One context was" : `${taken.length} contexts were`;
  return { ...loaded, problem: withEmbeddings(problem, embeddings), notes: [...notes, `${count} moved.`] };
}

/** Text from the page's text field. */
export function textSource(text: string, corpus: CorpusOptions): Source {
  return {
    key: "text",
    name: "Pasted text",
    async load({ seed, signal }) {
      const made = await problemFromText(text, { ...corpus, seed, signal });
      return {
        problem: made.problem,
        source: { kind: "text", text, corpus },
        name: "Pasted text",
        kind: "text",
        sentence: describeCorpus(made, corpus),
        notes: corpusNotes(made),
      };
    },
  };
}

/** A file that was chosen or dropped. */
export function fileSource({ file, corpus, tokenizer, vectors }: FileData): Source {
  return {
    key: "file",
    name: file.name,
    async load({ seed, signal, onProgress }) {
      const { tokens, ...rest } = corpus;
      const cut = tokenizer ? { tokenizer: await tokenizer.text() } : { ...(tokens && { tokens }) };
      const { problem, kind, notes } = await readProblem(file, {
        corpus: { ...rest, ...cut },
        ...(vectors && { vectors }),
        seed,
        signal,
        onProgress,
      });
      return {
        problem,
        source: { kind: "file", file, corpus, tokenizer, vectors },
        name: file.name,
        kind,
        sentence: FORMATS.find((format) => format.name === kind)!.description,
        notes,
      };
    },
  };
}

function describeCorpus(
  { tokenCount, vocabularyTotal, pairTotal, contextTotal }: Corpus,
  corpus: CorpusOptions,
): string {
  const noun = corpus.tokens === "characters" ? "characters" : "words";
  return `${count(tokenCount)} ${noun} read, ${count(vocabularyTotal)} of them distinct; ${count(pairTotal)} positions in ${count(contextTotal)} distinct contexts.`;
}

const count = (n: number): string => n.toLocaleString("en");
