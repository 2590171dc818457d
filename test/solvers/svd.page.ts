import { svd } from "../../src/index.ts";
import { open } from "../support/page-problem.ts";

export async function decompose(
  matrix: Float64Array,
  rows: number,
  columns: number,
): Promise<{
  values: Float64Array;
  left: Float64Array;
  right: Float64Array;
  largestCosine: number;
  milliseconds: number;
}> {
  const gpu = await open();
  const begin = performance.now();
  const { values, left, right, largestCosine } = await svd(gpu, matrix, rows, columns);
  return { values, left, right, largestCosine, milliseconds: performance.now() - begin };
}
