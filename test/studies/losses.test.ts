import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dice } from "../support/draw.ts";
import { caseBytes } from "../support/fixtures.ts";
import { Lab } from "../support/lab.ts";
import type { Cause, Loss, LossyRun } from "./losses.page.ts";

const PAGE = "/test/studies/losses.page.ts";
/** Losses of each task; 15 make a hundred of all. */
const LOSSES = 2;
const CAUSES: readonly Cause[] = ["destroy", "crash", "kill"];

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.start();
  const session = await lab.browser.target().createCDPSession();
  await lab.page.exposeFunction("endGpuProcess", async (how: "crash" | "kill") => {
    if (how === "crash") return void session.send("Browser.crashGpuProcess").catch(() => undefined);
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    for (const { type, id } of processInfo) if (type === "GPU") process.kill(id, "SIGKILL");
  });
});
afterAll(() => lab.close());

describe("a device that is lost", () => {
  const roll = dice(5);
  test.each(["train", "trainEmbeddings", "maxMargin", "ridgePath", "logOdds", "trainMany", "maxMarginMany"])(
    "in %s is replaced, and the figures have the same bits",
    async (task) => {
      const given = caseBytes("wide");
      const run = (loss?: Loss): Promise<LossyRun> => lab.call(PAGE, "runLosing", task, given, loss);
      const undisturbed = await run();
      const beyond: number[] = [];
      for (let i = 0; i < LOSSES; i++) {
        const cause = CAUSES[roll(CAUSES.length)]!;
        const loss = { call: 1 + roll(undisturbed.calls), cause };
        const lost = await run(loss);
        expect(lost.text, `${JSON.stringify(loss)} of ${undisturbed.calls}`).toBe(undisturbed.text);
        // the task may have ended before its process did, and in fewer submissions than the one before
        if (cause === "destroy" && lost.calls >= loss.call) expect(lost.losses).toBe(1);
        beyond.push(lost.totalMs - undisturbed.totalMs - lost.reopeningMs);
      }
      console.info(`${task}: ${LOSSES} losses, ms beyond the browser's own: ${beyond.map(Math.round).join(" ")}`);
    },
  );
});
