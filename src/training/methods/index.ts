import { adam } from "./adam.ts";
import { gradientDescent } from "./gradient-descent.ts";
import { momentum } from "./momentum.ts";
import { normalised } from "./normalised.ts";

/** The optimisers of `train`, gradient descent and what is run beside it. */
export const METHODS = {
  "gradient-descent": gradientDescent,
  normalised,
  momentum,
  adam,
} as const;
