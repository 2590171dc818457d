import type { GpuArray } from "../../gpu/array.ts";
import type { Recorder } from "../../gpu/batch.ts";
import type { PairArray } from "../../maps/decoder.ts";
import type { Loss } from "../../maps/loss.ts";
import type { Method } from "../methods/method.ts";

/** The iterations of an optimiser as recorded work. */
export interface Iteration extends Loss {
  /** Records so many steps. */
  advance(batch: Recorder, steps: number): void;
  /** Records what brings `decoder` to the last step; recording the loss does so too. */
  materialise(batch: Recorder): void;
  readonly decoder: PairArray;
  /** Everything that the steps so far hand on to those to come. */
  readonly state: readonly GpuArray<"f32">[];
  /** Where a decoder to start from belongs; everything else starts at zero. */
  readonly start: readonly PairArray[];
}

/** How a run steps. */
export interface Stepping {
  readonly method: Method;
  readonly stepSize: number;
  /** Steps that have been taken before. */
  readonly taken: number;
}

export const arraysOf = ({ high, low }: PairArray): GpuArray<"f32">[] => [high, low];

export function copyPair(batch: Recorder, from: PairArray, to: PairArray): void {
  batch.copy(from.high, to.high, 0, from.high.length);
  batch.copy(from.low, to.low, 0, from.low.length);
}
