import type { GpuArray } from "../../gpu/array.ts";
import type { Recorder } from "../../gpu/batch.ts";
import type { PairArray } from "../../maps/decoder.ts";
import type { Loss } from "../../maps/loss.ts";
import type { Method } from "../methods/method.ts";

/** The steps of one optimiser on one problem: kernels compiled, arrays bound, ready to be recorded. */
export interface Recorded {
  /** Records the next `steps` steps. */
  advance(batch: Recorder, steps: number): void;
  /** Records the work after which what is trained stands as it is after the last step. Recording the loss includes it. */
  materialise(batch: Recorder): void;
  /** Records the loss. */
  loss(batch: Recorder): void;
  /** Records the figures of the loss recorded last, into `measures`. */
  measure(batch: Recorder): void;
  readonly measures: GpuArray<"f32">;
  /** The arrays that a step reads and an earlier step has written: a saved state is these and nothing else. */
  readonly state: readonly GpuArray<"f32">[];
}

/** The steps of a decoder. */
export interface Iteration extends Recorded, Omit<Loss, keyof Recorded> {
  /** W, [V, d] with padding, after `materialise`. */
  readonly decoder: PairArray;
  /** The arrays that a start decoder is written to; all others start at zero. */
  readonly start: readonly PairArray[];
}

/** What the steps of a run have in common. */
export interface Stepping {
  readonly method: Method;
  readonly stepSize: number;
  /** Steps taken before this run began, as schedules and Adam count them. */
  readonly taken: number;
}

export const arraysOf = ({ high, low }: PairArray): GpuArray<"f32">[] => [high, low];

export function copyPair(batch: Recorder, from: PairArray, to: PairArray): void {
  batch.copy(from.high, to.high, 0, from.high.length);
  batch.copy(from.low, to.low, 0, from.low.length);
}
