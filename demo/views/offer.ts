import { wholeNumber } from "../format.ts";
import type { SavedRun } from "../saved-run.ts";
import { announce } from "./announcer.ts";
import { byId, setText } from "./dom.ts";

/** Offers to go on with a run, or takes the offer away. */
export function renderOffer(saved: SavedRun | undefined): void {
  const offer = byId("offer", HTMLElement);
  // what had the focus is gone then
  if (!saved && offer.contains(document.activeElement)) byId("run-button", HTMLElement).focus();
  offer.hidden = saved === undefined;
  if (!saved) return;
  const { savedAt, name, state, page } = saved;
  const question = `Resume the run of ${timeLabel(new Date(savedAt))}? (${name}, step ${wholeNumber(state.step)} of ${wholeNumber(Number(page.steps))})`;
  setText(byId("offer-text", HTMLElement), question);
  announce(question);
}

/** The time of today, and of another day with its date. */
function timeLabel(time: Date): string {
  const isToday = time.toDateString() === new Date().toDateString();
  return time.toLocaleString("en", {
    ...(!isToday && { day: "numeric", month: "long" }),
    ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  });
}
