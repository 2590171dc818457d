/**
 * The point nearest to b with Σ x = 0 and x ≤ room: min(b − τ, room). Words are clipped in the order of b − room, largest
 * first, until the τ of those left is above all of theirs.
 */
function projectOntoRoom(b: ArrayLike<number>, room: ArrayLike<number>): Float64Array {
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

/** x⁺ [words, stride] and overlap [contexts] of the kernel dual-step, in float64. */
export function dualStep(
  arrays: Readonly<Record<"linear" | "room" | "y" | "x" | "moved", ArrayLike<number>>>,
  shape: { contexts: number; words: number; stride: number },
): { moved: Float64Array; overlap: Float64Array } {
  const { linear, room, y, x } = arrays;
  const moved = Float64Array.from(arrays.moved);
  const overlap = new Float64Array(shape.contexts);
  const words = Array.from({ length: shape.words }, (_, v) => v * shape.stride);
  for (let j = 0; j < shape.contexts; j++) {
    const column = words.map((row) => row + j);
    const b = column.map((i) => y[i]! - (moved[i]! + linear[i]!));
    const next = projectOntoRoom(
      b,
      column.map((i) => room[i]!),
    );
    column.forEach((i, v) => {
      moved[i] = next[v]!;
      overlap[j]! += (y[i]! - next[v]!) * (next[v]! - x[i]!);
    });
  }
  return { moved, overlap };
}
