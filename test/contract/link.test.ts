import { expect, test } from "vitest";
import { initialState, PRESETS } from "../../demo/presets.ts";
import { FACTOR_OPTIMIZERS, KEY_NAMES, KEYS, type Key, type KeyName, type State } from "../../demo/state/keys.ts";
import { linkOf, stateOf } from "../../demo/state/link.ts";
import { ANALYSE_OPTIONS } from "../../src/studies/analyse-options.ts";
import { RandomStream } from "../../src/support/random.ts";

/** A value that a key may have, as a state writes it. */
function anyValue(name: KeyName, random: RandomStream): string {
  const { form, initial }: Key = KEYS[name];
  if (name === "preset") return PRESETS[Math.floor(random.uniform() * PRESETS.length)]!.key;
  if (form === "text") return random.uniform() < 0.5 ? "" : "a dog & a = cat\n“ö” #1 100 %+";
  if ("names" in form) return form.names[Math.floor(random.uniform() * form.names.length)]!;
  if (initial === "" && random.uniform() < 0.3) return "";
  const value = Math.exp(Math.log(form.least || 1e-6) + random.uniform() * Math.log(form.most / (form.least || 1e-6)));
  const whole = "isWhole" in form && form.isWhole ? Math.round(value) : value;
  return String(Math.min(Math.max(whole, form.least), form.most));
}

test("a link says a state, the whole of it, for 200 random states", () => {
  const random = new RandomStream(7);
  for (let i = 0; i < 200; i++) {
    const state: Record<KeyName, string> = { ...initialState("one-hot") };
    for (const name of KEY_NAMES) if (random.uniform() < 0.6) state[name] = anyValue(name, random);
    if (state.model === "trained" && !FACTOR_OPTIMIZERS.includes(state.optimizer)) state.optimizer = "adam";
    const link = linkOf(state);
    const { state: found, notes } = stateOf(`#${link}`);
    expect(notes, link).toEqual([]);
    expect(found, link).toEqual(state);
    expect(linkOf(found)).toBe(link);
  }
});

test("defaults are left out, those of the preset's own settings too", () => {
  expect(linkOf(initialState("paper1-plane"))).toBe("");
  expect(linkOf(initialState("one-hot"))).toBe("preset=one-hot");
  expect(linkOf(initialState("p2-stories"))).toBe("preset=p2-stories");
  expect(initialState("p2-stories").optimizer).toBe("adam");
  expect(linkOf({ ...initialState("p2-stories"), optimizer: "gradient-descent", seed: "3" })).toBe(
    "preset=p2-stories&optimizer=gradient-descent&seed=3",
  );
});

test.each<[string, Partial<State>, string]>([
  [
    "steps=1e12",
    { steps: "1000000000" },
    "steps: expected a whole number from 1 to 1,000,000,000, found “1e12”; 1000000000 is taken.",
  ],
  [
    "steps=many",
    { steps: "10000" },
    "steps: expected a whole number from 1 to 1,000,000,000, found “many”; 10000 is taken.",
  ],
  [
    "steps=2.5",
    { steps: "10000" },
    "steps: expected a whole number from 1 to 1,000,000,000, found “2.5”; 10000 is taken.",
  ],
  [
    "step-size=-1",
    { "step-size": "1e-37" },
    "step-size: expected a number from 1e-37 to 1e18, found “-1”; 1e-37 is taken.",
  ],
  [
    "step-size=big",
    { "step-size": "" },
    "step-size: expected a number from 1e-37 to 1e18, found “big”; the usual one is taken.",
  ],
  ["smoothing=1", { smoothing: "0.999" }, "smoothing: expected a number from 0 to 0.999, found “1”; 0.999 is taken."],
  [
    "schedule=cosine",
    { schedule: "constant" },
    "schedule: expected constant, inverse-sqrt or inverse, found “cosine”; constant is taken.",
  ],
  [
    "lesson=algebra",
    { lesson: "" },
    "lesson: expected nothing, entropy, subspaces, growth, margin, failing, collapse or order, found “algebra”; the usual one is taken.",
  ],
  ["preset=none", { preset: "paper1-plane" }, "preset: there is none called “none”."],
  ["color=red", {}, "color: there is no such setting."],
  [
    "model=trained&optimizer=muon",
    { optimizer: "gradient-descent", model: "trained" },
    "optimizer: muon is not for trained embeddings; gradient-descent is taken.",
  ],
])("of the link %s what cannot be taken is said", (link, expected, note) => {
  const { state, notes } = stateOf(link);
  expect(state).toEqual({ ...initialState("paper1-plane"), ...expected });
  expect(notes).toEqual([note]);
});

test("keys that the command has as options take the same values there", () => {
  const shared = ANALYSE_OPTIONS.filter(({ name }) => name in KEYS);
  expect(shared.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      "steps",
      "optimizer",
      "schedule",
      "seed",
      "tokens",
      "contexts",
      "context-length",
      "min-count",
    ]),
  );
  for (const { name, form } of shared) {
    const own = (KEYS as Readonly<Record<string, Key>>)[name]!.form;
    if (typeof form === "object" && "names" in form && typeof own === "object" && "names" in own)
      expect(own.names, name).toEqual(form.names);
  }
});
