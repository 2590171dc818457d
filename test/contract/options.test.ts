import { describe, expect, test } from "vitest";
import {
  requireAtLeast,
  requireKnownOptions,
  requireOneOf,
  requireSeed,
  requireWhole,
} from "../../src/support/options.ts";

describe("what is in range passes", () => {
  test.each<[string, () => void]>([
    ["known names", () => requireKnownOptions({ steps: 1, seed: undefined }, ["seed", "steps"])],
    ["no names", () => requireKnownOptions({}, ["seed"])],
    ["one of the names", () => requireOneOf("law", "zipf", ["uniform", "zipf"])],
    ["the least whole number", () => requireWhole("steps", 3, 3, 5)],
    ["the greatest whole number", () => requireWhole("steps", 5, 3, 5)],
    ["the greatest unless told", () => requireWhole("steps", 2 ** 31, 1)],
    ["seeds", () => [0, 2 ** 53 - 1].forEach((seed) => requireSeed(seed))],
    ["the least number", () => requireAtLeast("shape", 0.5, 0.5)],
    ["the greatest number", () => requireAtLeast("shape", Number.MAX_VALUE, 0.5)],
  ])("%s", (_, check) => {
    expect(check).not.toThrow();
  });
});

describe("what is not is refused, with its name, what was expected and what was found", () => {
  test.each<[() => void, string]>([
    [
      () => requireKnownOptions({ step: 1 }, ["seed", "steps"]),
      "step: no such option, expected one of seed, steps; nearest is steps",
    ],
    [
      () => requireKnownOptions({ signal: {} }, ["signal", "onProgress"]),
      "signal: expected an AbortSignal, found an object",
    ],
    [
      () => requireKnownOptions({ onProgress: 5 }, ["signal", "onProgress"]),
      "onProgress: expected a function, found 5",
    ],
    [() => requireOneOf("law", "zip", ["uniform", "zipf"]), 'law: expected "uniform" or "zipf", found "zip"'],
    [() => requireOneOf("law", 3 as never, ["uniform", "zipf"]), 'law: expected "uniform" or "zipf", found 3'],
    [() => requireWhole("steps", 6, 3, 5), "steps: expected a whole number from 3 to 5, found 6"],
    [() => requireWhole("steps", 3.5, 3, 5), "steps: expected a whole number from 3 to 5, found 3.5"],
    [() => requireWhole("steps", "4" as never, 3, 5), 'steps: expected a whole number from 3 to 5, found "4"'],
    [() => requireSeed(-1), "seed: expected a whole number from 0 to 2^53 - 1, found -1"],
    [
      () => requireSeed(2 ** 53, "stream"),
      "stream: expected a whole number from 0 to 2^53 - 1, found 9007199254740992",
    ],
    [() => requireAtLeast("shape", 0.25, 0.5), "shape: expected a finite number of at least 0.5, found 0.25"],
    [() => requireAtLeast("shape", Infinity, 0.5), "shape: expected a finite number of at least 0.5, found Infinity"],
    [() => requireAtLeast("shape", undefined, 0.5), "shape: expected a finite number of at least 0.5, found undefined"],
  ])("%#", (check, message) => {
    expect(check).toThrow(expect.objectContaining({ code: "OPTION", message, option: message.split(":")[0] }));
  });
});
