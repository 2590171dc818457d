import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** A register tile: each thread computes `rows` rows by `columns` groups of four columns. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Threads of a workgroup, as 8 tiles down by 8 tiles across. */
export const TILE_GROUP = 8;

/**
 * The body of C = A B for one tile, A [params.rows, 4 params.inner4], B [4 params.inner4, 4 params.columns4], all
 * row-major and read as vec4f. Every element is summed over the inner index in ascending order, in one f32.
 * Rows and columns past the edge are read at the last one there is and not stored.
 * `store(row, column, value)` is the statement that uses element (row, column) as a vec4f.
 */
export function tileProduct(
  tile: Tile,
  left: string,
  right: string,
  store: (row: string, column: string, value: string) => string,
): string {
  const rows = range(tile.rows);
  const columns = range(tile.columns);
  return wgsl`
  let tiles_across = (params.columns4 + ${tile.columns - 1}u) / ${tile.columns}u;
  let groups_across = (tiles_across + ${TILE_GROUP - 1}u) / ${TILE_GROUP}u;
  let index = group_index(group, groups);
  let first_row = ((index / groups_across) * ${TILE_GROUP}u + lane.y) * ${tile.rows}u;
  let first_column = ((index % groups_across) * ${TILE_GROUP}u + lane.x) * ${tile.columns}u;
  if (first_row >= params.rows || first_column >= params.columns4) {
    return;
  }
${rows.map((r) => `  let row_${r} = min(first_row + ${r}u, params.rows - 1u) * params.inner4;`).join("\n")}
${columns.map((c) => `  let column_${c} = min(first_column + ${c}u, params.columns4 - 1u);`).join("\n")}
${rows.flatMap((r) => columns.map((c) => `  var sum_${r}_${c} = vec4f();`)).join("\n")}
  for (var k = 0u; k < params.inner4; k++) {
${range(4)
  .flatMap((i) =>
    columns.map((c) => `    let b_${i}_${c} = ${right}[(4u * k + ${i}u) * params.columns4 + column_${c}];`),
  )
  .join("\n")}
${rows
  .map((r) =>
    [
      `    let a_${r} = ${left}[row_${r} + k];`,
      ...columns.map(
        (c) =>
          `    sum_${r}_${c} = fma(vec4f(a_${r}.w), b_3_${c}, fma(vec4f(a_${r}.z), b_2_${c}, fma(vec4f(a_${r}.y), b_1_${c}, fma(vec4f(a_${r}.x), b_0_${c}, sum_${r}_${c}))));`,
      ),
    ].join("\n"),
  )
  .join("\n")}
  }
${rows
  .flatMap((r) =>
    columns.map(
      (c) => `  if (first_row + ${r}u < params.rows && first_column + ${c}u < params.columns4) {
    ${store(`(first_row + ${r}u)`, `(first_column + ${c}u)`, `sum_${r}_${c}`)}
  }`,
    ),
  )
  .join("\n")}
`;
}
