import { shortFigure, wholeNumber } from "../format.ts";
import type { RunPoint } from "../models/point.ts";
import type { RunView } from "../run-view.ts";
import { byId, setPlainText } from "./dom.ts";
import { sentenceCase, statusText } from "./run-bar.ts";

const PAUSE_MS = 5000;

let lastAt = -Infinity;
let lastPhase = "";

/** Tells screen readers where the run is: at most every five seconds, and when it starts, stops or ends. */
export function announceRun(view: RunView): void {
  const now = performance.now();
  const isEnd = view.phase !== lastPhase && view.phase !== "checking" && view.phase !== "starting";
  if (!isEnd && now - lastAt < PAUSE_MS) return;
  const last = view.trace.at(-1);
  const figures = last ? ` ${sentenceCase(spokenFigures(view, last))}.` : "";
  const at = view.phase === "running" && !view.isLost ? `Running, step ${wholeNumber(view.step)}.` : statusText(view);
  announce(`${at}${figures}`);
  lastAt = now;
  lastPhase = view.phase;
}

function spokenFigures({ settings: { model } }: RunView, point: RunPoint): string {
  const spoken = model.figures.filter(({ key }) => model.spoken.includes(key));
  return spoken.map(({ key, label }) => `${uncapitalised(label)} ${shortFigure(point[key]!)}`).join(", ");
}

const uncapitalised = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** Of what is embedded in somebody's page. */
const regions: HTMLElement[] = [];

/** Where screen readers are told something; the last region that was added. @returns takes the region away again */
export function addLiveRegion(region: HTMLElement): () => void {
  regions.push(region);
  return () => void regions.splice(regions.indexOf(region), 1);
}

/** Tells screen readers something, politely. */
export function announce(message: string): void {
  setPlainText(regions.at(-1) ?? byId("live", HTMLElement), message);
}
