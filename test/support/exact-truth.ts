import type { Problem } from "../../src/index.ts";
import { Dictionary } from "./dictionary.ts";
import { LOG_BITS, logarithm, quotient, size, wholeRow, type WholeRow } from "./exact-numbers.ts";

/*
 * What is true of a problem, decided without rounding: float64 embeddings are whole numbers times powers of two, and a power of
 * two before a context changes no answer on its support. Nothing of it is shared with src/.
 */

export type Answer = "yes" | "no" | "undecided";

/** What the decisions depend on. */
export type Given = Pick<
  Problem,
  "contextCount" | "vocabularySize" | "embeddingDim" | "embeddings" | "offsets" | "tokens" | "probabilities"
>;

/** A word off the support of a context. */
export type Place = readonly [context: number, word: number];

export interface ExactTruth {
  /** Of the operator that takes W to the in-support differences of its logits. */
  readonly rank: number;
  /** Vectors r with Aᵀr = 0 that are linearly independent; 0 where A is onto. */
  readonly relationCount: number;
  /** Whether some W has the log-odds; "undecided" where they contradict each other by no more than rounded probabilities may. */
  readonly compatible: Answer;
  /** Whether all words off the supports can be left behind together. True where there are none. */
  readonly separable: boolean;
  /** Whether none can, which is when CE has a finite minimiser. True where there are none. */
  readonly finiteMinimiser: boolean;
  /** The words that can, by contexts. */
  readonly leftBehind: readonly Place[];
}

/** What is true of the supports: see {@link ExactTruth}. */
type SupportTruth = Pick<ExactTruth, "separable" | "finiteMinimiser" | "leftBehind">;

/** A probability may be off by so much of itself: it was rounded, normalised, and normalised again. */
const PROBABILITY_ROUNDING = 4 * 2 ** -53;

/**
 * Decides a small problem: up to some six words, twelve contexts and six dimensions take milliseconds.
 * @param isPlanted the log-odds are those of a decoder, up to rounding
 */
export function exactTruth(given: Given, isPlanted = false): ExactTruth {
  return truthOfRows(given, embeddingRows(given).map(wholeRow), isPlanted);
}

/**
 * The same for embeddings of any number of digits, m rows.
 * @param rounding a probability may be off by so much of itself
 */
export function truthOfRows(
  given: Given,
  rows: readonly WholeRow[],
  isPlanted = false,
  rounding = PROBABILITY_ROUNDING,
): ExactTruth {
  const logits = logitsOf(given, rows);
  const exponents = rows.map(({ exponent }) => exponent);
  const odds = truthOfLogOdds(given, logits, exponents, rounding);
  return {
    ...truthOfSupports(given, logits.copy()),
    ...odds,
    compatible: isPlanted ? "yes" : odds.compatible,
  };
}

export function embeddingRows({ contextCount, embeddingDim: d, embeddings }: Given): number[][] {
  return Array.from({ length: contextCount }, (_, j) => [...embeddings.subarray(j * d, (j + 1) * d)]);
}

/** The least-norm decoder with the log-odds of the given probabilities, V × d, and what their rounding may change. */
export interface LeastNormDecoder {
  readonly decoder: Float64Array;
  /** The decoder may be so far from that of unrounded probabilities; 0 where the log-odds contradict each other nowhere. */
  readonly uncertainty: number;
}

/** More equations than these take seconds. */
const MOST_EQUATIONS = 20;

/**
 * W* of a problem that is compatible, by exact elimination in A Aᵀ a = b with logarithms of 256 bits; undefined for more than
 * twenty equations. Where the equations depend on each other those of a largest independent set are met.
 */
