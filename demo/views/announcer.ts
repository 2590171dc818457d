import { shortFigure, wholeNumber } from "../format.ts";
import type { RunView } from "../run.ts";
import { byId, setText } from "./dom.ts";
import { statusText } from "./run-bar.ts";

const PAUSE_MS = 5000;

let lastAt = -Infinity;
let lastPhase = "";

/** Tells screen readers where the run is: at most every five seconds, and when it starts, stops or ends. */
export function announceRun(view: RunView): void {
  const now = performance.now();
  const isEnd = view.phase !== lastPhase && view.phase !== "checking" && view.phase !== "starting";
  if (!isEnd && now - lastAt < PAUSE_MS) return;
  const last = view.trace.at(-1);
  const figures = last ? ` Loss gap ${shortFigure(last.lossGap)}, norm ${shortFigure(last.norm)}.` : "";
  const at = view.phase === "running" ? `Running, step ${wholeNumber(view.step)}.` : statusText(view);
  announce(`${at}${figures}`);
  lastAt = now;
  lastPhase = view.phase;
}

/** Tells screen readers something, politely. */
export function announce(message: string): void {
  setText(byId("live", HTMLElement), message);
}
