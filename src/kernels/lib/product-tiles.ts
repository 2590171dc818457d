import type { ProductVariant } from "../../../shaders/lib/tile-product.wgsl.ts";

/** Sizes of a product: [rows, 4 inner4] by [4 inner4, 4 columns4]. */
export interface ProductShape {
  readonly rows: number;
  readonly inner4: number;
  readonly columns4: number;
}

/** Multiply-adds of a product. */
export const multiplyAdds = ({ rows, inner4, columns4 }: ProductShape): number => rows * inner4 * columns4 * 16;

/** Workgroups that cover a product. */
export function productBlocks({ rows, columns4 }: ProductShape, variant: ProductVariant): number {
  const [blockRows, blockColumns] = [variant.down * variant.rows, variant.across * variant.columns];
  return Math.ceil(rows / blockRows) * Math.ceil((4 * columns4) / blockColumns);
}

/** The ways to compute a product, by name: what is shared, and the elements of a thread. */
export const PRODUCTS = {
  "none 4x4": { sharing: "none", rows: 4, columns: 4, across: 8, down: 8 },
  "none 8x8": { sharing: "none", rows: 8, columns: 8, across: 8, down: 8 },
  "none 16x16": { sharing: "none", rows: 16, columns: 16, across: 8, down: 4 },
  "quad 16x4": { sharing: "quad", rows: 16, columns: 4, across: 4, down: 8, unroll: 1 },
  "workgroup 8x4": { sharing: "workgroup", rows: 8, columns: 4, across: 16, down: 8, depth: 16 },
  "workgroup 8x8": { sharing: "workgroup", rows: 8, columns: 8, across: 8, down: 8, depth: 16 },
} as const satisfies Record<string, ProductVariant>;

export type ProductName = keyof typeof PRODUCTS;
