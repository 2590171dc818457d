import { EXPERIMENTS } from "../../src/index.ts";
import type { State } from "../state/keys.ts";

/** The experiments whose problems are presets of the page, with the preset of each run; the last is that of the runs after it too. */
const PRESETS_OF: Readonly<Record<string, readonly string[]>> = {
  plane: ["paper1-plane"],
  synthetic: ["paper1-synthetic"],
  incompatible: ["paper1-synthetic", "incompatible"],
  nonseparable: ["paper1-synthetic", "nonseparable"],
};

/** What they are called. */
export const ARM_EXPERIMENTS: readonly { readonly name: string; readonly title: string }[] = Object.keys(
  PRESETS_OF,
).map((name) => ({ name, title: EXPERIMENTS[name]!.title }));

/** A run of an experiment as the page makes it. */
export interface ArmState {
  readonly label: string;
  /** What of the page's state makes the run; its steps and its seed are the reader's. */
  readonly state: Partial<State>;
}

/** @param name of {@link ARM_EXPERIMENTS} */
export function armStates(name: string): ArmState[] {
  const presets = PRESETS_OF[name]!;
  return EXPERIMENTS[name]!.arms(1).map(({ label, options }, i) => ({
    label,
    state: {
      preset: presets[i] ?? presets.at(-1)!,
      model: "fixed",
      optimizer: options.optimizer ?? "gradient-descent",
      schedule: options.schedule ?? "constant",
      "step-size": typeof options.stepSize === "number" ? String(options.stepSize) : "",
      initial: options.initial === "lecun" ? "lecun" : "zero",
      smoothing: "0",
    },
  }));
}
