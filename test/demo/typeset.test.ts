import { afterAll, beforeAll, expect, test } from "vitest";
import { Lab } from "../support/lab.ts";

const PAGE = "/test/demo/typeset.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.openApart();
});
afterAll(async () => {
  await lab?.close();
});

const sub = (text: string, opening = "_", closing = ""): string =>
  `<sub><i>${opening}</i>${text}${closing && `<i>${closing}</i>`}</sub>`;

test.each([
  ["1/‖W_mm‖ and L_in", `1/‖W${sub("mm")}‖ and L${sub("in")}`],
  ["‖P_F(W) − W*‖, ‖W_k‖ − ‖W_k/10‖", `‖P${sub("F")}(W) − W*‖, ‖W${sub("k")}‖ − ‖W${sub("k/10")}‖`],
  ["Σ_j β_j h_jᵀ, η_c", `Σ${sub("j")} β${sub("j")} h${sub("j")}ᵀ, η${sub("c")}`],
  ["Σ_{i≤k} η_i/η", `Σ${sub("i≤k", "_{", "}")} η${sub("i")}/η`],
  ["‖L_mm‖_* is", `‖L${sub("mm")}‖${sub("*")} is`],
  ["fitted by k^-0.99.", "fitted by k<sup><i>^</i>-0.99</sup>."],
])("%s is set with its indices, and copied as it is", async (text, markup) => {
  expect(await lab.call(PAGE, "written", text)).toEqual({ markup, text, copied: text });
});

test.each(["next_word", "“a_b” 0.5", "data_x_y", "W_mmx", "__init__", "x_", "f(w)_k", "2^10", "x_1", "w_2.json"])(
  "%s is left as it is",
  async (text) => {
    expect(await lab.call(PAGE, "written", text)).toEqual({ markup: text, text, copied: text });
  },
);

test("a text that is set again is left alone, and a plain one is not typeset", async () => {
  expect(await lab.call(PAGE, "partsAfter", "along W_mm.")).toEqual([3, 3, 1]);
});
