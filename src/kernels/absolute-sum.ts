import { absoluteSumSource } from "../../shaders/absolute-sum.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { innerProduct } from "./inner-product.ts";

/** Partial sums of |x|, `partials` of them, as many and in such chunks as an inner product has. */
export const absoluteSum = defineKernel({
  ...{ name: "absolute-sum", params: innerProduct.params, rows: innerProduct.rows },
  bindings: { x: innerProduct.bindings.a, partials: innerProduct.bindings.partials },
  operations: (p) => p.length,
  source: absoluteSumSource,
  workgroups: (p) => p.partials,
});
