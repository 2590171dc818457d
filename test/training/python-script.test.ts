import { afterAll, beforeAll, expect, test } from "vitest";
import { paper1Plane } from "../../src/problem/synthetic.ts";
import { Lab } from "../support/lab.ts";
import { runAll } from "../support/python.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());
const call = (name: string, ...args: unknown[]): Promise<string> =>
  lab.call<string>("/test/training/python-script.page.ts", name, ...args);

test("scripts of runs on the device come to their figures and those of their limits, and no other", async () => {
  const problem = paper1Plane({ seed: 2 });
  const script = await call("scriptOf", problem, { steps: 300 });
  const factors = await call("scriptOfFactors", problem, { steps: 300, dimension: 4 });
  /** The script with a thousandth more of the figure that it holds this one against. */
  const wrong = (name: string): string => {
    const pattern = new RegExp(`(check\\("${name}", .*, )([\\d.e-]+)(, [^,]*\\))`);
    expect(script, name).toMatch(pattern);
    return script.replace(pattern, (_, before: string, figure: string, after: string) =>
      [before, 1.001 * Number(figure), after].join(""),
    );
  };
  const limits = ["dim F", "‖W\\*‖", "‖P_F\\(W\\) − W\\*‖", "cos\\(W, W_mm\\)"];
  const results = runAll({
    ...{ script, factors, adam: await call("scriptOf", problem, { steps: 100, optimizer: "adam", initial: "lecun" }) },
    ...Object.fromEntries(limits.map((name) => [name.replaceAll("\\", ""), wrong(name)])),
    "W_mm: in-support logits differ by": script.replace("L = h @ W_mm.T", "W_mm[0] += 0.01\nL = h @ W_mm.T"),
  });
  for (const [name, { printed, error }] of Object.entries(results))
    if (["script", "factors", "adam"].includes(name)) {
      expect(error, name).toBe("");
      expect(printed, name).not.toContain("not compared");
      expect(printed, name).not.toContain("difference inf");
    } else expect(error, name).toContain(`AssertionError('${name}: `);
  expect(results.script!.printed).toContain("step 300: CE − H");
  expect(results.factors!.printed).toContain("\n‖H‖: ");
});
