import { matrixProduct } from "../../src/kernels/matrix-product.ts";
import { kernelSuite } from "../support/kernel-suite.ts";
import { productCase, productFaults, productShapes } from "../support/products.ts";

kernelSuite(matrixProduct, productShapes().map(productCase), [
  ...productFaults(),
  ["params.adds == 1u", "params.adds == 0u"],
  ["product[at] + sums[i]", "product[at + 1u] + sums[i]"],
]);
