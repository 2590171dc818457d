import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Laboratory } from "./laboratory.ts";

let laboratory: Laboratory;
beforeAll(async () => {
  laboratory = await Laboratory.open();
  const { page } = laboratory;
  await page.setViewport({ width: 1440, height: 900 });
  // the page's own function does not know of forced colours
  const session = await page.createCDPSession();
  const features = [
    { name: "forced-colors", value: "active" },
    { name: "prefers-color-scheme", value: "dark" },
  ];
  await session.send("Emulation.setEmulatedMedia", { features });
  await laboratory.open("steps=20");
  await laboratory.until("done");
  await page.waitForSelector("#verdict:not([hidden])");
  await laboratory.settled();
});
afterAll(async () => {
  await laboratory?.close();
});
afterEach(() => {
  expect(laboratory.errors.splice(0)).toEqual([]);
});

/** A property of each element that fits, as it is shown, and of each the value that a system colour has there. */
const shown = (selector: string, property: string, system: string): Promise<[found: string, wanted: string][]> =>
  laboratory.page.$$eval(
    selector,
    (all, name, color) => {
      const sample = document.body.appendChild(document.createElement("i"));
      sample.style.color = color;
      const wanted = getComputedStyle(sample).color;
      sample.remove();
      return all.map((element): [string, string] => [getComputedStyle(element).getPropertyValue(name), wanted]);
    },
    property,
    system,
  );

test.each([
  ["a chosen chip", ".chips input:checked + label, .switch input:checked + label", "background-color", "Highlight"],
  ["its text", ".chips input:checked + label, .switch input:checked + label", "color", "HighlightText"],
  ["the button of the run", "button.primary", "background-color", "Highlight"],
  ["the tab that is open", ".tabs [aria-selected=true]", "border-bottom-color", "Highlight"],
  ["the other tabs", ".tabs [aria-selected=false]", "border-bottom-color", "Canvas"],
  ["the range that holds", ".marks [aria-current]", "border-left-color", "CanvasText"],
  ["the other ranges", ".marks div:not([aria-current])", "border-left-color", "Canvas"],
  ["the lines of a legend", ".legend svg", "color", "CanvasText"],
  ["links", "p > a", "color", "LinkText"],
])("%s", async (_, selector, property, system) => {
  const found = await shown(selector, property, system);
  expect(found.length).toBeGreaterThan(0);
  for (const [is, wanted] of found) expect(is).toBe(wanted);
});

test("a chip that is not chosen is another colour", async () => {
  for (const [is, chosen] of await shown(".chips input:not(:checked) + label", "background-color", "Highlight"))
    expect(is).not.toBe(chosen);
});

test("charts and plane are drawn in the colours of paper, of texts and of what is off", async () => {
  const drawings = await laboratory.page.evaluate(() => {
    const sample = document.body.appendChild(document.createElement("i"));
    const system = ["Canvas", "CanvasText", "GrayText"].map((color) => {
      sample.style.color = color;
      return getComputedStyle(sample).color.match(/\d+/g)!.map(Number);
    });
    sample.remove();
    // what the three have in common is kept where they are mixed at edges
    if (system.some(([red, , blue]) => red !== blue))
      throw new Error("a system colour has more red than blue, or less");
    return [...document.querySelectorAll<HTMLCanvasElement>("#charts canvas, .plane-surface canvas")].map((canvas) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      const found = { text: 0, tinted: 0 };
      for (let at = 0; at < data.length; at += 4) {
        const [red, , blue, alpha] = data.slice(at, at + 4) as unknown as [number, number, number, number];
        if (alpha < 255) continue;
        if (Math.abs(red - blue) > 1) found.tinted++;
        else if (red === system[1]![0]) found.text++;
      }
      return found;
    });
  });
  expect(drawings).toHaveLength(5);
  for (const { text, tinted } of drawings) {
    expect(text).toBeGreaterThan(100);
    expect(tinted).toBe(0);
  }
});
