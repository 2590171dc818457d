import type { ProblemInput } from "../../src/index.ts";
import { uniformInput } from "./margin.ts";

/** Three contexts of length 1 in the plane at 90°, 210° and 330°, five words; the least norms were certified to 1e-7 by other programs. */
export const PLANE: ProblemInput = uniformInput(
  [90, 210, 330].map((degrees) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]),
  [
    [0, 1, 4],
    [0, 3, 4],
    [1, 2, 3],
  ],
  5,
);

export const PLANE_NORMS = { frobenius: 2.7325202, max: 2 / Math.sqrt(3), spectral: 2.1908902 } as const;
