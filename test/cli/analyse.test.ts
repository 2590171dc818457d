import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findChrome, NO_CHROME_MESSAGE } from "../../src/cli/chrome.mjs";
import { writeNpy } from "../../src/formats/npy.ts";
import { readNpz } from "../../src/formats/npz.ts";
import { problemFromText } from "../../src/index.ts";
import { runAnalyse, runExperiment, type Ended, type Environment } from "./command.ts";

const PLANE = join(import.meta.dirname, "..", "fixtures", "plane.npz");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cli-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const analyse = (args: string[], environment?: Environment): Promise<Ended> => runAnalyse(folder, args, environment);

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}

/** A shell script that does something and becomes Chrome, and the environment in which it is taken for Chrome. */
async function chromeAfter(commands: string): Promise<NodeJS.ProcessEnv> {
  const script = join(folder, "chrome.sh");
  writeFileSync(script, `#!/bin/sh\n${commands}\nexec "${(await findChrome())!}" "$@"\n`);
  chmodSync(script, 0o755);
  return { PUPPETEER_EXECUTABLE_PATH: "", CHROME_PATH: script };
}

/** A Chrome that leaves out some flags: what it is like where WebGPU has no adapter. */
const chromeWithout = (pattern: string): Promise<NodeJS.ProcessEnv> =>
  chromeAfter(`for flag do
  shift
  case "$flag" in ${pattern}) ;; *) set -- "$@" "$flag" ;; esac
done`);

/** For runs about something else: the solvers' kernels take seconds to compile in software. */
const WITHOUT_LIMITS = ["--limits-within", "0"];

const results = () => (existsSync(join(folder, "out")) ? readdirSync(join(folder, "out")).sort() : undefined);
const readResult = () => JSON.parse(readFileSync(join(folder, "out", "result.json"), "utf8")) as { status: string };
const readArrays = () => readNpz("arrays.npz", readFileSync(join(folder, "out", "arrays.npz")), ["gd_decoder"]);

