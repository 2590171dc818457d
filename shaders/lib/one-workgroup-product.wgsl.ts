import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** How one workgroup computes a product of a few rows by itself. */
export interface OneWorkgroupTile {
  /** Rows of the product. */
  readonly words: number;
  /** Threads of the workgroup, a multiple of four. */
  readonly lanes: number;
  /** Rows and columns of the register tile of a thread. */
  readonly rows: number;
  readonly columns: number;
  /** Whether four neighbours share their rows by quad swaps, for which the device needs subgroups. */
  readonly sharing: "none" | "quad";
}

/** A row-major matrix of WGSL: the name of its array, and expressions for its first element and the length of its rows. */
export interface OneWorkgroupMatrix {
  readonly array: string;
  readonly first: string;
  readonly stride: string;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/**
 * A product C = A B within one workgroup, for all of its threads: A [words, inner], B [inner, columns], C [words, columns],
 * inner and columns multiples of four. A thread has tiles of `rows` rows by `columns` columns; the columns of four neighbours
 * alternate. Every element is one f32 sum over the inner index in blocks of four ascending; within a block in order, or with
 * quad swaps in an order that depends on the column alone. What is past the edge is computed at the last row or column
 * and not stored.
 */
export function oneWorkgroupProduct(
  tile: OneWorkgroupTile,
  left: OneWorkgroupMatrix,
  right: OneWorkgroupMatrix,
  result: OneWorkgroupMatrix,
): string {
  const rows = range(tile.rows);
  const columns = range(tile.columns);
  const inner = range(4);
  const isQuad = tile.sharing === "quad";
  const quads = tile.lanes / 4;
  const rowBlocks = Math.ceil(tile.words / tile.rows);
  const isWhole = rowBlocks * tile.rows === tile.words;
  const row = (r: number): string => (isWhole ? `(first_row + ${r}u)` : `min(first_row + ${r}u, ${tile.words - 1}u)`);
  const stored = (r: number, c: number): string =>
    `${result.array}[${result.first} + (first_row + ${r}u) * ${result.stride} + first_column + ${4 * c}u] = sum_${r}_${c};`;
  return wgsl`
    {
    let quads_across = (${right.stride} / 4u + ${tile.columns - 1}u) / ${tile.columns}u;
    let tiles = quads_across * ${rowBlocks}u;
    for (var round = 0u; round < (tiles + ${quads - 1}u) / ${quads}u; round++) {
      let tile = round * ${quads}u + lane / 4u;
      let first_row = min(tile / quads_across, ${rowBlocks - 1}u) * ${tile.rows}u;
      let first_column = (tile % quads_across) * ${4 * tile.columns}u + lane % 4u;
${rows.map((r) => `      let row_${r} = ${left.first} + ${row(r)} * ${left.stride}${isQuad ? " + lane % 4u" : ""};`).join("\n")}
${columns.map((c) => `      let column_${c} = ${right.first} + min(first_column + ${4 * c}u, ${right.stride} - 1u);`).join("\n")}
${rows.flatMap((r) => columns.map((c) => `      var sum_${r}_${c} = 0.0;`)).join("\n")}
      for (var i = 0u; i < ${left.stride}; i += 4u) {
${inner.map((s) => `        let line_${s} = (i + ${isQuad ? `((lane % 4u) ^ ${s}u)` : `${s}u`}) * ${right.stride};`).join("\n")}
${columns.flatMap((c) => inner.map((s) => `        let b_${s}_${c} = ${right.array}[line_${s} + column_${c}];`)).join("\n")}
${rows
  .flatMap((r) => [
    `        let a_${r}_0 = ${left.array}[row_${r} + i];`,
    ...(isQuad
      ? [
          `        let a_${r}_1 = quadSwapX(a_${r}_0);`,
          `        let a_${r}_2 = quadSwapY(a_${r}_0);`,
          `        let a_${r}_3 = quadSwapDiagonal(a_${r}_0);`,
        ]
      : range(3).map((s) => `        let a_${r}_${s + 1} = ${left.array}[row_${r} + i + ${s + 1}u];`)),
    ...columns.map(
      (c) =>
        `        sum_${r}_${c} = fma(a_${r}_3, b_3_${c}, fma(a_${r}_2, b_2_${c}, fma(a_${r}_1, b_1_${c}, fma(a_${r}_0, b_0_${c}, sum_${r}_${c}))));`,
    ),
  ])
  .join("\n")}
      }
      if (tile < tiles) {
${columns
  .map(
    (c) => `        if (first_column + ${4 * c}u < ${right.stride}) {
${rows.map((r) => `          ${isWhole ? stored(r, c) : `if (first_row + ${r}u < ${tile.words}u) { ${stored(r, c)} }`}`).join("\n")}
        }`,
  )
  .join("\n")}
      }
    }
    }
`;
}
