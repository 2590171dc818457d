import { train, type Gpu, type Problem, type TrainOptions, type TrainProgress } from "../src/index.ts";
import { FLOAT32_ROUNDOFF, type Entry } from "./contestant.ts";

/** Submissions grow to their length in this time from the end of the first one. */
const WARM_UP_MS = 500;
const ENDLESS = 1e9;

/**
 * ms of one iteration of `train`, between the ends of two submissions at least `windowMs` apart: what lies between them is
 * iterations and their submission; compilation and upload come before.
 * @throws the signal's reason
 */
export async function trainingMs(
  gpu: Gpu,
  problem: Problem,
  options: Pick<TrainOptions, "initial" | "stepSize">,
  windowMs: number,
  signal?: AbortSignal,
): Promise<number> {
  const enough = new AbortController();
  const ends: { ms: number; step: number }[] = [];
  let perIteration = NaN;
  const onProgress = ({ step }: TrainProgress): void => {
    const end = { ms: performance.now(), step };
    ends.push(end);
    const settled = ends.findLast(({ ms }) => ms <= ends[0]!.ms + WARM_UP_MS)!;
    if (end.ms < settled.ms + windowMs || enough.signal.aborted) return;
    perIteration = (end.ms - settled.ms) / (end.step - settled.step);
    enough.abort();
  };
  const stop = AbortSignal.any([enough.signal, ...(signal ? [signal] : [])]);
  await train(gpu, problem, { ...options, steps: ENDLESS, record: [ENDLESS], onProgress, signal: stop }).result();
  signal?.throwIfAborted();
  return perIteration;
}

/** Our own training, through its public interface. */
export const ownEntry = (gpu: Gpu, signal: AbortSignal | undefined): Entry => ({
  peer: "next-token-bias",
  form: "train",
  roundoff: FLOAT32_ROUNDOFF,
  open: ({ problem, start, stepSize }) =>
    Promise.resolve({
      decoderAfter: async (steps) => {
        const run = train(gpu, problem, { initial: start, stepSize, steps, record: [steps] });
        return (await run.result()).decoder;
      },
      measure: (windowMs) => trainingMs(gpu, problem, { initial: start, stepSize }, windowMs, signal),
      close: () => undefined,
    }),
});
