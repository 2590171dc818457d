import type { LogOdds, MaxMargin, Nonseparable, Problem } from "../../src/index.ts";
import type { ClaimProblem } from "./claim-problems.ts";

/*
 * What the solvers claim, checked by plain float64 arithmetic that shares nothing with theirs. With u = 2^-53 an inner product
 * of n terms errs by at most n u times that of the sizes; what is compared with the solver's own figure has rounded twice.
 */

const UNIT = 2 ** -53;
/** In-support logits of a decoder may differ by this times ‖H‖ ‖W‖, and by this part of the margin: what the solver promises. */
const EQUALITY_TOLERANCE = 1e-10;
const EQUALITY_SHARE_OF_MARGIN = 1e-6;
const UNREACHABLE_FACTOR = 1e6;
const REDUCED_FACTOR = 100;

/** A number with a bound on its rounding error. */
interface Rounded {
  readonly value: number;
  readonly error: number;
}

type Planted = Pick<ClaimProblem, "isCompatible" | "separatorNorm">;

/** What is wrong with the claims of a max-margin result; empty where they hold. */
export function faultsOfMaxMargin(
  problem: Problem,
  result: MaxMargin,
  { separatorNorm = Infinity }: Planted,
  gapTolerance: number,
): string[] {
  const { status, decoder, lowerBound, upperBound, nonseparable } = result;
  const isInfeasible = status.startsWith("infeasible-");
  const faults = faultsIf({
    "a bound below the lower one": separatorNorm * (1 + 1e-12) < lowerBound,
    "bounds that cross": !isInfeasible && lowerBound > upperBound,
    "an upper bound without a decoder": (decoder === undefined) !== (upperBound === Infinity),
    "a certificate beside the status": (nonseparable !== undefined) !== isInfeasible,
    "a decoder of an infeasible problem": isInfeasible && decoder !== undefined,
    "no decoder of an optimal problem": status.startsWith("optimal-") && decoder === undefined,
  });
  if (decoder) faults.push(...faultsOfSeparator(problem, decoder, upperBound));
  if (status !== "infeasible-certified") faults.push(...faultsOfDual(problem, result, gapTolerance));
  if (nonseparable) faults.push(...faultsOfRay(problem, nonseparable));
  if (nonseparable?.pair && !isConflict(problem, nonseparable.pair)) faults.push("no conflict");
  if (status === "infeasible-below-norm" && !(lowerBound >= UNREACHABLE_FACTOR * largestForced(problem) * (1 - 1e-12)))
    faults.push("a norm that can be reached");
  return faults;
}

/** What is wrong with the claims of a log-odds result; empty where they hold. */
export function faultsOfLogOdds(problem: Problem, result: LogOdds, { isCompatible }: Planted): string[] {
  const { status, decoder, residual, certificate, leastSolutionNorm } = result;
  const b = logOddsOf(problem);
  const rest = remainder(problem, decoder, b);
  const size = norm(b.map(({ value }) => value));
  const [left, rounding] = [norm(rest.map(({ value }) => value)), norm(rest.map(({ error }) => error))];
  const faults = faultsIf({
    "a residual that is not that of the decoder": !(Math.abs(residual * size - left) <= 2 * rounding),
    "compatible after all": status === "incompatible" && isCompatible === true,
    "a certificate beside the status": (certificate !== undefined) !== (status === "incompatible"),
    "a solution of less norm": isCompatible === true && status === "compatible" && leastSolutionNorm > norm(decoder),
  });
  if (certificate) faults.push(...faultsOfWitness(problem, certificate, b));
  return faults;
}

function faultsIf(faults: Record<string, boolean>): string[] {
  return Object.keys(faults).filter((name) => faults[name]);
}

/** All in-support logits equal, all others below them by 1; the norm is within the upper bound. */
function faultsOfSeparator(problem: Problem, decoder: Float64Array, upperBound: number): string[] {
  const { contextCount, vocabularySize, embeddings } = problem;
  // centred logits of norm a differ by √2 a at most
  const allowed =
    Math.SQRT2 * Math.min(EQUALITY_TOLERANCE * norm(embeddings) * norm(decoder), EQUALITY_SHARE_OF_MARGIN);
  let [spread, margin] = [-Infinity, Infinity];
  for (let j = 0; j < contextCount; j++) {
    const logits = Array.from({ length: vocabularySize }, (_, v) => logit(problem, decoder, j, v));
    const support = supportOf(problem, j);
    for (const z of support)
      logits.forEach((other, v) => {
        const difference = logits[z]!.value - other.value;
        const error = 2 * (logits[z]!.error + other.error);
        if (support.includes(v)) spread = Math.max(spread, Math.abs(difference) - allowed - error);
        else margin = Math.min(margin, difference + allowed + error);
      });
  }
  return faultsIf({
    "unequal logits in a support": !(spread <= 0),
    "a margin below 1": !(margin >= 1),
    "a norm above the upper bound": !(norm(decoder) <= upperBound * (1 + decoder.length * UNIT)),
  });
}

