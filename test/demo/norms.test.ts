import { afterAll, beforeAll, expect, test } from "vitest";
import { DECODER_NORMS, type DecoderNorm } from "../../src/index.ts";
import { Lab } from "../support/lab.ts";
import { PLANE, PLANE_NORMS } from "../support/plane.ts";
import { violations } from "./violations.ts";

const PAGE = "/test/demo/norms.page.ts";
const METHODS = [
  ["sign", 0.05],
  ["gradient-descent", "safe"],
] as const;
/** Gradient descent ends above the best Frobenius margin here: its in-support logits are not equal yet. */
const ABOVE = "Above 1: the best is that of decoders with equal in-support logits, which those of a run need not be.";

let lab: Lab;
let margins: Record<DecoderNorm, number>[];
beforeAll(async () => {
  lab = await Lab.openApart();
  await lab.page.bringToFront();
  await lab.call(PAGE, "open");
  margins = await lab.call(PAGE, "showRuns", PLANE, METHODS, 200);
});
afterAll(() => lab?.close());

const text = (selector: string): Promise<string> => lab.page.$eval(selector, (element) => element.textContent ?? "");
const isVisible = (selector: string): Promise<boolean> =>
  lab.page.$eval(selector, (element) => element.checkVisibility());
const rows = (selector: string): Promise<string[][]> =>
  lab.page.$$eval(selector, (all) => all.map((row) => [...row.children].map((cell) => cell.textContent.trim())));
const legend = (): Promise<string[][]> => rows(".norms > .scroll tbody tr");
const found = (): Promise<unknown> => lab.page.waitForSelector("#norms-cancel", { hidden: true });
const nextSearch = (as?: object | string): Promise<void> => lab.call(PAGE, "nextSearch", as);

test("a search shows how far it is and is cancelled from the keyboard, and nothing is drawn without it", async () => {
  await nextSearch("late");
  expect(await isVisible(".norm-row")).toBe(false);
  await lab.page.focus("#norms-find");
  await lab.page.keyboard.press("Enter");
  expect(await text("#norms-note")).toBe("margin in a norm: half of it");
  expect(await lab.page.$eval("#norms-progress", (bar) => (bar as HTMLProgressElement).value)).toBe(0.5);
  await lab.page.keyboard.press("Enter");
  await found();
  expect(await lab.page.evaluate(() => document.activeElement!.id)).toBe("norms-find");
  expect(await text("#live")).toBe("The search was cancelled.");
  expect(await isVisible(".norm-row")).toBe(false);
});

test("margins are held against the best, which is found once for a problem", async () => {
  await nextSearch();
  const searches = await lab.call<number>(PAGE, "searched");
  await lab.page.click("#norms-find");
  await found();
  const shown = await legend();
  expect(shown.map(([label]) => label)).toEqual(["sign", "gradient-descent"]);
  shown.forEach(([, ...cells], i) =>
    cells.forEach((cell, k) => {
      const norm = DECODER_NORMS[k]!;
      const [value, error] = cell.split(" ± ").map(Number);
      // what other programs certified, to 1e-7; half of the last of four digits; the error is shown to half of its only one
      const expected = margins[i]![norm] * PLANE_NORMS[norm];
      const rounding = 5 * 10 ** (Math.floor(Math.log10(value!)) - 4);
      expect(Math.abs(value! - expected), cell).toBeLessThanOrEqual(1.5 * error! + rounding + 1e-6);
      expect(error, cell).toBeLessThanOrEqual(1e-5);
    }),
  );
  expect(await text("#norms-note")).toBe(ABOVE);
  expect(await isVisible("#norms-find")).toBe(false);
  margins = await lab.call(PAGE, "showRuns", { ...PLANE }, METHODS, 20);
  expect(await isVisible("#norms-find")).toBe(true);
  expect(await lab.call(PAGE, "searched")).toBe(searches + 1);
});

