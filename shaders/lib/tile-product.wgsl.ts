import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/**
 * How a product is computed: each thread makes `rows` × `columns` elements (`columns` a multiple of four) in registers, a
 * workgroup has `across` × `down` threads. `sharing` is what threads have of each other's loads:
 *
 *   none       nothing: every thread loads its rows and columns
 *   quad       the four threads of a quad have the same rows, and each loads a quarter of them; `unroll` fours of the
 *              inner index a turn, added to a sum while it is in a register. Needs the feature `subgroups`, `across` a multiple of four, and lanes that follow the
 *              local index, which WGSL does not promise: what a device makes of it has to be checked there
 *   workgroup  a block of the left and of the right matrix, `depth` deep (a multiple of four), in workgroup memory
 */
export type ProductVariant = {
  readonly rows: number;
  readonly columns: number;
  readonly across: number;
  readonly down: number;
} & (
  | { readonly sharing: "none" }
  | { readonly sharing: "quad"; readonly unroll: number }
  | { readonly sharing: "workgroup"; readonly depth: number }
);

/** The product that a kernel is made of: the names of its arrays, and what becomes of an element group. */
export interface Product {
  /** The kernel's name, with underscores. */
  readonly name: string;
  readonly left: string;
  readonly right: string;
  /** The statement that uses four elements, a vec4f, at (row, column group). */
  store(row: string, column: string, value: string): string;
}

/** What stands before the first declaration of a module. */
export const productFeatures = ({ sharing }: ProductVariant): string =>
  sharing === "quad" ? "enable subgroups;\n" : "";

const COMPONENTS = ["x", "y", "z", "w"] as const;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const lines = (...text: readonly (string | readonly string[])[]): string => text.flat().join("\n");

/**
 * The entry point of C = A B, A [params.rows, 4 params.inner4], B [4 params.inner4, 4 params.columns4], all row-major and
 * read as vec4f. Every element is one f32 sum over the inner index: ascending, but with sharing by quads in the order
 * q, q ^ 1, q ^ 2, q ^ 3 within each four, q being the thread's place in its quad.
 * Rows and columns past the edge are read at the last one there is and not stored; where the inner index goes past its
 * end, the left side is zero and the right side the last row, which must be finite.
 */
