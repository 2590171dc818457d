import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PRODUCTS, type ProductName } from "../../src/kernels/lib/product-tiles.ts";
import { Lab } from "../support/lab.ts";
import { STORED } from "./products.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

interface Chosen {
  variant: unknown;
  choices: [string, { variant: ProductName; timings: Record<string, number>; refused: Record<string, string> }][];
}
const call = <T = Chosen>(name: string, ...args: unknown[]): Promise<T> =>
  lab.call<T>("/test/gpu/products.page.ts", name, ...args);

/** The smallest that is measured, 2^21 multiply-adds. */
const SHAPE = { rows: 100, inner4: 21, columns4: 64 };
const NAME = "product like 128 × 128 × 256";

describe("the variant of a product", () => {
  test("is measured among those that this adapter may be fast with", async () => {
    const { variant, choices } = await call("choose", SHAPE);
    expect(choices.map(([name]) => name)).toEqual([NAME]);
    const [[, choice]] = choices as [Chosen["choices"][number]];
    expect(variant).toEqual(PRODUCTS[choice.variant]);
    expect(choice.refused).toEqual({});
    expect(Object.keys(choice.timings).length).toBeGreaterThan(1);
    // the least of positive times
    const least = Math.min(...Object.values(choice.timings));
    expect(least).toBeGreaterThan(0);
    expect(choice.timings[choice.variant]).toBe(least);
  });

  test("is fixed for a small product, without a measurement", async () => {
    expect(await call("choose", { rows: 10, inner4: 15, columns4: 13 })).toEqual({
      variant: PRODUCTS["none 4x4"],
      choices: [],
    });
  });

  test("is what openGpu was told", async () => {
    expect(await call("choose", SHAPE, { products: "none 8x8" })).toEqual({
      variant: PRODUCTS["none 8x8"],
      choices: [],
    });
    await expect(call("choose", SHAPE, { products: "quick" })).rejects.toThrow(
      /^products: expected one of none 4x4, .*, found "quick"$/,
    );
  });

  test("does without quads on a device without subgroups", async () => {
    const { choices } = await call("chooseWithoutFeatures", SHAPE);
    const tried = choices.flatMap(([, { timings }]) => Object.keys(timings));
    expect(tried.length).toBeGreaterThan(1);
    expect(tried.join()).not.toContain("quad");
    await expect(call("chooseWithoutFeatures", SHAPE, "quad 16x4")).rejects.toMatchObject({ code: "OPTION" });
  });

  test.each([
    ["gives wrong products", "quadSwapDiagonal", "quadSwapY", /^quad 16x4 gives wrong products on this adapter\.$/],
    ["does not compile", "enable subgroups;", "", /does not compile/],
  ])("is none that %s here", async (_, from, to, reason) => {
    const { variant, choices } = await call("chooseOnFaulty", SHAPE, from, to);
    const [[, choice]] = choices as [Chosen["choices"][number]];
    expect(Object.keys(choice.refused)).toEqual(["quad 16x4"]);
    expect(choice.refused["quad 16x4"]).toMatch(reason);
    expect(choice.timings).not.toHaveProperty(["quad 16x4"]);
    expect(variant).toEqual(PRODUCTS[choice.variant]);
  });

  test("is missing where none is right, and an error says so", async () => {
    await expect(call("chooseOnFaulty", SHAPE, "b_2_0.y", "b_1_0.y")).rejects.toThrow(
      /^No variant of a matrix product works on this adapter: none 4x4 gives wrong products/,
    );
  });
});

describe("a choice", () => {
  test("is kept in the page's storage", async () => {
    const { keys, second } = await call<{ keys: string[]; second: Chosen }>("chooseFromPage", SHAPE);
    expect(keys.length).toBe(1);
    expect(keys[0]).toContain(NAME);
    expect(second.choices).toEqual([[NAME, STORED]]);
  });

  test("is made where storage is blocked", async () => {
    const { choices } = await call("chooseWithoutStorage", SHAPE);
    expect(choices.length).toBe(1);
  });
});

test("a device is opened with subgroups where the adapter has them", async () => {
  const { adapter, device } = await call<{ adapter: boolean; device: boolean }>("hasSubgroups");
  expect(device).toBe(adapter);
});
