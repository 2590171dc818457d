import { logits } from "../../src/kernels/logits.ts";
import { logits as reference } from "../../src/reference/logits.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { absoluteProduct, normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import { productFaults, productShapes } from "../support/products.ts";

function productCase({ name, variant, shape }: ReturnType<typeof productShapes>[number]): KernelCase {
  const { rows, inner4, columns4 } = shape;
  const [inner, columns] = [4 * inner4, 4 * columns4];
  const decoder = normals(1, rows * inner);
  const embeddings_t = normals(2, inner * columns);
  const expected = reference(decoder, embeddings_t, { rows, inner, columns });
  const sizes = absoluteProduct(decoder, embeddings_t, { rows, inner, columns });
  return {
    name: `${rows} × ${inner} by ${inner} × ${columns}, ${name}`,
    params: { rows, inner4, columns4 },
    variant,
    arrays: { decoder, embeddings_t },
    // a sum of n rounded products errs by at most (n + 1) units of sum |a b|, fused or not, in any order
    check: ({ logits }) => requireClose("logits", logits!, expected, (i) => (inner + 1) * F32_UNIT * sizes[i]!),
  };
}

kernelSuite(logits, productShapes().map(productCase), productFaults("decoder", "embeddings_t"));