const bounds = (norm: DecoderNorm, part = 0): { lowerBound: number; upperBound: number } => ({
  lowerBound: PLANE_NORMS[norm] * (1 - part),
  upperBound: PLANE_NORMS[norm] * (1 + part),
});

test("the sentence says in which norm the run is ahead, and what is known of that", async () => {
  await nextSearch({ frobenius: bounds("frobenius"), max: bounds("max", 0.03), spectral: bounds("spectral") });
  margins = await lab.call(PAGE, "showRuns", { ...PLANE }, METHODS, 200);
  await lab.page.click("#norms-find");
  await found();
  const over = DECODER_NORMS.map((norm) => margins[0]![norm] * PLANE_NORMS[norm]);
  const sentence = await text("#norms-sentence");
  expect(sentence).toContain(
    `At step 200 the run has, of the best margin, ${over[0]!.toFixed(3)} in the Frobenius norm, ${over[1]!.toFixed(3)} in the max norm and ${over[2]!.toFixed(3)} in the spectral norm: `,
  );
  const most = DECODER_NORMS[over.indexOf(Math.max(...over))];
  expect(sentence).toMatch(most === "max" ? /ahead in the max norm, which is its own\./ : /its own is the max norm\./);
  expect(sentence).toMatch(
    /one next word \(arXiv 2502\.04664\)\. Here some have several, and nothing is claimed of them\.$/,
  );
  expect(await text("#norms-note")).toBe(`The best margin in the max norm is known to 3.0 % only. ${ABOVE}`);
  expect(await text("#live")).toBe(sentence);
});

test("the arrow keys read all three norms of each run", async () => {
  await lab.page.focus(".norms .plot");
  await lab.page.keyboard.press("Home");
  const said = await text("#live");
  expect(await text(".norms .legend-at")).toBe("at step 1");
  const [sign, descent] = await legend();
  expect(said).toBe(
    `At step 1: ${[sign!, descent!].map(([label, f, m, s]) => `${label}: ${f} in the Frobenius norm, ${m} in the max norm, ${s} in the spectral norm`).join("; ")}.`,
  );
  await lab.page.keyboard.press("Escape");
});

test("the margins are tables too, one for each run", async () => {
  await lab.page.click(".norms summary");
  await lab.page.waitForSelector(".norms details td");
  expect(await lab.page.$$eval(".norms details caption", (all) => all.map(({ textContent }) => textContent))).toEqual([
    expect.stringMatching(/^sign, 25 of \d+ recorded steps$/),
    expect.stringMatching(/^gradient-descent, 25 of \d+ recorded steps$/),
  ]);
  const table = await rows(".norms details table:first-child tr");
  expect(table.at(-1)).toEqual(["200", ...(await legend())[0]!.slice(1)]);
});

test.each(["light", "dark"])("axe finds nothing in the %s theme", async (theme) => {
  await lab.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  expect(await violations(lab.page)).toEqual([]);
});

test("nothing sticks out sideways at 390 and 320 pixels", async () => {
  for (const width of [390, 320]) {
    expect(await lab.widthIn(width)).toBe(width);
  }
  await lab.page.setViewport({ width: 760, height: 640 });
});

test("what no decoder separates has no best margin, and is not drawn", async () => {
  const none = { lowerBound: 3, upperBound: Infinity };
  await nextSearch({ frobenius: none, max: none, spectral: none });
  await lab.call(PAGE, "showRuns", { ...PLANE }, METHODS, 20);
  await lab.page.click("#norms-find");
  await found();
  expect(await legend()).toEqual([
    ["sign", "–", "–", "–"],
    ["gradient-descent", "–", "–", "–"],
  ]);
  expect(await text("#norms-note")).toMatch(
    /^No decoder that separates is known, so there is no best margin in the Frobenius norm\./,
  );
});

test("a run without decoders says so", async () => {
  await lab.call(PAGE, "showWithout");
  expect(await lab.page.$eval("#norms-find", (button) => (button as HTMLButtonElement).disabled)).toBe(true);
  expect(await text("#norms-note")).toMatch(/none was kept here\.$/);
});
