import { writeNpz } from "../io/npz.ts";
import type { Problem } from "../problem/problem.ts";
import type { Evaluation } from "../training/evaluate.ts";
import type { TrainResult } from "../training/train.ts";

/**
 * The arrays of a run as an .npz, all float64: `entropy` and `gd_step` (scalars), `gd_trace` (rows of step, CE − H, ‖W‖,
 * and three columns that are not computed yet: NaN), `gd_decoder` (V × d), and of an evaluated decoder `gap` (scalar)
 * and `gradient` (V × d).
 */
export function packArrays(
  problem: Problem,
  trained: Pick<TrainResult, "trace" | "stepSize" | "decoder">,
  evaluated?: Evaluation,
): Uint8Array<ArrayBuffer> {
  const decoderShape = [problem.vocabularySize, problem.embeddingDim];
  const trace = trained.trace.flatMap(({ step, lossGap, norm }) => [step, lossGap, norm, NaN, NaN, NaN]);
  return writeNpz({
    entropy: { data: Float64Array.of(problem.entropy), shape: [] },
    gd_step: { data: Float64Array.of(trained.stepSize), shape: [] },
    gd_trace: { data: Float64Array.from(trace), shape: [trained.trace.length, 6] },
    gd_decoder: { data: trained.decoder, shape: decoderShape },
    ...(evaluated && {
      gap: { data: Float64Array.of(evaluated.lossGap), shape: [] },
      gradient: { data: evaluated.gradient, shape: decoderShape },
    }),
  });
}
