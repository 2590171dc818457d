/** The kernel singular-clip in float64. */
export function singularClip(
  rows: ArrayLike<number>,
  { count, length, limit }: Readonly<Record<"count" | "length" | "limit", number>>,
): { clipped: Float64Array; lengths: Float64Array } {
  const clipped = Float64Array.from(rows);
  const lengths = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const row = clipped.subarray(i * length, (i + 1) * length);
    lengths[i] = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    const factor = Math.min(limit / lengths[i]!, 1);
    row.forEach((x, k) => (row[k] = factor * x));
  }
  return { clipped, lengths };
}
