import type { Gpu } from "../gpu/device.ts";
import type { Problem } from "../problem/problem.ts";
import { findLimits, type FoundLimits } from "../results/find-limits.ts";
import { beside } from "../support/abort.ts";
import { deferred } from "../support/deferred.ts";
import type { WorkProgress } from "../support/long-work.ts";
import type { Method } from "../training/methods/method.ts";
import { train, type TrainOptions, type TrainResult } from "../training/train.ts";

type Phase = "training" | "limits";

/** How far one of the two has come, with the last word of the other. */
interface ProgressBeside extends WorkProgress<Phase> {
  readonly beside?: WorkProgress<Phase>;
}

interface RunBesideSearch extends Pick<TrainOptions, keyof Method | "stepSize" | "steps" | "record" | "signal"> {
  /** Longest search, in seconds. */
  readonly limitsWithin: number;
  readonly onProgress: ((progress: ProgressBeside) => void) | undefined;
  /** Names the file in what is wrong with the problem. */
  readonly inFile: (error: unknown) => never;
}

/** The run, and beside it the search for its limits: where one fails, the other is stopped. */
export async function trainWhileSearching(
  gpu: Gpu,
  problem: Problem,
  { limitsWithin, onProgress, inFile, signal, ...options }: RunBesideSearch,
): Promise<{ limits: FoundLimits; trained: TrainResult; trainingMs: number }> {
  const tell = underWay(onProgress);
  const begin = performance.now();
  const [limits, ran] = await beside(signal, (either) => {
    // compiling for the search would hold back the first points of the run
    const begun = deferred<void>();
    const searched = begun.promise
      .then(() =>
        findLimits(gpu, problem, {
          signal: either,
          withinSeconds: limitsWithin,
          onProgress: ({ phase, fraction, message }) =>
            tell("search", { phase: "limits", fraction, message: `${phase}: ${message}` }),
        }),
      )
      .finally(() => tell("search", undefined))
      .catch(inFile);
    const run = train(gpu, problem, {
      ...options,
      towards: searched.then((found) => ((found.finite ?? found.margin?.decoder) ? found : undefined)),
      signal: either,
      onProgress: (progress) => {
        tell("run", progress);
        begun.resolve();
      },
    });
    const finish = async (): Promise<{ trained: TrainResult; trainingMs: number }> => {
      try {
        for await (const _ of run);
      } finally {
        begun.resolve();
        tell("run", undefined);
      }
      const trainingMs = performance.now() - begin;
      return { trained: await run.result(), trainingMs };
    };
    return [searched, finish().catch(inFile)];
  });
  return { limits, ...ran };
}

/** Tells how far each of two pieces of work is that go on beside each other, with the last word of the other; an end is undefined. */
function underWay(
  onProgress: RunBesideSearch["onProgress"],
): (who: "search" | "run", progress: WorkProgress<Phase> | undefined) => void {
  const last: { search?: WorkProgress<Phase> | undefined; run?: WorkProgress<Phase> | undefined } = {};
  return (who, progress) => {
    last[who] = progress;
    const beside = who === "run" ? last.search : last.run;
    if (progress) onProgress?.({ ...progress, ...(beside && { beside }) });
  };
}