/** β is feasible, its value is that of the lower bound, and the gap is what the status needs. */
function faultsOfDual(
  problem: Problem,
  { status, dual, lowerBound, upperBound }: MaxMargin,
  tolerance: number,
): string[] {
  const { total, squaredNorm, isFeasible } = dualFigures(problem, dual);
  const least = 2 * (total.value - total.error) - squaredNorm.value - squaredNorm.error;
  const most = 2 * (total.value + total.error) - squaredNorm.value + squaredNorm.error;
  const allowed = { "optimal-certified": tolerance, "optimal-reduced": REDUCED_FACTOR * tolerance }[status as string];
  return faultsIf({
    "a dual that is not feasible": !isFeasible,
    "a lower bound that the dual does not prove": !(lowerBound ** 2 <= most),
    "a gap above the tolerance": allowed !== undefined && !(upperBound ** 2 - most <= allowed * upperBound ** 2),
    "a dual of no value": status === "optimal-certified" && !(least > 0),
  });
}

/** β is feasible, Σ(−β_off) = 1, ‖Σ_j β_j h_jᵀ‖ ≤ ρ, and the bound on the norm is 1/ρ. */
function faultsOfRay(problem: Problem, { certificate, rho, normBound }: Nonseparable): string[] {
  const { total, squaredNorm, isFeasible } = dualFigures(problem, certificate);
  const tip = Math.sqrt(Math.max(squaredNorm.value - squaredNorm.error, 0));
  return faultsIf({
    "a ray that is not feasible": !isFeasible,
    "a ray of no unit size": !(Math.abs(total.value - 1) <= 2 * total.error),
    // parallel embeddings are held to exactness by `isConflict`
    "a ray that is longer than it says": !(tip <= (rho === 0 ? Math.sqrt(squaredNorm.error) : rho)),
    "a norm bound that is not 1/ρ": !(Math.abs(normBound * rho - 1) <= 4 * UNIT || normBound === Infinity),
  });
}

function dualFigures(
  problem: Problem,
  dual: Float64Array,
): { total: Rounded; squaredNorm: Rounded; isFeasible: boolean } {
  const { contextCount: m, vocabularySize: V, embeddingDim: d, embeddings } = problem;
  let [total, sizes, isFeasible] = [0, 0, true];
  for (let j = 0; j < m; j++) {
    const row = dual.subarray(j * V, (j + 1) * V);
    const support = supportOf(problem, j);
    const size = row.reduce((sum, b) => sum + Math.abs(b), 0);
    isFeasible &&= Math.abs(row.reduce((sum, b) => sum + b, 0)) <= 2 * V * UNIT * size;
    sizes += size;
    row.forEach((b, v) => {
      if (support.includes(v)) return;
      isFeasible &&= b <= 0;
      total -= b;
    });
  }
  let [square, error] = [0, 0];
  for (let v = 0; v < V; v++)
    for (let i = 0; i < d; i++) {
      const terms = Array.from({ length: m }, (_, j) => dual[j * V + v]! * embeddings[j * d + i]!);
      const { value, error: rounding } = sum(terms);
      square += value ** 2;
      error += 2 * Math.abs(value) * rounding + rounding ** 2;
    }
  return {
    total: { value: total, error: 2 * (m + V) * UNIT * sizes },
    squaredNorm: { value: square, error: error + V * d * UNIT * square },
    isFeasible,
  };
}

/** Whether two embeddings are parallel, without rounding, and no decoder can serve both supports. */
function isConflict(problem: Problem, pair: readonly [number, number] | undefined): boolean {
  if (!pair) return false;
  const { vocabularySize: V, embeddingDim: d, embeddings } = problem;
  const [a, b] = pair.map((j) => Array.from(embeddings.subarray(j * d, (j + 1) * d), exactly)) as [bigint[], bigint[]];
  const [here, there] = [supportOf(problem, pair[0]), supportOf(problem, pair[1])];
  if (pair[0] === pair[1]) return a.every((h) => h === 0n) && here.length < V;
  if (!a.every((_, i) => a.every((_h, k) => a[i]! * b[k]! === a[k]! * b[i]!))) return false;
  const product = a.reduce((sum, h, i) => sum + h * b[i]!, 0n);
  if (product > 0n) return here.join() !== there.join();
  return product < 0n && Math.min(here.length, there.length) < V && here.some((z) => there.includes(z));
}