export function leastNormDecoder(given: Given): LeastNormDecoder | undefined {
  const { vocabularySize: V, embeddingDim: d } = given;
  const parts = embeddingRows(given).map(wholeRow);
  const { columns, rows } = independentLogOdds(given, logitsOf(given, parts));
  const decoder = new Float64Array(V * d);
  if (columns.length > MOST_EQUATIONS) return undefined;
  const equations = columns.map((name) => {
    const j = Math.floor(name / V);
    const { whole, exponent } = parts[j]!;
    return { first: anchor(given, j), second: name % V, whole, exponent, name };
  });
  const gram = equations.map((one) =>
    equations.map((other) => {
      const words =
        Number(one.first === other.first) +
        Number(one.second === other.second) -
        Number(one.first === other.second) -
        Number(one.second === other.first);
      return BigInt(words) * one.whole.reduce((sum, h, i) => sum + h * other.whole[i]!, 0n);
    }),
  );
  // y = G a becomes a = G⁻¹ y: every row has changed places with its own column
  const inverse = new Dictionary(columns, columns, gram);
  columns.forEach((_, k) => inverse.pivot(k, k));
  // b 2^-exponent is the right-hand side of a whole row; all of them over one power of two
  const most = Math.max(0, ...equations.map(({ exponent }) => exponent));
  const sides = equations.map(({ name, exponent }) => logOddsAt(given, name) << BigInt(most - exponent));
  const scale = inverse.den << (LOG_BITS + BigInt(most));
  const entries = Array.from({ length: V * d }, () => 0n);
  equations.forEach(({ first, second, whole }, k) => {
    const a = sides.reduce((sum, side, i) => sum + inverse.entries[k]![i]! * side, 0n);
    whole.forEach((h, i) => {
      entries[first * d + i]! += a * h;
      entries[second * d + i]! -= a * h;
    });
  });
  entries.forEach((entry, i) => (decoder[i] = quotient(entry, scale)));
  // column k of A⁺ has the squared norm (G⁻¹)_kk, and a log-odds is the difference of two logarithms
  const uncertainty = equations.reduce(
    (sum, { exponent }, k) => sum + Math.sqrt(quotient(inverse.entries[k]![k]!, inverse.den)) * 2 ** -exponent,
    0,
  );
  return { decoder, uncertainty: rows.length === 0 ? 0 : 2 * PROBABILITY_ROUNDING * uncertainty };
}

/**
 * Every variable is y_jv = (e_z − e_v)ᵀ W h_j with z the first word of S_j and v any other, named j V + v. Those of contexts
 * with independent embeddings take any values, and are the columns; those of the other contexts follow from them.
 */
function logitsOf(given: Given, embeddings: readonly WholeRow[]): Dictionary {
  const { contextCount: m, vocabularySize: V, embeddingDim: d } = given;
  const contexts = Array.from({ length: m }, (_, j) => j);
  // large supports first: their equalities then are columns, which cost nothing
  contexts.sort((a, b) => supportOf(given, b).length - supportOf(given, a).length);
  const span = new Dictionary(
    contexts,
    Array.from({ length: d }, (_, i) => -1 - i),
    contexts.map((j) => embeddings[j]!.whole),
  );
  for (let r = 0; r < m; r++) {
    const c = span.entries[r]!.findIndex((entry, k) => entry !== 0n && span.columns[k]! < 0);
    if (c >= 0) span.pivot(r, c);
  }
  const basis = span.columns.flatMap((j, c) => (j >= 0 ? [{ j, c }] : []));
  const others = span.rows.flatMap((j, r) => (j >= 0 ? [{ j, r }] : []));
  const columns = basis.flatMap(({ j, c }) => wordsBut(V, anchor(given, j)).map((v) => ({ j, v, c })));
  const rows = others.flatMap(({ j, r }) => wordsBut(V, anchor(given, j)).map((v) => ({ j, v, r })));
  const power = span.den ** BigInt(V - 2);
  const name = ({ j, v }: { j: number; v: number }): number => j * V + v;
  return new Dictionary(
    rows.map(name),
    columns.map(name),
    rows.map(({ j, v, r }) =>
      columns.map((column) => {
        const sign = BigInt(Number(column.v === v) - Number(column.v === anchor(given, j)));
        return sign * power * span.entries[r]![column.c]!;
      }),
    ),
    power * span.den,
  );
}

/** Equalities are solved and dropped; then each round of the simplex method finds a direction, or that there is none left. */
function truthOfSupports(given: Given, cone: Dictionary): SupportTruth {
  const { vocabularySize: V } = given;
  const places = [...cone.rows, ...cone.columns].filter((name) => !isInSupport(given, name));
  for (let r = cone.rows.length - 1; r >= 0; r--) {
    if (!isInSupport(given, cone.rows[r]!)) continue;
    const c = cone.entries[r]!.findIndex((entry, k) => entry !== 0n && !isInSupport(given, cone.columns[k]!));
    if (c >= 0) cone.pivot(r, c);
    else cone.dropRow(r);
  }
  for (let c = cone.columns.length - 1; c >= 0; c--) if (isInSupport(given, cone.columns[c]!)) cone.dropColumn(c);
  const left = positiveOf(cone);
  const leftBehind = [...left].sort((a, b) => a - b).map((name): Place => [Math.floor(name / V), name % V]);
  return { separable: left.size === places.length, finiteMinimiser: left.size === 0, leftBehind };
}

/**
 * The variables that are positive somewhere in the cone where none is negative. The sum of those not yet found is maximised by
 * pivots with Bland's rule; a column without a negative entry is a ray of the cone, and a sum without a positive entry has no ray.
 */
