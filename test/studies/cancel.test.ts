import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lab } from "../support/lab.ts";
import type { Cancelled, Moment, Operation } from "./cancel.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());
const cancel = (name: Operation, moment: Moment): Promise<Cancelled> =>
  lab.call<Cancelled>("/test/studies/cancel.page.ts", "cancel", name, moment);

/** With what each operation ends whose signal fires before the call, during compilation, and while its work is waited for. */
const NAMES: Readonly<Record<Operation, readonly [before: string, compiling: string, waiting: string]>> = {
  train: ["cancelled", "cancelled", "cancelled"],
  trainInOneWorkgroup: ["cancelled", "cancelled", "cancelled"],
  trainEmbeddings: ["cancelled", "cancelled", "cancelled"],
  // what has not begun, or is not given back, has no result
  trainMany: ["none", "none", "none"],
  trainManyRandom: ["none", "none", "none"],
  maxMargin: ["cancelled", "cancelled", "cancelled"],
  maxMarginMany: ["none", "cancelled", "cancelled"],
  maxMarginManyRandom: ["none", "none", "none"],
  logOdds: ["cancelled", "cancelled", "cancelled"],
  project: ["cancelled", "cancelled", "cancelled"],
  ridgePath: ["cancelled", "cancelled", "cancelled"],
  ridgePathOfRadii: ["cancelled", "cancelled", "cancelled"],
  embeddingPath: ["cancelled", "cancelled", "cancelled"],
  nuclearMargin: ["cancelled", "cancelled", "cancelled"],
  runExperiment: ["cancelled", "cancelled", "cancelled"],
  runEmbeddingExperiment: ["cancelled", "cancelled", "cancelled"],
  // the file has not been read
  analyse: ["rejected with the reason", "cancelled", "cancelled"],
  analyseEmbeddings: ["rejected with the reason", "cancelled", "cancelled"],
};

describe.each(Object.entries(NAMES) as [Operation, (typeof NAMES)[Operation]][])("%s", (name, ends) => {
  test.each(["before", "compiling", "waiting"] as const)("whose signal fires: %s", async (moment) => {
    const { status, pipelines, buffers, unhandled } = await cancel(name, moment);
    expect(status).toBe(ends[["before", "compiling", "waiting"].indexOf(moment)]);
    expect(unhandled).toEqual([]);
    if (moment === "before") expect({ pipelines, buffers }).toEqual({ pipelines: 0, buffers: 0 });
  });
});
