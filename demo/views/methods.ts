import { chooseMethod, defaultStepSize, METHODS, OPTIMIZERS, safeStepFormula, SCHEDULES } from "../../src/index.ts";
import { byId, make, setText } from "./dom.ts";

const NAMES: Readonly<Record<string, string>> = {
  "gradient-descent": "gradient descent",
  normalised: "normalised gradient descent",
  adam: "Adam",
  sign: "sign descent",
  "signed-momentum": "signed momentum",
  "max-steepest": "steepest descent, max norm",
  spectral: "spectral descent",
  "spectral-steepest": "steepest descent, spectral norm",
  muon: "Muon",
};

const SCHEDULE_NAMES: Readonly<Record<string, string>> = {
  constant: "η",
  "inverse-sqrt": "η/√k",
  inverse: "η/k",
};

/** The optimisers and schedules of the module, and what the chosen one does. */
export function renderMethods(model: string): void {
  const [optimizer, schedule] = [byId("optimizer", HTMLSelectElement), byId("schedule", HTMLSelectElement)];
  if (optimizer.options.length === 0) {
    optimizer.append(...OPTIMIZERS.map((value) => make("option", { value }, NAMES[value] ?? value)));
    schedule.append(...SCHEDULES.map((value) => make("option", { value }, SCHEDULE_NAMES[value] ?? value)));
  }
  const chosen = OPTIMIZERS.find((name) => name === optimizer.value) ?? "gradient-descent";
  setText(byId("optimizer-formula", HTMLElement), METHODS[chosen].formula);
  const method = chooseMethod({ optimizer: chosen });
  const usual = defaultStepSize(method);
  byId("step-size", HTMLInputElement).placeholder =
    model === "trained" ? "as usual" : usual === "safe" ? `safe: ${safeStepFormula(method)}` : String(usual);
}
