import type { ProblemInput } from "../../src/problem/problem.ts";
import { RandomStream } from "../../src/support/random.ts";

/** A random problem with what its making says of it. */
export interface ClaimProblem {
  readonly kind: string;
  readonly input: ProblemInput;
  /** True where the log-odds were made from a decoder. */
  readonly isCompatible?: true;
  /** Norm of a decoder that separates, where the supports were made from one. */
  readonly separatorNorm?: number;
}

/** What a kind may change of a draft; supports are ascending. */
interface Draft {
  V: number;
  d: number;
  embeddings: number[][];
  supports: number[][];
  probabilities: number[][];
  isCompatible?: true;
  separatorNorm?: number;
}

type Kind = (stream: RandomStream) => Draft;

/**
 * Problems on both sides of separability and compatibility; some of each kind are very near to the border. Small enough for
 * `exactTruth`, and every kind as often as the others.
 */
const KINDS: Readonly<Record<string, Kind>> = {
  gaussian: (stream) => draft(stream),
  "one support size": (stream) => {
    const V = between(stream, 3, 6);
    return draft(stream, { V, sizes: [between(stream, 1, V - 1)] });
  },
  plane: (stream) => draft(stream, { V: 5, m: 3, d: 2, sizes: [3] }),
  "one-hot": (stream) => withOneHot(stream, draft(stream)),
  "one-hot of uneven norms": (stream) => withUnevenNorms(stream, withOneHot(stream, draft(stream))),
  "whole numbers": (stream) => {
    const made = draft(stream, { d: between(stream, 1, 4) });
    made.embeddings = made.embeddings.map((row) => row.map(() => stream.integer(3) - 1));
    return made;
  },
  "repeated embeddings": (stream) => {
    const made = draft(stream);
    return withCopies(stream, made, (row) => [...row]);
  },
  "parallel embeddings": (stream) => {
    const made = draft(stream);
    return withCopies(stream, made, (row) => {
      const factor = [2, 3, 0.1, 1 / 3, -1, -2, -0.3][stream.integer(7)]!;
      const copy = row.map((h) => factor * h);
      // one unit in the last place: parallel to the eye only
      if (stream.uniform() < 0.3) copy[0]! *= 1 + 2 ** -52;
      return copy;
    });
  },
  "nearly repeated embeddings": (stream) => {
    const made = draft(stream);
    const part = 10 ** -(1 + 11 * stream.uniform());
    return withCopies(stream, made, (row) => row.map((h) => h + part * stream.normal()));
  },
  "low rank": (stream) => {
    const made = draft(stream);
    const rank = between(stream, 1, made.d);
    const basis = normalRows(stream, rank, made.d);
    made.embeddings = normalRows(stream, made.embeddings.length, rank).map((weights) => combination(weights, basis));
    return made;
  },
  "nearly parallel embeddings": (stream) => {
    const made = draft(stream, { d: between(stream, 2, 5) });
    const angle = 10 ** -(1 + 8 * stream.uniform());
    return withCopies(stream, made, (row) => {
      const factor = (stream.uniform() < 0.5 ? -1 : 1) * (0.5 + stream.uniform());
      const aside = normalRows(stream, 1, made.d)[0]!;
      const length = (angle * Math.hypot(...row)) / Math.hypot(...aside);
      return row.map((h, i) => factor * (h + length * aside[i]!));
    });
  },
  "uneven norms": (stream) => withUnevenNorms(stream, draft(stream)),
  "common offset": (stream) => {
    const made = draft(stream, { d: between(stream, 2, 4) });
    const offset = Math.round(10 ** (5 * stream.uniform()));
    // places on a line beside a bias, or a cloud far from zero
    const isLine = stream.uniform() < 0.5;
    made.embeddings = made.embeddings.map((row, j) =>
      row.map((h, i) => (isLine ? (i === 0 ? offset + j : i === 1 ? 1 : stream.integer(2)) : offset + h)),
    );
    return made;
  },
  "features beside a bias": (stream) => {
    const made = draft(stream, { d: between(stream, 2, 4) });
    const scales = made.embeddings[0]!.map((_, i) => (i === 0 ? 1 : 10 ** (5 * stream.uniform())));
    made.embeddings = made.embeddings.map((row) => row.map((h, i) => (i === 0 ? 1 : scales[i]! * (3 + h))));
    return made;
  },
  "full supports": (stream) => withFullSupports(stream, draft(stream, { V: between(stream, 2, 4) })),
  "full supports of a decoder": (stream) =>
    withLogOdds(stream, withFullSupports(stream, draft(stream, { V: between(stream, 2, 4) }))),
  "log-odds of a decoder": (stream) => withLogOdds(stream, draft(stream, { d: between(stream, 1, 5) })),
  "nearly log-odds of a decoder": (stream) => {
    const made = withLogOdds(stream, draft(stream, { d: between(stream, 1, 5) }));
    delete made.isCompatible;
    const row = made.probabilities[stream.integer(made.probabilities.length)]!;
    row[0]! *= 1 + 10 ** -(1 + 13 * stream.uniform());
    normalise(row);
    return made;
  },
  "supports of a decoder": (stream) => withSeparator(stream, draft(stream, { d: between(stream, 1, 5), sizes: [1] })),
  "nearly supports of a decoder": (stream) => {
    const made = withSeparator(stream, draft(stream, { d: between(stream, 1, 5), sizes: [1] }));
    delete made.separatorNorm;
    const j = stream.integer(made.supports.length);
    made.supports[j] = [(made.supports[j]![0]! + 1) % made.V];
    return made;
  },
};

