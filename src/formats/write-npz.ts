import { zipSync } from "fflate";
import { writeNpy, type NpyNumbers } from "./npy.ts";

/**
 * Writes an .npz archive that `numpy.load` reads; the same arrays give the same bytes.
 * @param entries arrays by key, row-major, with their shapes
 * @param level 0 stores, 6 (default) deflates
 * @throws ShapeError when a shape does not fit its array
 */
export function writeNpz(
  entries: Readonly<Record<string, { readonly data: NpyNumbers; readonly shape: readonly number[] }>>,
  level: 0 | 6 = 6,
): Uint8Array<ArrayBuffer> {
  const files = Object.entries(entries).map(([key, { data, shape }]) => [`${key}.npy`, writeNpy(data, shape)] as const);
  return zipSync(Object.fromEntries(files), { level, mtime: new Date(1980, 0, 1) });
}