function positiveOf(cone: Dictionary): Set<number> {
  const found = new Set<number>();
  for (;;) {
    cone.columns.forEach((name, c) => {
      if (cone.entries.some((row) => row[c]! < 0n)) return;
      found.add(name);
      cone.rows.forEach((basic, r) => cone.entries[r]![c]! > 0n && found.add(basic));
    });
    const entering = leastName(cone.columns, (c) => {
      const own = found.has(cone.columns[c]!) ? 0n : cone.den;
      return cone.rows.reduce((sum, basic, r) => (found.has(basic) ? sum : sum + cone.entries[r]![c]!), own) > 0n;
    });
    if (entering < 0) return found;
    // a column that raises the sum is no ray: all of a ray is found already
    cone.pivot(
      leastName(cone.rows, (r) => cone.entries[r]![entering]! < 0n),
      entering,
    );
  }
}

/** Where the least of the names is that are asked for; −1 without one. */
function leastName(names: readonly number[], isWanted: (place: number) => boolean): number {
  return names.reduce((best, name, i) => ((best < 0 || name < names[best]!) && isWanted(i) ? i : best), -1);
}

/** Every relation between log-odds is held against the logarithms. */
function truthOfLogOdds(
  given: Given,
  logits: Dictionary,
  exponents: readonly number[],
  rounding: number,
): Pick<ExactTruth, "rank" | "relationCount" | "compatible"> {
  const { columns, rows, entries, den } = independentLogOdds(given, logits);
  const most = Math.max(...exponents);
  const answers = rows.map((name, r) => {
    const coefficients = new Map<number, bigint>();
    const add = (other: number, factor: bigint): void => {
      const exponent = exponents[Math.floor(other / given.vocabularySize)]!;
      addLogOdds(given, coefficients, other, factor << BigInt(most - exponent));
    };
    add(name, den);
    columns.forEach((column, c) => add(column, -entries[r]![c]!));
    return answerOf([...coefficients], rounding);
  });
  const compatible = answers.every((answer) => answer === "yes") ? "yes" : "undecided";
  return {
    rank: columns.length,
    relationCount: rows.length,
    compatible: answers.includes("no") ? "no" : compatible,
  };
}

/** The columns become a largest set of in-support differences that take any values; the rows are the others. */
function independentLogOdds(given: Given, { rows, columns, entries, den }: Dictionary): Dictionary {
  const kept = rows.flatMap((name, r) => (isInSupport(given, name) ? [r] : []));
  const odds = new Dictionary(
    kept.map((r) => rows[r]!),
    columns,
    kept.map((r) => entries[r]!),
    den,
  );
  for (let r = odds.rows.length - 1; r >= 0; r--) {
    const c = odds.entries[r]!.findIndex((entry, k) => entry !== 0n && !isInSupport(given, odds.columns[k]!));
    if (c < 0) continue;
    odds.pivot(r, c);
    odds.dropRow(r);
  }
  for (let c = odds.columns.length - 1; c >= 0; c--) if (!isInSupport(given, odds.columns[c]!)) odds.dropColumn(c);
  return odds;
}

/** Whether Σ coefficient · log p is zero: exactly, or as far as rounded probabilities tell. */
function answerOf(coefficients: readonly (readonly [number, bigint])[], rounding: number): Answer {
  if (coefficients.every(([, coefficient]) => coefficient === 0n)) return "yes";
  const total = coefficients.reduce((sum, [p, coefficient]) => sum + coefficient * logarithm(p), 0n);
  const sizes = coefficients.reduce((sum, [, coefficient]) => sum + size(coefficient), 0n);
  return quotient(size(total), sizes << LOG_BITS) > rounding ? "no" : "undecided";
}

/** log(p_jz / p_jv) as coefficients of the logarithms of distinct probabilities. */
function addLogOdds(given: Given, coefficients: Map<number, bigint>, name: number, factor: bigint): void {
  const [first, second] = probabilitiesAt(given, name);
  coefficients.set(first, (coefficients.get(first) ?? 0n) + factor);
  coefficients.set(second, (coefficients.get(second) ?? 0n) - factor);
}

function logOddsAt(given: Given, name: number): bigint {
  const [first, second] = probabilitiesAt(given, name);
  return logarithm(first) - logarithm(second);
}

function probabilitiesAt(given: Given, name: number): [number, number] {
  const { vocabularySize: V, offsets, probabilities } = given;
  const j = Math.floor(name / V);
  return [probabilities[offsets[j]!]!, probabilities[offsets[j]! + supportOf(given, j).indexOf(name % V)]!];
}

function supportOf({ offsets, tokens }: Given, j: number): number[] {
  return [...tokens.subarray(offsets[j], offsets[j + 1])];
}

function isInSupport(given: Given, name: number): boolean {
  const { vocabularySize: V } = given;
  return supportOf(given, Math.floor(name / V)).includes(name % V);
}

const anchor = ({ tokens, offsets }: Given, j: number): number => tokens[offsets[j]!]!;

const wordsBut = (V: number, word: number): number[] =>
  Array.from({ length: V }, (_, v) => v).filter((v) => v !== word);