export function productMain(variant: ProductVariant, product: Product): string {
  const { sharing, across, down } = variant;
  const rows = range(variant.rows);
  const groups = range(variant.columns / 4);
  const isBlock = sharing === "workgroup";
  const [rowStride, columnStride] = isBlock ? [down, across] : [1, 1];
  const row = (r: number): string => `first_row + ${r * rowStride}u`;
  const column = (c: number): string => `first_column + ${c * columnStride}u`;
  const [blockRows, blockGroups] = [down * rows.length, across * groups.length];
  const inner = range(sharing === "quad" ? 4 * variant.unroll : 4);
  const multiplyAdds = (r: number): string[] =>
    groups.flatMap((c) =>
      COMPONENTS.map((x) => {
        // one chain for each sum: a compiler then keeps it in a register
        const chain = inner.reduce((sum, s) => `fma(a_${r}_${s}, b_${s}_${c}.${x}, ${sum})`, `sum_${r}_${c}_${x}`);
        return `    sum_${r}_${c}_${x} = ${chain};`;
      }),
    );
  return wgsl`${variant.sharing === "workgroup" ? blockMemory(variant) : ""}
@compute @workgroup_size(${across}, ${down})
fn ${product.name}_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
) {
  let blocks_across = (params.columns4 + ${blockGroups - 1}u) / ${blockGroups}u;
  let index = group_index(group, groups);
  let block_row = (index / blocks_across) * ${blockRows}u;
  let block_column = (index % blocks_across) * ${blockGroups}u;
  let first_row = block_row + lane.y * ${isBlock ? 1 : rows.length}u;
  let first_column = block_column + lane.x * ${isBlock ? 1 : groups.length}u;
  // ${sharing === "none" ? "a thread without elements" : "uniform in the workgroup: its threads need each other"}
  if (${sharing === "none" ? "first_row" : "block_row"} >= params.rows || ${sharing === "none" ? "first_column" : "block_column"} >= params.columns4) {
    return;
  }
${lines(
  rows.flatMap((r) => groups.flatMap((c) => COMPONENTS.map((x) => `  var sum_${r}_${c}_${x} = 0.0;`))),
  isBlock ? [] : rows.map((r) => `  let row_${r} = min(${row(r)}, params.rows - 1u) * params.inner4;`),
  isBlock ? [] : groups.map((c) => `  let column_${c} = min(${column(c)}, params.columns4 - 1u);`),
  LOOP[sharing](variant as never, product, multiplyAdds),
  // a loop, because the statement may be long
  `  var sums = array<vec4f, ${rows.length * groups.length}>(`,
  rows.flatMap((r) => groups.map((c) => `    vec4f(${COMPONENTS.map((x) => `sum_${r}_${c}_${x}`).join(", ")}),`)),
  "  );",
  `  for (var i = 0u; i < ${rows.length * groups.length}u; i++) {`,
  `    let row = first_row + (i / ${groups.length}u) * ${rowStride}u;`,
  `    let column = first_column + (i % ${groups.length}u) * ${columnStride}u;`,
  "    if (row < params.rows && column < params.columns4) {",
  `      ${product.store("row", "column", "sums[i]")}`,
  "    }",
  "  }",
)}
}
`;
}

type Loop<V> = (variant: V, product: Product, multiplyAdds: (row: number) => readonly string[]) => string;
type Sharing<S> = Extract<ProductVariant, { sharing: S }>;

/** The loop over the inner index: for each four of it, a_r_s and b_s_c, and the multiply-adds with them. */
const LOOP: { [S in ProductVariant["sharing"]]: Loop<Sharing<S>> } = {
  none: ({ rows, columns }, { left, right }, multiplyAdds) =>
    lines(
      "  for (var k = 0u; k < params.inner4; k++) {",
      range(4).flatMap((s) =>
        range(columns / 4).map(
          (c) => `    let b_${s}_${c} = ${right}[(4u * k + ${s}u) * params.columns4 + column_${c}];`,
        ),
      ),
      range(rows).flatMap((r) => [
        `    let a_${r} = ${left}[row_${r} + k];`,
        ...COMPONENTS.map((x, s) => `    let a_${r}_${s} = a_${r}.${x};`),
        ...multiplyAdds(r),
      ]),
      "  }",
    ),

  quad: ({ rows, columns, unroll }, { left, right }, multiplyAdds) =>
    lines(
      "  let q = lane.x & 3u;",
      range(4).map((s) => `  let step_${s} = (q ^ ${s}u) * params.columns4;`),
      `  for (var start = 0u; start < params.inner4; start += ${unroll}u) {`,
      range(unroll).flatMap((u) => [
        `    let k_${u} = ${u === 0 ? "start" : `min(start + ${u}u, params.inner4 - 1u)`};`,
        `    let row_of_b_${u} = 4u * k_${u} * params.columns4;`,
        ...range(4).flatMap((s) =>
          range(columns / 4).map(
            (c) => `    let b_${4 * u + s}_${c} = ${right}[row_of_b_${u} + step_${s} + column_${c}];`,
          ),
        ),
      ]),
      range(rows).flatMap((r) => [
        ...range(unroll).flatMap((u) => {
          const value = `${left}[row_${r} + k_${u}][q]`;
          const own = `a_${r}_${4 * u}`;
          return [
            `    let ${own} = ${u === 0 ? value : `select(0.0, ${value}, start + ${u}u < params.inner4)`};`,
            ...["X", "Y", "Diagonal"].map((way, i) => `    let a_${r}_${4 * u + i + 1} = quadSwap${way}(${own});`),
          ];
        }),
        ...multiplyAdds(r),
      ]),
      "  }",
    ),

  workgroup: ({ rows, columns, across, down, depth }, { left, right }, multiplyAdds) => {
    const [threads, depth4, groups] = [across * down, depth / 4, columns / 4];
    const width = across * groups;
    return lines(
      `  let thread = lane.y * ${across}u + lane.x;`,
      `  for (var start = 0u; start < params.inner4; start += ${depth4}u) {`,
      "    // the block before has been used by all",
      "    workgroupBarrier();",
      `    for (var i = thread; i < ${down * rows * depth4}u; i += ${threads}u) {`,
      `      let k = start + i % ${depth4}u;`,
      `      let row = min(block_row + i / ${depth4}u, params.rows - 1u);`,
      `      let value = ${left}[row * params.inner4 + min(k, params.inner4 - 1u)];`,
      `      left_block[(i / ${depth4}u) * ${depth4 + 1}u + i % ${depth4}u] = select(vec4f(), value, k < params.inner4);`,
      "    }",
      `    for (var i = thread; i < ${depth * width}u; i += ${threads}u) {`,
      `      let k = 4u * start + i / ${width}u;`,
      `      let column = min(block_column + i % ${width}u, params.columns4 - 1u);`,
      `      right_block[i] = ${right}[min(k, 4u * params.inner4 - 1u) * params.columns4 + column];`,
      "    }",
      "    // and this one is there",
      "    workgroupBarrier();",
      `    for (var k = 0u; k < ${depth4}u; k++) {`,
      range(4).flatMap((s) =>
        range(groups).map(
          (c) => `    let b_${s}_${c} = right_block[(4u * k + ${s}u) * ${width}u + lane.x + ${c * across}u];`,
        ),
      ),
      range(rows).flatMap((r) => [
        `    let a_${r} = left_block[(lane.y + ${r * down}u) * ${depth4 + 1}u + k];`,
        ...COMPONENTS.map((x, s) => `    let a_${r}_${s} = a_${r}.${x};`),
        ...multiplyAdds(r),
      ]),
      "    }",
      "  }",
    );
  },
};

/** Rows of the left block are a vec4f apart from each other, so that the rows of a subgroup lie in different banks. */
const blockMemory = (variant: Sharing<"workgroup">): string => {
  const { rows, columns, across, down, depth } = variant;
  return wgsl`
var<workgroup> left_block: array<vec4f, ${down * rows * (depth / 4 + 1)}>;
var<workgroup> right_block: array<vec4f, ${depth * across * (columns / 4)}>;
`;
};
