import { NextTokenLab } from "./next-token-lab.ts";

export { NextTokenLab, type RunEventDetail } from "./next-token-lab.ts";

declare global {
  interface HTMLElementTagNameMap {
    "next-token-lab": NextTokenLab;
  }
}

// once, whichever copies of this a page loads
if ("customElements" in globalThis && !customElements.get("next-token-lab"))
  customElements.define("next-token-lab", NextTokenLab);
