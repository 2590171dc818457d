import type { Execution } from "./engines/execution.ts";
import type { Method } from "./methods/method.ts";

/** A run between two steps: given to `from`, the run goes on with the same bits as if it had never stopped. */
export interface TrainState extends Method {
  /** Steps taken so far. */
  readonly step: number;
  /** η in numbers. */
  readonly stepSize: number;
  readonly execution: Execution;
  /**
   * The device's arrays by name, with rows and columns padded to multiples of four. A matrix [V, d] that is kept to about 48 bits is
   * two arrays, `NAME` and `NAME low`, whose sum it is. Runs in one workgroup keep the decoder at which their last segment of steps
   * began, and the change since then: as a matrix, or as coefficients of the embeddings. Adam's averages are those of the gradient
   * times a power of two.
   */
  readonly arrays: Readonly<Record<string, Float32Array>>;
}
