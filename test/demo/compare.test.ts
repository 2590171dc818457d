import { afterAll, beforeAll, expect, test } from "vitest";
import { fourDigits } from "../../demo/format.ts";
import type { RunRecord } from "../../src/index.ts";
import { Lab } from "../support/lab.ts";
import { violations } from "./violations.ts";

const PAGE = "/test/demo/compare.page.ts";
const GD = "gradient descent, 1/L";
const ADAM = "Adam, η 0.01";
const SIGN = "sign, η 0.05";

let lab: Lab;
/** Of gradient descent, kept; Adam, which finished; and signs, the run that the page ends with. */
let records: RunRecord[];
beforeAll(async () => {
  lab = await Lab.openApart();
  await lab.page.bringToFront();
  await lab.call(PAGE, "open");
  const first = await run({ steps: "100" });
  await lab.page.click("#compare-keep");
  const second = await run({ steps: "40", optimizer: "adam", "step-size": "0.01" });
  records = [first, second, await run({ steps: "60", optimizer: "sign", "step-size": "0.05" })];
});
afterAll(() => lab?.close());

async function run(state: object): Promise<RunRecord> {
  await lab.call(PAGE, "run", "paper1-plane", state);
  return JSON.parse(await lab.call<string>(PAGE, "record")) as RunRecord;
}
const text = (selector: string): Promise<string> => lab.page.$eval(selector, (element) => element.textContent ?? "");
const rows = (selector: string): Promise<string[][]> =>
  lab.page.$$eval(selector, (all) => all.map((row) => [...row.children].map((cell) => cell.textContent.trim())));
const names = async (): Promise<string[]> => (await rows(".compare > .scroll tbody tr")).map(([name]) => name!);
const legend = (): Promise<string[]> =>
  lab.page.$$eval(".compare .legend li", (all) =>
    all.map((item) => [...item.querySelectorAll("span")].map((span) => span.textContent).join(" ")),
  );
const chart = (): Promise<string> => lab.page.$eval(".compare canvas", (canvas) => canvas.toDataURL());
const open = (...files: [string, string][]): Promise<void> => lab.call(PAGE, "openFiles", files);

test("the table says how each run ended, with the law of its gap where it has one", async () => {
  const [kept, before, current] = records.map(({ trace, margin, predictions, steps }) => {
    const { lossGap, norm, alignment, subspaceError, margin: own } = trace.at(-1)!;
    const ratio = predictions?.find(({ figure }) => figure === "lossGap")?.ratio;
    const figures = [lossGap, ratio, norm, alignment, subspaceError, own! * margin!.norm];
    return [String(steps), ...figures.map((value) => (value === undefined ? "–" : fourDigits(value)))];
  });
  expect(kept![2]).not.toBe("–");
  expect(await rows(".compare > .scroll tbody tr")).toEqual([
    [GD, ...kept!, "Remove"],
    [`${ADAM} (the run before)`, ...before!, "Remove"],
    [`${SIGN} (under way)`, ...current!, "Remove"],
  ]);
  const removable = await lab.page.$$eval(
    ".compare td button",
    (all) => all.filter((button) => button.checkVisibility()).length,
  );
  expect(removable).toBe(1);
});

test("the chart follows the figure that is chosen, and the legend says its values", async () => {
  const gap = await chart();
  expect(await legend()).toEqual(
    records.map(({ trace }, i) =>
      [[GD, `${ADAM} (the run before)`, `${SIGN} (under way)`][i], fourDigits(trace.at(-1)!.lossGap)].join(" "),
    ),
  );
  await lab.page.select("#compare-figure", "fixed-alignment");
  expect(await chart()).not.toBe(gap);
  expect((await legend())[0]).toBe(`${GD} ${fourDigits(1 - records[0]!.trace.at(-1)!.alignment!)}`);
  await lab.page.select("#compare-figure", "lossGap");
});

