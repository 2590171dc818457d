import type { NextTokenLab, RunEventDetail } from "../../demo/element/index.ts";
import "../../demo/element/index.ts";

const told: RunEventDetail[] = [];
document.addEventListener("ntp-run", (event) => told.push((event as CustomEvent<RunEventDetail>).detail));

/** What events have told since this was called last. */
export const news = (): RunEventDetail[] => told.splice(0);

const labs = (): NextTokenLab[] => [...document.querySelectorAll("next-token-lab")];

/** Puts so many elements into the page, all of them in sight, with these attributes. */
export function add(count: number, attributes: Readonly<Record<string, string>>): void {
  for (let i = 0; i < count; i++) {
    const lab = document.createElement("next-token-lab");
    for (const [name, value] of Object.entries(attributes)) lab.setAttribute(name, value);
    document.body.append(lab);
    lab.style.cssText = "position: absolute; top: 0; left: 0; width: 900px";
  }
}

export function removeAll(): void {
  for (const lab of labs()) lab.remove();
}

export const set = (name: string, value: string): void => labs()[0]!.setAttribute(name, value);

/** Brings an element out of sight, or into it. */
export function place(top: string): void {
  labs()[0]!.style.top = top;
}

export function show(visibility: "visible" | "hidden"): void {
  labs()[0]!.style.visibility = visibility;
}

/** Takes an element to another place of the document, at which it goes on. */
export function move(): void {
  const section = document.createElement("section");
  document.body.append(section);
  section.append(labs()[0]!);
}

export const phases = (): (string | undefined)[] => labs().map(({ record }) => record?.status);
export const steps = (): (number | undefined)[] => labs().map(({ record }) => record?.steps);
export const problems = (): (string | undefined)[] => labs().map(({ record }) => record?.source.name);

export const press = (): void => labs()[0]!.shadowRoot!.querySelector("button")!.click();

export const text = (selector: string): string => labs()[0]!.shadowRoot!.querySelector(selector)!.textContent;

export const hasPlane = (): boolean =>
  labs()[0]!.shadowRoot!.querySelector<HTMLElement>("[data-figure=plane]")!.checkVisibility();

/** Pixels of canvases in it that have something drawn on them. */
export const drawn = (): boolean[] =>
  [...labs()[0]!.shadowRoot!.querySelectorAll("canvas")]
    .filter((canvas) => canvas.checkVisibility() && canvas.width > 0 && canvas.height > 0)
    .map((canvas) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return data.some((byte) => byte !== 0);
    });
