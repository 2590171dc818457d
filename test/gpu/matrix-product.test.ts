import { matrixProduct } from "../../src/kernels/matrix-product.ts";
import { kernelSuite } from "../support/kernel-suite.ts";
import { productCase, productFaults, productShapes } from "../support/products.ts";

kernelSuite(matrixProduct, productShapes().map(productCase), productFaults());
