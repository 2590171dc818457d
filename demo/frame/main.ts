import { NextTokenLab, type RunEventDetail } from "../element/index.ts";
import { hostOrigin, messageOf, requestOf, type News } from "./messages.ts";

const lab = document.querySelector("next-token-lab")!;
const given = (): URLSearchParams => new URLSearchParams(location.hash.slice(1));
const host = hostOrigin(given().get("host"), document.referrer);

/** The address's keys are the attributes of the element, and no others. */
function takeAddress(): void {
  const keys = given();
  for (const name of NextTokenLab.observedAttributes) {
    const value = keys.get(name);
    if (value === null) lab.removeAttribute(name);
    else if (value !== lab.getAttribute(name)) lab.setAttribute(name, value);
  }
}

function tell(news: News): void {
  if (host !== undefined && parent !== window) parent.postMessage(messageOf(news), host);
}

// a page that was written into a frame has its attributes already
if (location.hash !== "") takeAddress();
addEventListener("hashchange", takeAddress);
lab.addEventListener("ntp-run", (event) => tell({ tell: "run", ...(event as CustomEvent<RunEventDetail>).detail }));
addEventListener("message", ({ source, origin, data }) => {
  const request = source === parent && origin === host ? requestOf(data) : undefined;
  if (!request) return;
  if (request.do === "run") lab.run();
  if (request.do === "pause") lab.pause();
  if (request.do === "record") tell({ tell: "record", record: lab.record ?? null });
  if (request.do === "set")
    for (const [name, value] of Object.entries(request.attributes)) {
      if (!NextTokenLab.observedAttributes.includes(name)) continue;
      if (value === null) lab.removeAttribute(name);
      else lab.setAttribute(name, value);
    }
});