describe("a run", () => {
  it("says what it would be, and does nothing, with --preview", async () => {
    const table = "context,next,count\na,b,1\na,c,2\nb,a,1\nc,a,1\nc,b,1\nc,c,1\n";
    const file = write("counts.csv", table);
    const both = ["--trained-embeddings", "--dimension", "3"];
    const { code, stdout, stderr } = await analyse([file, "--preview", "--dim", "4", "--steps", "500", ...both]);
    expect([code, stderr]).toEqual([0, ""]);
    const line = (name: string): string => new RegExp(`^${name} {2,}(.*)$`, "m").exec(stdout)?.[1] ?? "";
    expect(line("problem")).toBe("counts.csv (table): 3 contexts, 3 words, embedding dimension 4, 6 support entries");
    expect(line("supports")).toBe("1 to 3 words, 2 in the middle");
    expect(line("merged")).toMatch(/^0 contexts /);
    expect(line("run")).toBe("500 steps, one-workgroup");
    expect(line("run of both factors")).toBe("500 steps, one-workgroup");
    expect(line("limits")).toContain("at most 60 s");
    expect(line("not predicted")).toBe("L_mm");
    const figures = (pattern: RegExp): number[] => [...stdout.matchAll(pattern)].map(([, number]) => Number(number));
    const memory = figures(/^memory +([\d.e-]+) MiB on the GPU/gm);
    expect(memory).toHaveLength(2);
    expect(Math.min(...memory)).toBeGreaterThan(0);
    const [seconds, milliseconds] = [figures(/^predicted time +([\d.e-]+) s,/gm), figures(/, ([\d.e-]+) ms a step$/gm)];
    // both are rounded to two digits
    for (const run of [0, 1]) expect(Math.abs(seconds[run]! / (0.5 * milliseconds[run]!) - 1)).toBeLessThan(0.11);
    expect(stdout).not.toMatch(/loss gap|verdict/);
    expect(readdirSync(folder)).toEqual(["counts.csv"]);
  });

  it("keeps what it measured of the device for the next one, which takes it from there", async () => {
    const names = Array.from({ length: 160 }, (_, i) => `w${i}`);
    const text = write("long.txt", [...names, ...names].join(" "));
    const options = ["--tokens", "spaces", "--contexts", "windows", "--context-length", "1", "--dim", "128"];
    const run = () =>
      analyse([text, ...options, "--steps", "1", ...WITHOUT_LIMITS], {
        env: { XDG_CACHE_HOME: join(folder, "cache") },
      });
    expect(await run()).toMatchObject({ code: 0, stderr: "" });
    const file = join(folder, "cache", "next-token-bias", "tuning.json");
    const kept = Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>);
    expect(kept.length).toBeGreaterThan(0);
    // times that no measurement would give
    const marked = kept.map(([name, choice]) => [
      name,
      JSON.stringify({ ...(JSON.parse(choice) as object), comparisonMs: -1 }),
    ]);
    writeFileSync(file, JSON.stringify(Object.fromEntries(marked)));
    expect(await run()).toMatchObject({ code: 0, stderr: "" });
    expect(Object.entries(JSON.parse(readFileSync(file, "utf8")) as object)).toEqual(marked);
  });

  it("takes a text, with its options, measures a given decoder, and writes its report and two files, nothing else", async () => {
    const rhyme = "one two <unk> one two ##ur one two <unk> ##ur one <unk> two one ".repeat(5);
    const text = write("rhyme.txt", rhyme);
    const decoder = write("W.npy", writeNpy(new Float64Array(32), [4, 8]));
    const options = [
      "--tokens",
      "spaces",
      "--contexts",
      "windows",
      "--context-length",
      "1",
      "--embedding",
      "orthonormal",
      "--dim",
      "8",
    ];
    const run = ["--steps", "20", "--record", "1,5,20", "--evaluate", decoder, "--out", "out"];
    const { code, stdout, stderr } = await analyse([text, ...options, ...run]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/4 contexts, 4 words, embedding dimension 8/);
    const { problem } = await problemFromText(rhyme, { tokens: "spaces", contexts: "windows", contextLength: 1 });
    expect(Number(/entropy bound +([\d.]+)/.exec(stdout)?.[1])).toBeCloseTo(problem.entropy, 6);
    expect(readdirSync(folder).sort()).toEqual(["W.npy", "out", "rhyme.txt"]);
    expect(results()).toEqual(["arrays.npz", "result.json"]);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("written: out/result.json, out/arrays.npz");
    expect(readResult()).toMatchObject({ status: "done", seed: 1, trace: [{ step: 1 }, { step: 5 }, { step: 20 }] });
    expect(readArrays().get("gd_decoder")?.shape).toEqual([4, 8]);
    // A decoder of zeros gives every word the same probability: its loss is log V.
    const { loss } = (readResult() as unknown as { evaluated: { loss: number } }).evaluated;
    expect(loss).toBeCloseTo(Math.log(4), 6);
  });

  it("exits 1 after a run that diverged, with its report and its files; a name that a terminal would obey is written out", async () => {
    const large = { format: "ntp-dataset@1", vocabulary: 2, contexts: [{ embedding: [1e15], next: [[0, 1]] }] };
    const file = write("large\u001b[2J.json", JSON.stringify(large));
    const { code, stdout } = await analyse([
      file,
      "--steps",
      "500",
      "--step-size",
      "1e15",
      "--out",
      "out",
      ...WITHOUT_LIMITS,
    ]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/diverged/);
    expect(stdout).toContain("large\\x1b[2J.json (json)");
    expect(stdout).not.toContain("\u001b");
    expect(results()).toEqual(["arrays.npz", "result.json"]);
    expect(readResult().status).toBe("diverged");
  });
});

