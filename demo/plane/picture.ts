import type { RunPoint } from "../models/point.ts";
import type { RunView } from "../run-view.ts";
import type { DecoderPicture } from "./content.ts";
import { hasPatterns, type TrainedPicture } from "./trained.ts";

/** What is drawn: a decoder on fixed embeddings, or both as they are trained. */
export type PlanePicture = DecoderPicture | TrainedPicture;

/**
 * What the plane shows of a run at a recorded point, of trained embeddings at the last up to there whose factors are kept. Undefined where
 * these have no plane: where every word follows every context, supports lead nowhere.
 */
export function pictureOfRun(
  { loaded, settings, limits, trace }: RunView,
  at: RunPoint | undefined,
): PlanePicture | undefined {
  const { problem, original = problem } = loaded;
  if (settings.model.name === "fixed")
    return {
      ...{ problem, decoder: at?.decoder, step: at?.step },
      ...{ finite: limits?.finite?.decoder, margin: limits?.margin?.decoder },
    };
  if (!hasPatterns(original)) return undefined;
  const kept = trace.findLast(({ step, factors }) => factors && step <= (at?.step ?? -1));
  return { problem: original, factors: kept?.factors, limits: limits?.embeddings, step: kept?.step };
}
