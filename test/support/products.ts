import type { ProductVariant } from "../../shaders/lib/tile-product.wgsl.ts";
import { PRODUCTS, type ProductShape } from "../../src/kernels/lib/product-tiles.ts";
import { matrixProduct as reference } from "../../src/reference/matrix-product.ts";
import { F32_UNIT, requireClose } from "./compare.ts";
import { absoluteProduct, normals } from "./draw.ts";
import type { Fault, KernelCase } from "./kernel-suite.ts";

/** Variants with small tiles: they compile at once, and small shapes reach all their edges. Faults are planted in these. */
export const SMALL_VARIANTS = {
  none: { sharing: "none", rows: 2, columns: 8, across: 4, down: 2 },
  quad: { sharing: "quad", rows: 2, columns: 8, across: 4, down: 2, unroll: 1 },
  "unrolled quad": { sharing: "quad", rows: 2, columns: 8, across: 4, down: 2, unroll: 2 },
  workgroup: { sharing: "workgroup", rows: 2, columns: 8, across: 4, down: 2, depth: 8 },
} as const satisfies Record<string, ProductVariant>;

/**
 * One of the program's variants of each kind, the first to compile. For kernels that do something else with a product: that is the
 * same text for each element of any tile, and the tiles themselves are checked in `matrix-product`.
 */
export const SMALLEST_PRODUCTS: Readonly<Record<string, ProductVariant>> = Object.fromEntries(
  (["none 4x4", "quad 16x4", "workgroup 8x4"] as const).map((name) => [name, PRODUCTS[name]]),
);

type SmallName = keyof typeof SMALL_VARIANTS;

/** Shapes around the edges of the tiles and blocks of small variants and of the program's, with what the variant is called. */
export function productShapes(
  products: Readonly<Record<string, ProductVariant>> = PRODUCTS,
): { name: string; variant: ProductVariant; shape: ProductShape }[] {
  const all = (named: Record<string, ProductVariant>, shapesOf: (variant: ProductVariant) => number[][]) =>
    Object.entries(named).flatMap(([name, variant]) =>
      shapesOf(variant).map(([rows, inner4, columns4]) => ({
        name,
        variant,
        shape: { rows: rows!, inner4: inner4!, columns4: columns4! },
      })),
    );
  return [
    ...all(SMALL_VARIANTS, () => [
      [1, 1, 1],
      [3, 2, 2],
      [4, 3, 7],
      [5, 5, 8],
      [19, 4, 17],
    ]),
    ...all(products, ({ rows, columns, across, down }) => [
      [1, 1, 1],
      [down * rows + 1, 3, (across * columns) / 4 + 1],
    ]),
  ];
}

export function productCase({ name, variant, shape }: ReturnType<typeof productShapes>[number]): KernelCase {
  const { rows, inner4, columns4 } = shape;
  const [inner, columns] = [4 * inner4, 4 * columns4];
  const left = normals(1, rows * inner);
  const right = normals(2, inner * columns);
  const before = normals(3, rows * columns);
  // not in all: what is added to untouched memory leaves it as it is
  const adds = rows > 1 ? inner4 % 2 : 0;
  const expected = reference(left, right, { rows, inner, columns }).map((sum, i) => sum + adds * before[i]!);
  const sizes = absoluteProduct(left, right, { rows, inner, columns }).map(
    (sum, i) => sum + adds * Math.abs(before[i]!),
  );
  return {
    name: `${rows} × ${inner} by ${inner} × ${columns}, ${name}`,
    params: { rows, inner4, columns4, adds },
    variant,
    arrays: { left, right, product: before },
    // a sum of n rounded products, and of what was there, errs by at most (n + 2) units of sum |a b|, fused or not, in any order
    check: ({ product }) => requireClose("product", product!, expected, (i) => (inner + 2) * F32_UNIT * sizes[i]!),
  };
}

const isOf =
  (kind: SmallName): NonNullable<Fault[2]> =>
  ({ variant }) =>
    variant === SMALL_VARIANTS[kind];

/** One fault of each kind, for a kernel that does something with a product of this array: all of them are planted in `matrix-product`. */
export const oneFaultOfEachKind = (left: string): Fault[] => [
  [`${left}[row_1 + k]`, `${left}[row_0 + k]`, isOf("none")],
  ["quadSwapX(a_1_0)", "quadSwapY(a_1_0)", isOf("quad")],
  ["start += 2u", "start += 3u", isOf("workgroup")],
];

/** Faults of the generator of products in each of its kinds. */
export function productFaults(): Fault[] {
  const faults: [from: string, to: string, ...kinds: SmallName[]][] = [
    ["(index / blocks_across)", "(index / (blocks_across + 1u))", "none", "quad", "unrolled quad", "workgroup"],
    ["(index % blocks_across)", "(index % (blocks_across + 1u))", "none", "quad", "unrolled quad", "workgroup"],
    [
      "let blocks_across = (params.columns4 +",
      "let blocks_across = (params.columns4 - 1u +",
      "none",
      "quad",
      "unrolled quad",
      "workgroup",
    ],
    [
      "row < params.rows && column < params.columns4",
      "column < params.columns4",
      "none",
      "quad",
      "unrolled quad",
      "workgroup",
    ],
    ["fma(a_1_3, b_3_1.w,", "fma(a_1_3, b_2_1.w,", "none", "quad", "workgroup"],
    ["min(first_row + 1u, params.rows - 1u)", "min(first_row, params.rows - 1u)", "none", "quad"],
    ["min(first_column + 1u, params.columns4 - 1u)", "first_column", "none", "quad"],
    ["k < params.inner4; k++", "k + 1u < params.inner4; k++", "none"],
    ["start < params.inner4", "start + 1u < params.inner4", "quad"],
    ["lane.x & 3u", "lane.y & 3u", "quad"],
    ["(q ^ 2u)", "(q ^ 1u)", "quad"],
    ["quadSwapDiagonal(a_1_0)", "quadSwapY(a_1_0)", "quad"],
    ["left[row_0 + k_0][q]", "left[row_0 + k_0][0]", "quad"],
    ["let k_1 = min(start + 1u, params.inner4 - 1u)", "let k_1 = start", "unrolled quad"],
    ["fma(a_1_7, b_7_1.w,", "fma(a_1_7, b_6_1.w,", "unrolled quad"],
    ["select(0.0, left[row_1 + k_1][q], start + 1u < params.inner4)", "left[row_1 + k_1][q]", "unrolled quad"],
    ["all\n    workgroupBarrier();", "all", "workgroup"],
    ["there\n    workgroupBarrier();", "there", "workgroup"],
    ["select(vec4f(), value, k < params.inner4)", "value", "workgroup"],
    ["min(block_row + i / 2u, params.rows - 1u)", "min(i / 2u, params.rows - 1u)", "workgroup"],
    ["min(block_column + i % 8u, params.columns4 - 1u)", "min(i % 8u, params.columns4 - 1u)", "workgroup"],
    ["start += 2u", "start += 3u", "workgroup"],
    ["left_block[(lane.y + 2u)", "left_block[(lane.y + 0u)", "workgroup"],
    ["right_block[i] = right[min(k,", "right_block[i] = right[min(k - k % 2u,", "workgroup"],
  ];
  return faults.flatMap(([from, to, ...kinds]) => kinds.map((kind): Fault => [from, to, isOf(kind)]));
}