describe("wrong use", () => {
  it.each<[string, () => string[], RegExp]>([
    ["a missing file", () => ["x.npz"], /^x\.npz: no such file$/],
    ["a name that a terminal would obey", () => ["\u001b[31mx.npz"], /^\\x1b\[31mx\.npz: no such file$/],
    ["a folder", () => ["."], /^\.: expected a file/],
    ["an unknown option", () => [PLANE, "--stesp", "5"], /^unknown option --stesp: did you mean --steps\?$/],
    ["a missing decoder", () => [PLANE, "--evaluate", "W.npy"], /^W\.npy: no such file$/],
    ["an output folder that is a file", () => [PLANE, "--out", write("taken", "")], /^taken: cannot write files there/],
    ["an output folder where none can be", () => [PLANE, "--out", "/proc/x"], /^\/proc\/x: cannot write files there/],
    [
      "embeddings that no memory holds",
      () => [write("few.txt", "a b a c a b"), "--dim", "1e9"],
      /^--dim: expected embeddings of at most 268435456 numbers, found \d+ × 1000000000 = \d+$/,
    ],
    ["an empty npz", () => [write("empty.npz", "")], /^empty\.npz: /],
  ])("exits 2 with one line: %s", async (_, args, message) => {
    // The last --out counts: only a test about the folder has one of its own.
    const { code, stdout, stderr } = await analyse(["--out", "out", ...args()]);
    expect(stdout).toBe("");
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(stderr.trimEnd()).toMatch(message);
    expect(code).toBe(2);
    expect(results()).toBeUndefined();
  });
});

describe("options that no run can have", () => {
  // A browser that is not there would be said first, with another exit code, if one were looked for.
  const env = { PUPPETEER_EXECUTABLE_PATH: "", CHROME_PATH: "/no/chrome" };
  const tooMany = "--steps: expected a whole number from 0 to 1000000000, found 1000000001\n";

  it("are refused before a browser is looked for", async () => {
    expect(await analyse([PLANE, "--steps", "1000000001"], { env })).toEqual({ code: 2, stdout: "", stderr: tooMany });
    const betas = await analyse([PLANE, "--betas", "0.9,0.99"], { env });
    expect(betas.stderr).toBe('--betas: the optimizer "gradient-descent" has no such constant\n');
    expect(betas.code).toBe(2);
  });

  it("are refused so of an experiment too", async () => {
    expect(await runExperiment(folder, ["plane", "--steps", "1000000001"], { env })).toMatchObject({
      code: 2,
      stderr: tooMany,
    });
  });
});

describe("a machine that is not enough", () => {
  it("exits 3 and says what to do where there is no adapter", async () => {
    const { code, stdout, stderr } = await analyse([PLANE, "--out", "out"], { env: await chromeWithout("*webgpu*") });
    expect(stdout).toBe("");
    expect(stderr).toMatch(/adapter/);
    expect(stderr).toMatch(/hardware acceleration/);
    expect(code).toBe(3);
    expect(results()).toBeUndefined();
  });

  it("exits 3 and names the ways to get a browser where there is none", async () => {
    const env = { PUPPETEER_EXECUTABLE_PATH: "", CHROME_PATH: "", PATH: "", PUPPETEER_CACHE_DIR: folder };
    expect(await analyse([PLANE], { env })).toEqual({ code: 3, stdout: "", stderr: `${NO_CHROME_MESSAGE}\n` });
  });

  it("exits 3 where what the variable names is no browser", async () => {
    const env = { PUPPETEER_EXECUTABLE_PATH: "", CHROME_PATH: "/bin/false" };
    const stderr = "/bin/false: expected a Chrome or Chromium that starts, found that it ended before it answered\n";
    expect(await analyse([PLANE, "--out", "out"], { env })).toEqual({ code: 3, stdout: "", stderr });
    expect(results()).toBeUndefined();
  });

  it("exits 3 and names the variable that leads to no browser", async () => {
    const env = { PUPPETEER_EXECUTABLE_PATH: "", CHROME_PATH: "/no/chrome" };
    const { code, stderr } = await analyse([PLANE], { env });
    expect(stderr).toBe("CHROME_PATH: expected an executable file, found /no/chrome\n");
    expect(code).toBe(3);
  });
});

it("exits 1 in a sentence where its output has no place", async () => {
  const full = openSync("/dev/full", "w");
  const { code, stderr } = await analyse(["--help"], { stdout: full });
  closeSync(full);
  expect([code, stderr]).toEqual([1, "standard output: cannot write there (no space left)\n"]);
});

const endless = [PLANE, "--steps", "1000000000", "--out", "out", ...WITHOUT_LIMITS];

it("keeps its report when the files cannot be written, and exits 1 in a sentence", async () => {
  const { code, stdout, stderr } = await analyse(endless, {
    meanwhile: async ({ kill, says }) => {
      await says(/training: step \d{3,} /);
      rmdirSync(join(folder, "out"));
      write("out", "in its place");
      kill("SIGINT");
    },
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(/entropy bound/);
  expect(stderr.split("\u001b[K").at(-1)).toBe("out: cannot write result.json there (not a folder)\n");
  expect(readFileSync(join(folder, "out"), "utf8")).toBe("in its place");
});

describe("a run that is stopped", () => {
  it("keeps what it has, in whole files", async () => {
    const { code, stdout } = await analyse(endless, {
      meanwhile: async ({ kill, says }) => {
        await says(/training: step \d{3,} /);
        kill("SIGINT");
      },
    });
    expect(code).toBe(130);
    expect(stdout).toMatch(/entropy bound/);
    expect(results()).toEqual(["arrays.npz", "result.json"]);
    expect(readResult().status).toBe("cancelled");
    const arrays = readArrays();
    expect(arrays.get("gd_decoder")?.shape).toEqual([5, 2]);
  });

  it("ends at once when stopped a second time, by whichever signal, and leaves nothing behind", async () => {
    // Chrome is held, so that the run cannot answer the first signal before the second one comes.
    const { code, stdout } = await analyse(endless, {
      env: await chromeAfter("echo $$ > chrome.pid"),
      meanwhile: async ({ kill, says }) => {
        await says(/training: step \d{3,} /);
        process.kill(Number(readFileSync(join(folder, "chrome.pid"), "utf8")), "SIGSTOP");
        kill("SIGTERM");
        await says(/stopping: again to end at once/);
        kill("SIGINT");
      },
    });
    expect([code, stdout]).toEqual([130, ""]);
    expect(readdirSync(folder).sort()).toEqual(["chrome.pid", "chrome.sh"]);
  });
});
