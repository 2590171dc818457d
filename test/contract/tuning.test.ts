import { expect, test } from "vitest";
import { Tuning, type Choice } from "../../src/gpu/tuning.ts";

const choiceOf = (variant: string): Choice => ({
  variant,
  timings: { [variant]: 1.5 },
  refused: {},
  compilationMs: 90,
  comparisonMs: 40,
});
const measured = (variant: string) => (): Promise<Choice> => Promise.resolve(choiceOf(variant));
const never = (): Promise<Choice> => Promise.reject(new Error("measured again"));

test("a choice is made once and kept, also while it is being made", async () => {
  const tuning = new Tuning("adapter", new Map());
  const [first, second] = await Promise.all([
    tuning.choose("product", ["a", "b"], measured("b")),
    tuning.choose("product", ["a", "b"], never),
  ]);
  expect([first, second]).toEqual([choiceOf("b"), choiceOf("b")]);
  expect(await tuning.choose("product", ["a", "b"], never)).toBe(first);
  expect([...tuning.choices]).toEqual([["product", choiceOf("b")]]);
});

test("measurements go one at a time, so that none disturbs another", async () => {
  const tuning = new Tuning("adapter", new Map());
  const events: string[] = [];
  const slow = (name: string) => async (): Promise<Choice> => {
    events.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    events.push(`${name} ends`);
    return choiceOf("a");
  };
  await Promise.all(["x", "y"].map((name) => tuning.choose(name, ["a"], slow(name))));
  expect(events).toEqual(["x begins", "x ends", "y begins", "y ends"]);
});

test("a measurement that failed is made again", async () => {
  const tuning = new Tuning("adapter", new Map());
  await expect(tuning.choose("product", ["a"], never)).rejects.toThrow("measured again");
  expect(await tuning.choose("product", ["a"], measured("a"))).toEqual(choiceOf("a"));
});

test("a store hands choices on, to the same adapter, name and candidates only", async () => {
  const store = new Map<string, string>();
  await new Tuning("adapter", store).choose("product", ["a", "b"], measured("b"));
  const later = new Tuning("adapter", store);
  expect(await later.choose("product", ["a", "b"], never)).toEqual(choiceOf("b"));
  expect(later.choices.get("product")).toEqual(choiceOf("b"));
  expect(await later.choose("product of other size", ["a", "b"], measured("a"))).toEqual(choiceOf("a"));
  expect(await new Tuning("other", store).choose("product", ["a", "b"], measured("a"))).toEqual(choiceOf("a"));
  expect(await new Tuning("adapter", store).choose("product", ["a", "c"], measured("c"))).toEqual(choiceOf("c"));
});

test.each(["", "nonsense", "null", "{}", '{"variant":"z"}', '{"variant":3}', '{"variant":"b"}'])(
  "what is stored but no choice is measured again: %s",
  async (text) => {
    const store = new Map<string, string>();
    await new Tuning("adapter", store).choose("product", ["a", "b"], measured("b"));
    const [key] = store.keys();
    store.set(key!, text);
    expect(await new Tuning("adapter", store).choose("product", ["a", "b"], measured("a"))).toEqual(choiceOf("a"));
    expect(store.get(key!)).toBe(JSON.stringify(choiceOf("a")));
  },
);

test("where there is no page, choices last as long as the device", async () => {
  expect(await new Tuning("adapter").choose("product", ["a", "b"], measured("b"))).toEqual(choiceOf("b"));
  expect(await new Tuning("adapter").choose("product", ["a", "b"], measured("a"))).toEqual(choiceOf("a"));
});