/** The same seed and index give the same problem. Contexts are labelled, so that none are merged. */
export function drawClaimProblem(seed: number, index: number): ClaimProblem {
  const names = Object.keys(KINDS);
  const kind = names[index % names.length]!;
  const made = KINDS[kind]!(new RandomStream(seed, index));
  const { V, d, embeddings, supports, probabilities, isCompatible, separatorNorm } = made;
  const offsets = [0];
  for (const support of supports) offsets.push(offsets.at(-1)! + support.length);
  return {
    kind,
    input: {
      vocabularySize: V,
      embeddingDim: d,
      embeddings: Float64Array.from(embeddings.flat()),
      offsets,
      tokens: supports.flat(),
      probabilities: probabilities.flat(),
      contextLabels: supports.map((_, j) => `context ${j}`),
    },
    ...(isCompatible && { isCompatible }),
    ...(separatorNorm !== undefined && { separatorNorm }),
  };
}

/** Gaussian embeddings; d/m from far too few dimensions to more than enough where it is not given. */
function draft(
  stream: RandomStream,
  given: { readonly V?: number; readonly m?: number; readonly d?: number; readonly sizes?: readonly number[] } = {},
): Draft {
  const V = given.V ?? between(stream, 2, 6);
  const m = given.m ?? between(stream, 2, 12);
  const d = given.d ?? Math.min(6, Math.max(1, Math.round(m * (0.1 + 1.2 * stream.uniform()))));
  const sizes = given.sizes ?? [1, between(stream, 1, V)];
  const supports = Array.from({ length: m }, () => stream.sample(V, between(stream, sizes[0]!, sizes.at(-1)!)));
  // kinds other than those with full supports have a word to leave behind
  if (supports.every((support) => support.length === V)) supports[0] = [stream.integer(V)];
  const isUniform = stream.uniform() < 0.1;
  const probabilities = supports.map(({ length }) =>
    normalise(Array.from({ length }, () => (isUniform ? 1 : 0.01 + stream.uniform()))),
  );
  return {
    V,
    d,
    embeddings: normalRows(stream, m, d),
    supports,
    probabilities,
    ...(isUniform && { isCompatible: true }),
  };
}

