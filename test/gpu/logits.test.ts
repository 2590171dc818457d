import { logits } from "../../src/kernels/logits.ts";
import { logits as reference } from "../../src/reference/logits.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { absoluteProduct, normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

const TILES = [
  { rows: 4, columns: 1 },
  { rows: 8, columns: 2 },
];

function productCase(rows: number, inner4: number, columns4: number, tile: (typeof TILES)[number]): KernelCase {
  const [inner, columns] = [4 * inner4, 4 * columns4];
  const decoder = normals(1, rows * inner);
  const embeddings_t = normals(2, inner * columns);
  const expected = reference(decoder, embeddings_t, { rows, inner, columns });
  const sizes = absoluteProduct(decoder, embeddings_t, { rows, inner, columns });
  return {
    name: `${rows} × ${inner} by ${inner} × ${columns}, tile ${tile.rows} × ${4 * tile.columns}`,
    params: { rows, inner4, columns4 },
    variant: tile,
    arrays: { decoder, embeddings_t },
    // a sum of n rounded products errs by at most (n + 1) units of sum |a b|, fused or not
    check: ({ logits }) => requireClose("logits", logits!, expected, (i) => (inner + 1) * F32_UNIT * sizes[i]!),
  };
}

kernelSuite(
  logits,
  TILES.flatMap((tile) => [
    productCase(1, 1, 1, tile),
    productCase(tile.rows - 1, 2, tile.columns, tile),
    productCase(tile.rows, 1, 8 * tile.columns - 1, tile),
    productCase(tile.rows + 1, 3, 8 * tile.columns, tile),
    productCase(8 * tile.rows, 2, 8 * tile.columns + 1, tile),
    productCase(67, 5, 19, tile),
  ]),
  [
    ["k < params.inner4", "k + 1u < params.inner4"],
    ["vec4f(a_0.w), b_3_0", "vec4f(a_0.w), b_2_0"],
    ["(index / groups_across)", "(index / tiles_across)"],
    ["(index % groups_across)", "(index % tiles_across)"],
    ["min(first_row + 1u, params.rows - 1u)", "min(first_row, params.rows - 1u)"],
    [
      "if (first_row + 1u < params.rows && first_column + 0u < params.columns4) {",
      "if (first_column + 0u < params.columns4) {",
    ],
    ["let tiles_across = (params.columns4 +", "let tiles_across = (params.columns4 - 1u +"],
  ],
);
