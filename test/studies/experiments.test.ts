import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvParse } from "d3-dsv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EMBEDDING_EXPERIMENTS, EXPERIMENTS, USUAL_FIGURES, type ExperimentRecord } from "../../src/index.ts";
import { requireRelative } from "../support/compare.ts";
import { referenceDescent } from "../../src/training/reference-descent.ts";
import { Lab } from "../support/lab.ts";

const ROOT = join(import.meta.dirname, "..", "..");

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const call = <T>(name: string, ...args: unknown[]): Promise<T> =>
  lab.call<T>("/test/studies/experiments.page.ts", name, ...args);

const HOLD = "yes/yes";
/** Compatible/separable of every run. */
const CONDITIONS: Record<string, readonly string[]> = {
  plane: [HOLD, HOLD, HOLD, HOLD],
  synthetic: [HOLD, HOLD, HOLD, HOLD],
  dimensions: ["no/no", HOLD, HOLD, HOLD, HOLD],
  incompatible: [HOLD, "no/yes"],
  zeroed: [HOLD, HOLD, HOLD, "yes/no"],
  nonseparable: [HOLD, "yes/no"],
  "both-violated": [HOLD, "no/no", "no/no"],
  "three-norms": Array<string>(12).fill(HOLD),
};

const STEPS = 12;

/** Runs under the conditions that the experiment is about, each as in float64. */
function requireArms(name: string, { arms, status }: ExperimentRecord): void {
  expect(status).toBe("done");
  expect(arms.map(({ verdict }) => `${verdict!.compatible.holds}/${verdict!.separable.holds}`)).toEqual(
    CONDITIONS[name],
  );
  const drawn = EXPERIMENTS[name]!.arms(1);
  for (const [i, { label, final, optimizer, schedule, stepSize, initial, float64Check }] of arms.entries()) {
    expect(label).toBe(drawn[i]!.label);
    expect(float64Check!.status, label).toBe("agrees");
    if (initial !== "zero") continue;
    const reference = referenceDescent(drawn[i]!.problem, {
      optimizer,
      schedule,
      stepSize: stepSize!,
      recorded: [STEPS],
    });
    // twelve steps of float32 sums; what is exact to 1e-6 in the gradient is so in the loss gap, but for polar factors, which multiply
    // what is small of it by up to 6,638
    const allowed = optimizer.startsWith("spectral") ? STEPS * 6638 * 1e-6 : 1e-4;
    requireRelative(`${label}: loss gap`, final!.lossGap, reference.trace[0]!.lossGap, allowed);
  }
}

// the command below runs that of the plane
test.each(Object.keys(EXPERIMENTS).filter((name) => name !== "plane"))(
  "the experiment %s has runs under the conditions that it is about, each as in float64",
  async (name) => requireArms(name, await call<ExperimentRecord>("run", name, STEPS)),
);

test("one that is stopped has what was done by then", async () => {
  const { status, arms, report } = await call<ExperimentRecord>("stopAfter", "plane", 12);
  expect(status).toBe("cancelled");
  expect(arms.length).toBeLessThan(4);
  expect(report).toMatch(/ended as cancelled/);
});

describe("the command", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "experiment-test-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(...args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
    const child = spawn(process.execPath, [join(ROOT, "tools", "experiment.mjs"), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [output, errors] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    return new Promise((resolve) => child.once("close", (code) => resolve({ code, output, errors })));
  }

  test("writes curves, figures and verdict of one experiment", async () => {
    const out = join(folder, "plane");
    const { code, output, errors } = await run("plane", "--steps", String(STEPS), "--out", out);
    expect([code, errors]).toEqual([0, ""]);
    const curves = [...new Set(USUAL_FIGURES.flatMap(({ curve }) => curve ?? []))];
    expect(curves).toEqual(expect.arrayContaining(["alignment", "gap", "loss", "margin", "norm", "subspace"]));
    const pictures = ["plane-log-odds", "plane-max-margin", ...[1, 2, 3, 4].map((i) => `plane-run-${i}`)];
    const figures = [...curves, ...pictures].map((name) => `${name}.svg`);
    expect(readdirSync(out).sort()).toEqual([...figures, "curves.csv", "result.json", "verdict.txt"].sort());
    const record = JSON.parse(readFileSync(join(out, "result.json"), "utf8")) as ExperimentRecord;
    requireArms("plane", record);
    const { arms } = record;
    const rows = csvParse(readFileSync(join(out, "curves.csv"), "utf8"));
    expect(rows).toHaveLength(arms.reduce((sum, { trace }) => sum + trace.length, 0));
    const last = arms.at(-1)!.trace.at(-1)!;
    expect([rows.at(-1)!.run, Number(rows.at(-1)!.loss_gap)]).toEqual([arms.at(-1)!.label, last.lossGap]);
    expect(output).toContain(readFileSync(join(out, "verdict.txt"), "utf8").trim());
    const svg = readFileSync(join(out, "gap.svg"), "utf8");
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    // a line and its marks for every run
    expect(svg.match(/aria-label="line"/g)).toHaveLength(4);
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  test("lists every experiment", async () => {
    const { code, output } = await run("--help");
    const listed = [...output.matchAll(/^ {2}([a-z0-9][a-z0-9-]*) {2,}[^ ]/gm)].map(([, name]) => name);
    expect([code, listed]).toEqual([0, [...Object.keys(EXPERIMENTS), ...Object.keys(EMBEDDING_EXPERIMENTS)]]);
  });

  test("refuses a name it does not know, and writes nothing", async () => {
    const { code, errors } = await run("plain", "--out", join(folder, "none"));
    expect([code, errors]).toEqual([2, expect.stringMatching(/^experiment: expected "plane" or .*, found "plain"\n$/)]);
    expect(readdirSync(folder)).not.toContain("none");
  });

  test.each([
    [["plane", "--steps", "many"], "--steps: expected a whole number from 0 to 1000000000, found many"],
    [[], "experiment: expected one name, found 0 (--help lists them)"],
  ] as [string[], string][])("refuses %j", async (args, message) => {
    expect(await run(...args)).toEqual({ code: 2, output: "", errors: `${message}\n` });
  });
});