/** Each embedding is a unit vector; several contexts may share one. */
function withOneHot(stream: RandomStream, made: Draft): Draft {
  const embeddings = made.embeddings.map(() => {
    const place = stream.integer(made.d);
    return Array.from({ length: made.d }, (_, i) => (i === place ? 1 : 0));
  });
  return { ...made, embeddings };
}

/** Norms over five powers of ten at least. */
function withUnevenNorms(stream: RandomStream, made: Draft): Draft {
  const embeddings = made.embeddings.map((row, j) => {
    const scale = 10 ** (j < 2 ? 6 * j - 3 : 8 * stream.uniform() - 4);
    const length = j < 2 ? scale / Math.hypot(...row) : scale;
    return row.map((h) => length * h);
  });
  return { ...made, embeddings };
}

/** Every word follows all contexts, or some. */
function withFullSupports(stream: RandomStream, made: Draft): Draft {
  const areAllFull = stream.uniform() < 0.5;
  const supports = made.supports.map((support) =>
    areAllFull || stream.uniform() < 0.5 ? Array.from({ length: made.V }, (_, v) => v) : support,
  );
  const probabilities = supports.map((support) => normalise(support.map(() => 0.01 + stream.uniform())));
  const { isCompatible: _, ...rest } = made;
  return { ...rest, supports, probabilities };
}

/** Up to three contexts get the changed embedding of another one, and sometimes its support, or its distribution as well. */
function withCopies(stream: RandomStream, made: Draft, change: (row: readonly number[]) => number[]): Draft {
  const m = made.embeddings.length;
  for (let copies = between(stream, 1, 3); copies > 0; copies--) {
    const from = stream.integer(m);
    const to = (from + between(stream, 1, m - 1)) % m;
    made.embeddings[to] = change(made.embeddings[from]!);
    const shared = stream.integer(3);
    if (shared === 0) continue;
    const support = [...made.supports[from]!];
    if (support.length === made.V) continue;
    made.supports[to] = support;
    made.probabilities[to] =
      shared === 1 ? normalise(support.map(() => 0.01 + stream.uniform())) : [...made.probabilities[from]!];
    if (shared === 1) delete made.isCompatible;
  }
  return made;
}

/** p_j ∝ exp(W h_j) on every support: compatible for any number of contexts. Small decoders give nearly equal probabilities. */
function withLogOdds(stream: RandomStream, made: Draft): Draft {
  const scale = 10 ** (9.5 * stream.uniform() - 9);
  const decoder = normalRows(stream, made.V, made.d);
  made.probabilities = made.supports.map((support, j) =>
    normalise(support.map((z) => Math.exp(scale * dot(decoder[z]!, made.embeddings[j]!)))),
  );
  return { ...made, isCompatible: true };
}

/** Each context is followed by the word of its largest logit: separable for any number of contexts. */
function withSeparator(stream: RandomStream, made: Draft): Draft {
  const decoder = normalRows(stream, made.V, made.d);
  let margin = Infinity;
  made.supports = made.embeddings.map((row) => {
    const logits = decoder.map((words) => dot(words, row));
    const [first, second] = [...logits].sort((a, b) => b - a);
    margin = Math.min(margin, first! - second!);
    return [logits.indexOf(first!)];
  });
  return { ...made, separatorNorm: Math.hypot(...decoder.flat()) / margin };
}

const between = (stream: RandomStream, least: number, most: number): number => least + stream.integer(most - least + 1);

const normalRows = (stream: RandomStream, rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => stream.normal()));

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

const combination = (weights: readonly number[], rows: readonly (readonly number[])[]): number[] =>
  rows[0]!.map((_, i) =>
    dot(
      weights,
      rows.map((row) => row[i]!),
    ),
  );

/** In place. */
function normalise(row: number[]): number[] {
  const total = row.reduce((sum, x) => sum + x, 0);
  row.forEach((x, i) => (row[i] = x / total));
  return row;
}
