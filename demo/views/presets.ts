import type { Preset } from "../presets.ts";
import { byId, make, setText } from "./dom.ts";

/** The choice of problems, as chips: those for which embeddings are trained after the others. */
export function renderPresets(presets: readonly Preset[]): void {
  const group = (isTrained: boolean, label: string): HTMLElement =>
    make(
      "div",
      { role: "group", "aria-label": label },
      ...presets.filter((preset) => (preset.isTrained ?? false) === isTrained).flatMap(chipOf),
    );
  byId("presets", HTMLFieldSetElement).append(
    group(false, "for the decoder"),
    make("p", { class: "hint" }, "With embeddings trained too"),
    group(true, "with embeddings trained too"),
    make("p", { id: "preset-sentence", class: "hint" }),
  );
}

const chipOf = ({ key, title, short }: Preset): HTMLElement[] => [
  make("input", {
    ...{ type: "radio", name: "preset", value: key, id: `preset-${key}` },
    ...{ "aria-label": title, "aria-describedby": "preset-sentence" },
  }),
  make("label", { for: `preset-${key}`, title }, short),
];

/** Says what the problem is. */
export function renderPresetSentence(sentence: string): void {
  setText(byId("preset-sentence", HTMLElement), sentence);
}
