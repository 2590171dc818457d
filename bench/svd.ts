import { openGpu, svd, type AdapterDescription, type Svd } from "../src/index.ts";
import { askScript } from "./numpy.ts";
import { CONSOLE, type Screen } from "./screen.ts";

/*
 * Singular value decompositions on the device beside NumPy's of the same matrices: how far the values are off, and how orthogonal the
 * vectors are, and how well they make the matrix again, all in parts of the largest value.
 */

const SIZES = [
  [512, 512],
  [512, 300],
] as const;
const KINDS = ["random", "rank-deficient", "repeated", "graded"] as const;

interface Decomposition {
  readonly kind: (typeof KINDS)[number];
  readonly rows: number;
  readonly columns: number;
  readonly sweeps: number;
  readonly largestCosine: number;
  readonly seconds: number;
  readonly numpySeconds: number;
  readonly valueError: number;
  readonly orthogonality: number;
  readonly reconstruction: number;
}

interface SvdResult {
  readonly adapter: AdapterDescription;
  readonly decompositions: readonly Decomposition[];
}

export async function run({ seed }: { seed: number }, screen: Screen = CONSOLE): Promise<SvdResult> {
  const gpu = await openGpu();
  const decompositions: Decomposition[] = [];
  for (const [rows, columns] of SIZES)
    for (const kind of KINDS) {
      const found = await askScript<{ seconds: number }>({ script: "numpy_svd.py", kind, rows, columns, seed });
      if (!found) throw new Error("this bench needs python3 with NumPy");
      const matrix = found.values.subarray(0, rows * columns);
      const values = found.values.subarray(rows * columns);
      const begin = performance.now();
      const ours = await svd(gpu, matrix, rows, columns);
      const seconds = (performance.now() - begin) / 1000;
      const { sweeps, largestCosine } = ours;
      const measured = {
        ...{ kind, rows, columns, sweeps, largestCosine, seconds, numpySeconds: found.answer.seconds },
        valueError: largestDifference(ours.values, values) / values[0]!,
        orthogonality: Math.max(orthogonality(ours.left, rows, ours), orthogonality(ours.right, columns, ours)),
        reconstruction: reconstruction(ours, matrix, columns) / values[0]!,
      };
      decompositions.push(measured);
      screen.say(
        `${kind} ${rows} × ${columns}: values ${short(measured.valueError)}, orthogonality ${short(measured.orthogonality)}, reconstruction ${short(measured.reconstruction)} in ${sweeps} sweeps, ${seconds.toFixed(1)} s; NumPy ${found.answer.seconds.toFixed(2)} s`,
      );
    }
  gpu.destroy();
  return { adapter: gpu.adapter, decompositions };
}

const short = (value: number): string => value.toExponential(1);

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
};

/** The largest entry of U Uᵀ − 1 over the vectors that have a direction: values of nothing have none. */
function orthogonality(vectors: Float64Array, n: number, { values }: Svd): number {
  const rows = Array.from(values, (_, i) => vectors.subarray(i * n, (i + 1) * n)).filter((row) =>
    row.some((x) => x !== 0),
  );
  let largest = 0;
  rows.forEach((row, i) => {
    for (let k = 0; k <= i; k++) {
      let sum = i === k ? -1 : 0;
      for (let c = 0; c < n; c++) sum += row[c]! * rows[k]![c]!;
      largest = Math.max(largest, Math.abs(sum));
    }
  });
  return largest;
}

/** The largest entry of Σ σ u vᵀ − A. */
function reconstruction({ values, left, right }: Svd, matrix: Float64Array, columns: number): number {
  const rows = matrix.length / columns;
  let largest = 0;
  const sum = new Float64Array(columns);
  for (let r = 0; r < rows; r++) {
    sum.fill(0);
    values.forEach((value, i) => {
      const weight = value * left[i * rows + r]!;
      if (weight !== 0) for (let c = 0; c < columns; c++) sum[c]! += weight * right[i * columns + c]!;
    });
    largest = Math.max(largest, largestDifference(sum, matrix.subarray(r * columns, (r + 1) * columns)));
  }
  return largest;
}
