import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { PRESETS } from "../../demo/presets.ts";
import { runAll } from "../support/python.ts";
import { Laboratory } from "./laboratory.ts";
import { violations } from "./violations.ts";

const STEPS = 100;
const VIEWS = ["run", "maps"];
const THEMES = ["light", "dark"];

let laboratory: Laboratory;
/** What “Copy as Python” gave, by preset. */
const scripts: Record<string, string> = {};

beforeAll(async () => {
  laboratory = await Laboratory.open();
  await laboratory.keepCopies();
});
afterAll(async () => {
  await laboratory?.close();
});
afterEach(() => {
  expect(laboratory.errors.splice(0)).toEqual([]);
});

const inTheme = (value: string): Promise<void> =>
  laboratory.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);

// each view in each theme with every other preset: presets differ in what there is, and not in colours
test.each(PRESETS.map(({ key }, i) => [key, i] as const))(
  "%s: axe finds nothing; the script is copied",
  async (key, i) => {
    await laboratory.open(`preset=${key}&steps=${STEPS}`);
    await laboratory.until("done");
    await laboratory.click("copy-python");
    await laboratory.untilText("copy-python", /^Copied$/);
    scripts[key] = await laboratory.copied();
    for (const [k, view] of VIEWS.entries()) {
      const theme = THEMES[(i + k) % 2]!;
      await inTheme(theme);
      await laboratory.click(`tab-${view}`);
      expect(await violations(laboratory.page), `${view}, ${theme}`).toEqual([]);
    }
  },
);

test("each script recomputes its problem in NumPy, and what it asserts of the page's figures holds", () => {
  const results = runAll(scripts);
  expect(Object.keys(results)).toEqual(PRESETS.map(({ key }) => key));
  for (const [key, { error }] of Object.entries(results)) expect(error, key).toBe("");
});