test("the arrow keys read a step of all runs, those that ended before left out", async () => {
  await lab.page.focus(".compare .plot");
  await lab.page.keyboard.press("End");
  const last = fourDigits(records[0]!.trace.at(-1)!.lossGap);
  expect(await text("#live")).toBe(`At step 100: ${GD} ${last}; ${ADAM} –; ${SIGN} –.`);
  expect(await text(".compare .legend-at")).toBe("at step 100");
  await lab.page.keyboard.press("Home");
  const first = records.map(({ trace }) => fourDigits(trace.find(({ step }) => step === 1)!.lossGap));
  expect(await text("#live")).toBe(`At step 1: ${GD} ${first[0]}; ${ADAM} ${first[1]}; ${SIGN} ${first[2]}.`);
  await lab.page.keyboard.press("Escape");
  expect(await text(".compare .legend-at")).toBe("at the last step of each");
});

test("the figure that is chosen is saved as SVG, with the name of every run", async () => {
  await lab.page.select("#compare-figure", "fixed-alignment");
  const { name, text: svg } = await lab.call<{ name: string; text: string }>(PAGE, "savedText", "#compare-svg");
  await lab.page.select("#compare-figure", "lossGap");
  expect(name).toMatch(/^compare-.*\.svg$/);
  const texts = [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/gs)].map(([, inner]) => inner!.replace(/<[^>]*>/g, ""));
  for (const run of [GD, ADAM, SIGN]) expect(texts).toContain(run);
});

test("the figure is a table too", async () => {
  await lab.page.click(".compare summary");
  await lab.page.waitForSelector(".compare details td");
  const table = await rows(".compare details tr");
  expect(table[0]).toEqual(["Step", GD, ADAM, SIGN]);
  expect(table.at(-1)).toEqual(["100", fourDigits(records[0]!.trace.at(-1)!.lossGap), "–", "–"]);
});

test("records are added, and a file that is none is refused in a sentence that leaves the rest", async () => {
  await open(["adam.json", JSON.stringify(records[1])], ["notes.json", '{"a": 1}']);
  expect(await text(".compare-alert")).toBe(
    "notes.json: expected the record of a run, with source, optimizer and trace, found an object without.",
  );
  expect(await names()).toEqual([GD, ADAM, `${ADAM} (2) (the run before)`, `${SIGN} (under way)`]);
  expect(await text("#compare-note")).toBe("2 runs kept, of 12 at most.");
});

test.each(["light", "dark"])("axe finds nothing in the %s theme", async (theme) => {
  await lab.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  expect(await violations(lab.page)).toEqual([]);
});

test("a kept run is removed where the keyboard is, which then has the next", async () => {
  const focused = (): Promise<string> =>
    lab.page.evaluate(() => document.activeElement!.getAttribute("aria-label") ?? document.activeElement!.id);
  await lab.page.focus(".compare tbody tr:nth-child(1) button");
  await lab.page.keyboard.press("Enter");
  expect(await focused()).toBe(`Remove ${ADAM}`);
  expect(await text("#live")).toBe("Removed. 1 run left.");
  await lab.page.keyboard.press("Enter");
  expect(await focused()).toBe("compare-keep");
  expect(await names()).toEqual([`${ADAM} (the run before)`, `${SIGN} (under way)`]);
});

test("the run under way is kept in one line, until another runs", async () => {
  await lab.page.click("#compare-keep");
  expect(await names()).toEqual([`${ADAM} (the run before)`, `${SIGN} (under way, kept)`]);
  await lab.page.click("#compare-clear");
  expect(await names()).toEqual([`${ADAM} (the run before)`, `${SIGN} (under way)`]);
  await open(
    ...Array.from({ length: 13 }, (_, i): [string, string] => [
      `${i}.json`,
      JSON.stringify({ ...records[0], seed: i }),
    ]),
  );
  expect(await text(".compare-alert")).toBe("12.json: 0 of 1 kept, as there is room for 12 runs: remove one first.");
  expect(await names()).toHaveLength(14);
});

test("an experiment says its runs and is asked for", async () => {
  await lab.page.select("#compare-experiment", "nonseparable");
  expect(await text("#compare-arms")).toBe("2 runs: the paper’s setting; one embedding, two supports.");
  await lab.page.click("#compare-run-arms");
  expect(await lab.call(PAGE, "askedFor")).toEqual(["nonseparable"]);
});

test("nothing sticks out sideways at 390 and 320 pixels", async () => {
  for (const width of [390, 320]) {
    expect(await lab.widthIn(width)).toBe(width);
  }
});
