import type { Preset } from "../presets.ts";
import { byId, make } from "./dom.ts";

/** The choice of problems, and which one is chosen. */
export function renderPresets(presets: readonly Preset[], onChoice: (preset: Preset) => void): void {
  const list = byId("presets", HTMLFieldSetElement);
  for (const preset of presets) {
    const input = make("input", { type: "radio", name: "preset", value: preset.key, id: `preset-${preset.key}` });
    input.setAttribute("aria-describedby", `preset-${preset.key}-text`);
    input.addEventListener("change", () => onChoice(preset));
    list.append(
      make(
        "div",
        { class: "preset" },
        input,
        make("label", { for: `preset-${preset.key}` }, preset.title),
        make("p", { id: `preset-${preset.key}-text` }, preset.sentence),
      ),
    );
  }
}

/** Marks the preset that runs; none when it is the reader's own problem. */
export function markPreset(key: string): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("input[name=preset]"))
    input.checked = input.value === key;
}
