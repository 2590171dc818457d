import { ARM_EXPERIMENTS, armStates } from "../compare/arm-states.ts";
import { runCount } from "../format.ts";
import { make, setText } from "./dom.ts";

export interface ArmsListener {
  /** Asked to run an experiment of {@link ARM_EXPERIMENTS}, whose runs are those of {@link armStates}. */
  onArms(this: void, name: string): void;
}

/** Chooses an experiment, says which runs it has, and asks for them. */
export function armsControl({ onArms }: ArmsListener): HTMLElement {
  const select = make(
    "select",
    { id: "compare-experiment" },
    ...ARM_EXPERIMENTS.map(({ name, title }) => make("option", { value: name }, title)),
  );
  const arms = make("p", { class: "hint", id: "compare-arms" });
  const run = make("button", { type: "button", id: "compare-run-arms" }, "Run and keep them");
  const describe = (): void => {
    const labels = armStates(select.value).map(({ label }) => label);
    setText(arms, `${runCount(labels.length)}: ${labels.join("; ")}.`);
  };
  select.addEventListener("change", describe);
  run.addEventListener("click", () => onArms(select.value));
  describe();
  return make(
    "div",
    {},
    make("label", { for: "compare-experiment" }, "All runs of an experiment"),
    make("div", { class: "buttons" }, select, run),
    arms,
  );
}
