import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { norm } from "../../src/float64/vectors.ts";
import { requireCloseInNorm, requireRelative } from "../support/compare.ts";
import { caseArray, caseNumber, caseProblem } from "../support/fixtures.ts";
import { Lab } from "../support/lab.ts";
import type * as Page from "./float64.page.ts";

const PAGE = "/test/demo/float64.page.ts";

type Said<Name extends keyof typeof Page> = Awaited<ReturnType<(typeof Page)[Name]>>;

/** What the page's policy allows, and the rule by which it makes its worker. */
const POLICY = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/
  .exec(readFileSync(new URL("../../demo/index.html", import.meta.url), "utf8"))![1]!
  .replace("trusted-types 'none'", "trusted-types float64-worker");

/** A page under the laboratory's policy that counts the workers it makes; or one in a browser that refuses them. */
async function openPage(refuse: boolean): Promise<Lab> {
  const lab = await Lab.openApart();
  await lab.page.evaluate((content) => {
    const meta = document.createElement("meta");
    meta.httpEquiv = "Content-Security-Policy";
    meta.content = content;
    document.head.append(meta);
  }, POLICY);
  await lab.page.evaluate((isRefused) => {
    const made: unknown[] = [];
    Object.assign(globalThis, { made });
    globalThis.Worker = class extends Worker {
      constructor(...given: ConstructorParameters<typeof Worker>) {
        if (isRefused) throw new DOMException("no worker here", "SecurityError");
        super(...given);
        made.push(this);
      }
    };
  }, refuse);
  return lab;
}

const made = (lab: Lab): Promise<number> =>
  lab.page.evaluate(() => (globalThis as unknown as { made: unknown[] }).made.length);

let inWorker: Lab;
beforeAll(async () => {
  inWorker = await openPage(false);
});
afterAll(() => inWorker?.close());

describe.each([
  ["in a worker", 1],
  ["on the page's own thread, where no worker can be made", 0],
])("float64 %s", (_, workers) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = workers === 0 ? await openPage(true) : inWorker;
  });
  afterAll(() => (lab === inWorker ? undefined : lab?.close()));

  test.each([{}, { optimizer: "momentum" }, { optimizer: "adam", schedule: "inverse-sqrt" }])(
    "a run has the bits of the reference: %j",
    async (method) => {
      const found = await lab.call<Said<"besideReference">>(PAGE, "besideReference", method);
      expect(found.status).toBe("done");
      expect(found.points).toEqual(found.trace);
      expect(found.points.map(({ step, lossGap, norm }) => ({ step, lossGap, norm }))).toEqual(found.reference.trace);
      expect(found.decoder).toEqual(found.reference.decoder);
      expect(found.points.map(({ decoder }) => decoder)).toEqual([undefined, undefined, undefined, found.decoder]);
    },
  );

  test("it pauses, goes on, ends when it is cancelled, and goes on from there with the same bits", async () => {
    const found = await lab.call<Said<"pausedAndCancelled">>(PAGE, "pausedAndCancelled");
    expect(found).toMatchObject({ isPaused: true, isStill: true, status: "cancelled" });
    expect(found.step).toBeGreaterThan(found.stood);
    expect(found.onwards).toEqual(found.decoder);
    expect(await lab.call(PAGE, "leftAfterFirst")).toBe("cancelled");
  });

  test("what is wrong with an option is said in its sentence", async () => {
    expect(await lab.call(PAGE, "refused")).toEqual({
      code: "OPTION",
      message: expect.stringMatching(/^stepSize: expected "safe" or a number .*, found -1$/) as unknown,
    });
  });

  test("all of it by that", async () => {
    expect(await made(lab)).toBe(workers);
  });
});

describe("float64 limits in a worker", () => {
  test.each(["plane", "one-hot"])("are those of the solved case %s, with certificates", async (name) => {
    const { vocabularySize, embeddingDim, embeddings, offsets, tokens, probabilities, weights } =
      await caseProblem(name);
    const given = { vocabularySize, embeddingDim, embeddings, offsets, tokens, probabilities, weights };
    const { finite, margin, ...found } = await inWorker.call<Said<"limitsOf">>(PAGE, "limitsOf", given);
    const [wStar, wMm] = [caseArray(name, "log_odds_decoder").data, caseArray(name, "max_margin_decoder").data];
    expect(found.missing).toBeUndefined();
    expect([finite!.status, margin!.status]).toEqual(["compatible", "optimal-certified"]);
    requireCloseInNorm("W_mm", margin!.decoder!, wMm, 1e-8);
    // one-hot has no log-odds, and W* = 0
    if (norm(wStar) > 0) requireCloseInNorm("W*", finite!.decoder, wStar, 1e-8);
    else expect(norm(finite!.decoder)).toBe(0);
    expect(finite!.decoderError).toBeLessThan(1e-8);
    expect(found.finiteNorm).toBe(norm(finite!.decoder));
    expect(margin!.lowerBound).toBeLessThanOrEqual(margin!.upperBound);
    expect(margin!.relativeGap).toBeLessThan(1e-10);
    requireRelative("½‖W_mm‖²", margin!.norm ** 2 / 2, caseNumber(name, "max_margin_value"), 1e-8);
    // the step is good to the square of 1e-7 over the distance to the next eigenvalue
    requireRelative("1/L", 1 / found.smoothness!, caseNumber(name, "gd_step"), 1e-9);
  });

  test("that are cancelled reject", async () => {
    expect(await inWorker.call(PAGE, "cancelledLimits")).toBe("AbortError");
  });
});
