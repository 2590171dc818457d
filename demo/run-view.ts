import type { AdapterDescription, GpuUnavailableError } from "../src/index.ts";
import type { RunNeeds, RunSoFar } from "./models/model.ts";
import type { RunPoint } from "./models/point.ts";
import type { Settings } from "./state/settings.ts";

/** All that the page shows of a run. */
export interface RunView extends RunSoFar {
  readonly settings: Settings;
  readonly needs: RunNeeds;
  readonly adapter: AdapterDescription | undefined;
  /** Why there is no GPU, where the run is made in float64 on the processor. */
  readonly withoutGpu: GpuUnavailableError | undefined;
  /** What is being computed while the limits are sought, in words. */
  readonly search: string | undefined;
  /** All points have their figures towards the limits; those that came before the limits have none for a while. */
  readonly isMeasured: boolean;
  /** The GPU was lost, and what runs has not come further since. */
  readonly isLost: boolean;
  /** Points of the same run in float64 on the processor, to be looked at until it has points of its own. */
  readonly preview: readonly RunPoint[];
  /** When, by the clock of performance, and at which step the training under way began or went on. */
  readonly pace: { readonly since: number; readonly step: number } | undefined;
  /** Time in training, without pauses. */
  readonly trainingMs: number;
}

/** What is looked at of a run: its points, and before it has any those of its preview. */
export const seenOf = (view: RunView): RunView =>
  isPreviewed(view) ? { ...view, trace: view.preview, adapter: undefined } : view;

/** What is seen of it is not its own. */
export const isPreviewed = ({ trace, preview }: RunView): boolean => trace.length === 0 && preview.length > 0;
