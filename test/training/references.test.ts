import { afterAll, beforeAll, describe } from "vitest";
import { CASES } from "../support/fixtures.ts";
import { Lab } from "../support/lab.ts";
import { referenceTests } from "../support/reference-suite.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

describe.each(CASES)("%s", (name) => referenceTests(() => lab, name));
