import { afterAll, beforeAll, expect, test } from "vitest";
import { Lab } from "../support/lab.ts";
import { PHILOX_ANSWERS } from "../support/philox-answers.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

test.each(PHILOX_ANSWERS)("Philox on the device: counter %j, key %j gives %j", async (counter, key, answer) => {
  expect(await lab.call<number[]>("/test/gpu/philox.page.ts", "wordsOf", counter, key)).toEqual(answer);
});
