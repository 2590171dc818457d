import type { Execution } from "./engines/execution.ts";
import type { Method } from "./methods/method.ts";

/** All that a run needs to go on with the same bits. */
export interface TrainState extends Method {
  readonly step: number;
  readonly stepSize: number;
  readonly execution: Execution;
  /**
   * What the device held, by name, rows and columns rounded up to multiples of four: pairs `x` and `x low`, whose sum is a
   * matrix [V, d] to about 48 bits; the decoder is that which the last segment of steps began with, beside the matrix, or its
   * coefficients, that they have moved it by since; Adam's moments are those of the gradient scaled by a power of two.
   */
  readonly arrays: Readonly<Record<string, Float32Array>>;
}
