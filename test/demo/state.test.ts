import { unzipSync } from "fflate";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { CITATION } from "../../src/index.ts";
import { expectClose } from "./expect-figures.ts";
import { Laboratory } from "./laboratory.ts";

let laboratory: Laboratory;
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

const hash = (): Promise<string> => laboratory.page.evaluate(() => location.hash);
const valueOf = (id: string): Promise<string> =>
  laboratory.page.$eval(`#${id}`, (control) => (control as HTMLInputElement | HTMLSelectElement).value);

test("without a link the page opens on the plane, and runs", async () => {
  await laboratory.open("");
  const record = await laboratory.finished("The paper’s plane setting");
  expect(record.steps).toBe(10_000);
  expect(await hash()).toBe("");
  expect(await laboratory.text("headline")).toMatch(
    /^On course: W points about 8° from W_mm, loss gap 2\.\d+e-4, 1\.00 × its law\.$/,
  );
});

test("a link sets every control, the run is that of the link, and “Copy link” gives it again", async () => {
  const link = "preset=one-hot&optimizer=normalised&schedule=inverse-sqrt&step-size=0.05&steps=60&seed=4&initial=lecun";
  await laboratory.open(link);
  const record = await laboratory.finished("One next word each");
  expect(record).toMatchObject({
    ...{ optimizer: "normalised", schedule: "inverse-sqrt", stepSize: 0.05, stepSizeRule: "given" },
    ...{ steps: 60, seed: 4, initial: "lecun" },
  });
  expect(await Promise.all(["optimizer", "schedule", "step-size", "steps", "seed", "initial"].map(valueOf))).toEqual([
    ...["normalised", "inverse-sqrt", "0.05", "60", "4", "lecun"],
  ]);
  await laboratory.click("copy-link");
  await laboratory.untilText("copy-link", /^Copied$/);
  expect((await laboratory.copied()).split("#")[1]).toBe(link);
});

test("what of a link cannot be taken is said, the rest holds", async () => {
  await laboratory.open("preset=one-hot&steps=0&colour=red");
  const said = await laboratory.untilText("alert-text", /./);
  expect(said).toContain("steps: expected a whole number from 1 to 1,000,000,000, found “0”; 1 is taken.");
  expect(said).toContain("colour: there is no such setting.");
  const record = await laboratory.finished("One next word each");
  expect(record.steps).toBe(1);
});

test("a change of a control is a place in the history: back and forward go through the states", async () => {
  await laboratory.open("preset=one-hot&steps=30");
  await laboratory.finished("One next word each");
  await laboratory.fill("optimizer", "adam");
  await laboratory.until("done");
  expect(await hash()).toBe("#preset=one-hot&optimizer=adam&steps=30");
  await laboratory.click("preset-paper1-plane");
  await laboratory.finished("The paper’s plane setting");
  expect(await hash()).toBe("#optimizer=adam&steps=30");

  await laboratory.page.goBack();
  const back = await laboratory.finished("One next word each");
  expect(back.optimizer).toBe("adam");
  await laboratory.page.goBack();
  await laboratory.page.waitForFunction(
    () => (document.getElementById("optimizer") as HTMLSelectElement).value === "gradient-descent",
  );
  await laboratory.until("done");
  await laboratory.page.goForward();
  await laboratory.page.waitForFunction(
    () => (document.getElementById("optimizer") as HTMLSelectElement).value === "adam",
  );
  await laboratory.until("done");
  expect((await laboratory.record()).optimizer).toBe("adam");
});

test("the text of a reader is in the link", async () => {
  await laboratory.open("preset=text&text=a+rose+is+a+rose+is+a+rose&context-length=1&steps=20");
  const record = await laboratory.finished("Pasted text");
  expect(record.problem.vocabularySize).toBe(3);
  expect(await valueOf("text")).toBe("a rose is a rose is a rose");
});

test("the time slider drives readouts, laws, plane and the cursors of the curves, and the film plays to the end", async () => {
  await laboratory.open("steps=1000");
  const { trace } = await laboratory.finished("The paper’s plane setting");
  const last = await laboratory.text("out-gap");
  const at = trace.findIndex(({ step }) => step === 10);
  await laboratory.page.$eval(
    "#scrub",
    (slider, value) => {
      (slider as HTMLInputElement).value = value;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    },
    String(at),
  );
  expect(await laboratory.text("scrub-at")).toBe("step 10");
  expect(await laboratory.text("out-step")).toBe("10");
  // four digits
  expectClose(Number(await laboratory.text("out-gap")), trace[at]!.lossGap, 5e-4, "loss gap at step 10");
  expect(await laboratory.text("verdict-at")).toBe("Measured at step 10");
  const label = await laboratory.page.$eval("#gap-chart .plot", (plot) => plot.getAttribute("aria-label"));
  expect(label).toContain("At step 10: total");
  await laboratory.click("film-button");
  expect(await laboratory.text("film-button")).toBe("Stop");
  await laboratory.untilText("film-button", /^Film$/);
  expect(await laboratory.text("scrub-at")).toBe("step 1,000");
  expect(await laboratory.text("out-gap")).toBe(last);
});

test("a context that is moved makes another problem, which the link has", async () => {
  await laboratory.open("steps=100&moved=0%3A0.5%2C-1.5");
  await laboratory.finished("The paper’s plane setting");
  expect(await laboratory.text("problem-notes")).toContain("One context was moved.");
  const bytes = await laboratory.downloadBytes("download-npz");
  expect(bytes.length).toBeGreaterThan(1000);
  expect(await hash()).toBe("#steps=100&moved=0%3A0.5%2C-1.5");
});

test("figures come as SVG and PNG, the script and the citation as text", async () => {
  // the plane is not seen
  await laboratory.open("steps=200&view=maps");
  await laboratory.finished("The paper’s plane setting");
  await laboratory.click("download-figures");
  await laboratory.page.waitForFunction(
    () => (globalThis as unknown as { downloaded?: Blob }).downloaded?.type === "application/zip",
    { polling: 25 },
  );
  const files = unzipSync(await laboratory.downloaded());
  expect(Object.keys(files)).toEqual(expect.arrayContaining(["plane.svg", "plane.png", "gap.svg", "gap.png"]));
  expect(new TextDecoder().decode(files["plane.svg"])).toMatch(/^<svg.*at step 200.*h₀/s);
  expect([...files["gap.png"]!.subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
  await laboratory.click("copy-python");
  await laboratory.untilText("copy-python", /^Copied$/);
  expect(await laboratory.copied()).toContain("import numpy as np");
  await laboratory.click("copy-citation");
  await laboratory.untilText("copy-citation", /^Copied$/);
  expect(await laboratory.copied()).toBe(CITATION);
});
