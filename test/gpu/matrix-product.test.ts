import { matrixProduct } from "../../src/kernels/matrix-product.ts";
import { matrixProduct as reference } from "../../src/reference/matrix-product.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { absoluteProduct, normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { productFaults, productShapes } from "../support/products.ts";

function productCase({ name, variant, shape }: ReturnType<typeof productShapes>[number]): KernelCase {
  const { rows, inner4, columns4 } = shape;
  const [inner, columns] = [4 * inner4, 4 * columns4];
  const left = normals(1, rows * inner);
  const right = normals(2, inner * columns);
  const expected = reference(left, right, { rows, inner, columns });
  const sizes = absoluteProduct(left, right, { rows, inner, columns });
  return {
    name: `${rows} × ${inner} by ${inner} × ${columns}, ${name}`,
    params: { rows, inner4, columns4 },
    variant,
    arrays: { left, right },
    // a sum of n rounded products errs by at most (n + 1) units of sum |a b|, fused or not, in any order
    check: ({ product }) => requireClose("product", product!, expected, (i) => (inner + 1) * F32_UNIT * sizes[i]!),
  };
}

kernelSuite(matrixProduct, productShapes().map(productCase), productFaults());
