import type { Work } from "../support/host-spells.ts";

/** Primes just below 2^26, so that products of two residues are exact in float64. */
const PRIMES = [67108859, 67108837, 67108819] as const;

/** Rows of floats, of one length. */
type Rows = readonly Float64Array[];

/**
 * The rank of a matrix of float64 numbers taken as exact: modulo three primes, as floats are whole numbers times powers of two. The
 * rank modulo a prime is never above the true one. It is below it modulo all three only if each divides the same minor, which among
 * primes of this size happens by chance less than once in 10⁹ for minors of up to 10⁵ bits.
 */
export function* exactRank(rows: Rows): Work<number> {
  let most = 0;
  for (const prime of PRIMES) most = Math.max(most, yield* rankModulo(rows, prime));
  return most;
}

/** Gaussian elimination modulo a prime. */
function* rankModulo(rows: Rows, prime: number): Work<number> {
  const pivots: { readonly row: Float64Array; readonly at: number }[] = [];
  for (const given of rows) {
    yield undefined;
    const row = given.map((x) => residue(x, prime));
    for (const pivot of pivots) {
      const factor = row[pivot.at]!;
      if (factor !== 0)
        for (let i = pivot.at; i < row.length; i++) row[i] = reduced(row[i]! + (prime - factor) * pivot.row[i]!, prime);
    }
    const at = row.findIndex((x) => x !== 0);
    if (at < 0) continue;
    const inverse = power(row[at]!, prime - 2, prime);
    for (let i = at; i < row.length; i++) row[i] = reduced(row[i]! * inverse, prime);
    pivots.push({ row, at });
    if (pivots.length === row.length) break;
  }
  return pivots.length;
}

/** x mod prime of 0 ≤ x < 2^53. */
const reduced = (x: number, prime: number): number => {
  const rest = x - Math.floor(x / prime) * prime;
  return rest < 0 ? rest + prime : rest >= prime ? rest - prime : rest;
};

function power(base: number, exponent: number, prime: number): number {
  let result = 1;
  for (let [square, bits] = [base, exponent]; bits > 0; bits = Math.floor(bits / 2)) {
    if (bits % 2 === 1) result = reduced(result * square, prime);
    square = reduced(square * square, prime);
  }
  return result;
}

/** A float x = n 2^e as n times the residue of 2^e. */
function residue(x: number, prime: number): number {
  if (x === 0) return 0;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), -1022) - 53;
  // in two factors, as 2^1074 is no float
  const whole = x * 2 ** -Math.ceil(exponent / 2) * 2 ** -Math.floor(exponent / 2);
  const size = ((whole % prime) + prime) % prime;
  const half = (prime + 1) / 2;
  return reduced(size * power(exponent < 0 ? half : 2, Math.abs(exponent), prime), prime);
}
