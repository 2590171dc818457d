import { normals } from "./draw.ts";

/** Random numbers as pairs of float32: high, and a low part below half a unit of it. */
export function drawPair(seed: number, length: number, scale = 1): { high: Float32Array; low: Float32Array } {
  const high = normals(seed, length, scale);
  const fractions = normals(seed + 1000, length);
  const low = high.map((x, i) => x * Math.max(-0.9, Math.min(0.9, fractions[i]!)) * 2 ** -25);
  return { high, low };
}

/** high + low in float64, exactly. */
export function joinPair(high: Float32Array, low: Float32Array): Float64Array {
  return Float64Array.from(high, (x, i) => x + low[i]!);
}