/** x · 2^1074, which is whole for every float64. */
function exactly(x: number): bigint {
  const bits = new DataView(Float64Array.of(x).buffer).getBigUint64(0, true);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & ((1n << 52n) - 1n);
  const size = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return bits >> 63n ? -size : size;
}

/** ⟨r, b⟩ > 0, and Aᵀr cannot be told from zero; r is itself what centring and rounding left of a vector. */
function faultsOfWitness(problem: Problem, r: Float64Array, b: readonly Rounded[]): string[] {
  const { vocabularySize: V, embeddingDim: d, embeddings, contextCount, offsets, tokens } = problem;
  const centred = centre(
    problem,
    Array.from(r, (value) => ({ value, error: 0 })),
  );
  const image = Array.from({ length: V * d }, () => ({ value: 0, error: 0 }));
  for (let j = 0; j < contextCount; j++)
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++)
      for (let i = 0; i < d; i++) {
        const entry = image[tokens[k]! * d + i]!;
        const h = embeddings[j * d + i]!;
        entry.value += centred[k]!.value * h;
        entry.error += (centred[k]!.error + (contextCount + V + 4) * UNIT * Math.abs(r[k]!)) * Math.abs(h);
      }
  const product = sum(b.map(({ value }, k) => value * r[k]!));
  const unsure = b.reduce((total, { error }, k) => total + error * Math.abs(r[k]!), product.error);
  return faultsIf({
    "a witness that is not orthogonal to the range": !(
      norm(image.map(({ value }) => value)) <=
      2 * norm(image.map(({ error }) => error))
    ),
    "a witness that rounding alone makes": !(product.value > unsure / 2),
  });
}

/** C_j log p_j; a probability is itself rounded, when it is given and when it is normalised. */
function logOddsOf(problem: Problem): Rounded[] {
  const logs = Array.from(problem.probabilities, (p) => ({
    value: Math.log(p),
    error: 2 * UNIT * (Math.abs(Math.log(p)) + 1),
  }));
  return centre(problem, logs);
}

/** b − A(W). */
function remainder(problem: Problem, decoder: Float64Array, b: readonly Rounded[]): Rounded[] {
  const logits = Array.from({ length: problem.contextCount }, (_, j) =>
    supportOf(problem, j).map((z) => logit(problem, decoder, j, z)),
  ).flat();
  return centre(problem, logits).map(({ value, error }, k) => {
    const difference = b[k]!.value - value;
    return { value: difference, error: error + b[k]!.error + UNIT * Math.abs(difference) };
  });
}

/** Less the mean over the support of each context. */
function centre({ contextCount, offsets }: Problem, entries: readonly Rounded[]): Rounded[] {
  return Array.from({ length: contextCount }, (_, j) => {
    const row = entries.slice(offsets[j], offsets[j + 1]);
    const total = sum(row.map(({ value }) => value));
    const mean = total.value / row.length;
    const error =
      (total.error + row.reduce((most, entry) => most + entry.error, 0)) / row.length + UNIT * Math.abs(mean);
    return row.map((entry) => {
      const value = entry.value - mean;
      return { value, error: entry.error + error + UNIT * Math.abs(value) };
    });
  }).flat();
}

/** ⟨w_v, h_j⟩; the entries of W are themselves rounded. */
function logit({ embeddingDim: d, embeddings }: Problem, decoder: Float64Array, j: number, v: number): Rounded {
  return sum(Array.from({ length: d }, (_, i) => decoder[v * d + i]! * embeddings[j * d + i]!));
}

/** A sum of products, each of them rounded, and one more unit for a factor that is. */
function sum(terms: readonly number[]): Rounded {
  const [value, size] = terms.reduce(([all, sizes], term) => [all + term, sizes + Math.abs(term)], [0, 0]);
  return { value, error: (terms.length + 1) * UNIT * size };
}

function supportOf({ tokens, offsets }: Problem, j: number): number[] {
  return [...tokens.subarray(offsets[j], offsets[j + 1])];
}

const norm = (values: Iterable<number>): number => Math.hypot(...values);

function largestForced({ embeddings, embeddingDim: d, vocabularySize: V, offsets, contextCount }: Problem): number {
  return Math.max(
    ...Array.from({ length: contextCount }, (_, j) => {
      const k = offsets[j + 1]! - offsets[j]!;
      return k < V ? Math.sqrt((k * (V - k)) / V) / norm(embeddings.subarray(j * d, (j + 1) * d)) : 0;
    }),
  );
}
