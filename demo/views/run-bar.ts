import { wholeNumber } from "../format.ts";
import { isPreviewed, type RunView } from "../run-view.ts";
import { byId, setText } from "./dom.ts";

/** What the main button does now. */
export type MainAction = "run" | "pause" | "resume" | "again" | "retry";

export const ACTION_LABELS: Record<MainAction, string> = {
  run: "Run",
  pause: "Pause",
  resume: "Resume",
  again: "Run again",
  retry: "Try again",
};

export function mainAction({ phase, step, settings }: RunView): MainAction {
  if (phase === "starting" || phase === "running") return "pause";
  if (phase === "ready" || phase === "waiting") return "run";
  if (phase === "failed") return "retry";
  return phase === "paused" && step < settings.steps ? "resume" : "again";
}

/** One step more makes sense. */
export function canStep({ phase }: RunView): boolean {
  return phase !== "failed" && phase !== "diverged" && phase !== "starting" && phase !== "waiting";
}

/** Where the run is, one sentence. */
export function statusText(view: RunView): string {
  if (isPreviewed(view) && (view.phase === "starting" || view.phase === "running"))
    return "Opening the GPU… What is shown meanwhile is the same run in float64 on the processor.";
  const { phase, step, settings, isLost } = view;
  if (isLost && (phase === "starting" || phase === "running"))
    return "The GPU was lost: the run goes on by itself when the browser has opened it again.";
  const at = `step ${wholeNumber(step)}`;
  const of = `${at} of ${wholeNumber(settings.steps)}`;
  switch (phase) {
    case "waiting":
      return "A long run: it waits until you press Run.";
    case "starting":
      return "Opening the GPU…";
    case "running":
      return `Running: ${of}`;
    case "checking":
      return `${sentenceCase(at)} reached, checking in float64…`;
    case "paused":
      return step > settings.steps ? `Stopped at ${at}.` : `Paused at ${of}.`;
    case "ready":
      return "Ready at step 0.";
    case "done":
      return `Done: ${wholeNumber(step)} steps.`;
    case "diverged":
      return "Diverged: the loss is no longer finite.";
    case "failed":
      return step > 0 ? `Failed at ${at}.` : "Not running.";
  }
}

/** A pace is known after so long. */
const LEAST_PACE_MS = 500;

/** How long the rest of the run takes if it goes on as it did; nothing before that is known. */
function timeLeft({ phase, step, settings, pace }: RunView): string {
  if (phase !== "running" || !pace || step <= pace.step) return "";
  const passed = performance.now() - pace.since;
  if (passed < LEAST_PACE_MS) return "";
  const seconds = (passed * (settings.steps - step)) / (step - pace.step) / 1000;
  return `${duration(seconds)} left`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = seconds / 60;
  return minutes < 90 ? `${Math.round(minutes)} min` : `${Math.round(minutes / 60)} h`;
}

export function renderRunBar(view: RunView): void {
  setText(byId("run-button", HTMLButtonElement), ACTION_LABELS[mainAction(view)]);
  byId("step-button", HTMLButtonElement).setAttribute("aria-disabled", String(!canStep(view)));
  setText(byId("status", HTMLElement), statusText(view));
  setText(byId("time-left", HTMLElement), timeLeft(view));
  const { step, settings } = view;
  byId("progress", HTMLProgressElement).value = Math.min(1, step / settings.steps);
}

export const sentenceCase = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
