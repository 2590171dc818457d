import { OptionError } from "../errors.ts";
import type { GpuArray } from "../gpu/array.ts";
import type { Workspace } from "../gpu/workspace.ts";
import type { DeviceShape } from "./device-shape.ts";

/** A matrix on the device as the sum of two float32 arrays [V, paddedDim]. */
export interface PairArray {
  readonly high: GpuArray<"f32">;
  readonly low: GpuArray<"f32">;
}

/** Zeros, [V, paddedDim]. */
export function pairArray(
  workspace: Workspace,
  label: string,
  { words, paddedDim }: Pick<DeviceShape, "words" | "paddedDim">,
): PairArray {
  const shape = [words, paddedDim];
  return {
    high: workspace.array(label, "f32", shape),
    low: workspace.array(`${label} low`, "f32", shape),
  };
}

/** Decoder entries from this size on are refused: their products with embeddings leave float32. */
const LARGEST_WEIGHT = 1e18;

/** Whether a decoder can be computed with. */
export function isUsable(decoder: ArrayLike<number>): boolean {
  for (let i = 0; i < decoder.length; i++) if (!(Math.abs(decoder[i]!) < LARGEST_WEIGHT)) return false;
  return true;
}

/** @throws OptionError unless the decoder, or another matrix by its name, is V × d with numbers that can be computed with. */
export function requireDecoder(
  decoder: ArrayLike<number>,
  { words, dim }: Pick<DeviceShape, "words" | "dim">,
  name = "decoder",
): void {
  if (decoder.length !== words * dim)
    throw new OptionError(name, `expected ${words} × ${dim} = ${words * dim} values, found ${decoder.length}`);
  if (isUsable(decoder)) return;
  const bad = Array.prototype.findIndex.call(decoder, (w: number) => !(Math.abs(w) < LARGEST_WEIGHT));
  throw new OptionError(
    name,
    `expected finite numbers below 1e18 in size, found ${decoder[bad]} at row ${Math.floor(bad / dim)}, column ${bad % dim}`,
  );
}

/** A V × d matrix as two padded float32 arrays whose sum is the matrix to about 48 bits. */
export function splitDecoder(
  decoder: ArrayLike<number>,
  { words, dim, paddedDim }: DeviceShape,
): { high: Float32Array<ArrayBuffer>; low: Float32Array<ArrayBuffer> } {
  const high = new Float32Array(words * paddedDim);
  const low = new Float32Array(words * paddedDim);
  for (let v = 0; v < words; v++)
    for (let i = 0; i < dim; i++) {
      const value = decoder[v * dim + i]!;
      const rounded = Math.fround(value);
      high[v * paddedDim + i] = rounded;
      low[v * paddedDim + i] = value - rounded;
    }
  return { high, low };
}

/** The inverse of {@link splitDecoder}: V × d in float64, the sum of all the padded parts. */
export function joinDecoder(parts: readonly Float32Array[], shape: DeviceShape): Float64Array {
  const { words, dim, paddedDim } = shape;
  const decoder = new Float64Array(words * dim);
  for (let v = 0; v < words; v++)
    for (let i = 0; i < dim; i++) decoder[v * dim + i] = parts.reduce((sum, part) => sum + part[v * paddedDim + i]!, 0);
  return decoder;
}
