/**
 * The point nearest to b with Σ x = 0 and x ≤ room: min(b − τ, room). Words are clipped in the order of b − room, largest
 * first, until the τ of those left is above all of theirs.
 */
export function projectOntoRoom(b: ArrayLike<number>, room: ArrayLike<number>): Float64Array {
  const excess = Float64Array.from(b, (value, v) => value - room[v]!);
  const order = Array.from(b, (_, v) => v).sort((v, w) => excess[w]! - excess[v]!);
  let sum = 0;
  for (let v = 0; v < b.length; v++) sum += b[v]!;
  let clipped = 0;
  while (clipped < b.length && excess[order[clipped]!]! >= sum / (b.length - clipped))
    sum -= excess[order[clipped++]!]!;
  const tau = sum / (b.length - clipped);
  return Float64Array.from(b, (value, v) => Math.min(value - tau, room[v]!));
}
