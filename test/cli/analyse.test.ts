import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findChrome, NO_CHROME_MESSAGE } from "../../src/cli/chrome.mjs";
import { writeNpy } from "../../src/formats/npy.ts";
import { readNpz, writeNpz } from "../../src/formats/npz.ts";
import { FIGURES } from "../../src/figures/figures.ts";
import type { RunRecord } from "../../src/index.ts";
import { runAnalyse, type Ended, type Environment } from "./command.ts";
import { requireClose, requireCloseInNorm, requireRelative } from "../support/compare.ts";
import { caseArray, caseNumber, caseTrace } from "../support/fixtures.ts";

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

const results = () => (existsSync(join(folder, "out")) ? readdirSync(join(folder, "out")).sort() : undefined);
const readResult = () => JSON.parse(readFileSync(join(folder, "out", "result.json"), "utf8")) as { status: string };
const readArrays = () => readNpz("arrays.npz", readFileSync(join(folder, "out", "arrays.npz")), ["gd_decoder"]);

describe("a run", () => {
  it.each(["plane", "mixed-supports", "clash", "support-clash"])(
    "of %s gives the solved case's figures",
    async (name) => {
      const decoder = caseArray(name, "probe_decoder");
      write("W.npy", writeNpy(decoder.data, decoder.shape));
      const file = join(import.meta.dirname, "..", "fixtures", `${name}.npz`);
      const { code } = await analyse([
        file,
        "--limits-within",
        "3600",
        "--record",
        "1,10,100,1000",
        "--evaluate",
        "W.npy",
        "--out",
        "out",
      ]);
      expect(code).toBe(0);
      const isSeparable = caseNumber(name, "separable") === 1;
      const limitKeys = isSeparable ? ["max_margin_decoder", "max_margin_dual"] : ["nonseparable_certificate"];
      const keys = [
        "entropy",
        "gd_step",
        "gd_trace",
        "gap",
        "gradient",
        "projection",
        "log_odds_decoder",
        ...limitKeys,
      ];
      const arrays = readNpz("arrays.npz", readFileSync(join(folder, "out", "arrays.npz")), keys);
      const of = (key: string): Float64Array => arrays.get(key)!.data as Float64Array;
      requireClose("entropy", of("entropy"), caseArray(name, "entropy").data, 1e-12);
      requireRelative("gd_step", of("gd_step")[0]!, caseNumber(name, "gd_step"), 1e-8);
      requireRelative("gap", of("gap")[0]!, caseNumber(name, "probe_gap"), 1e-4);
      requireCloseInNorm("gradient", of("gradient"), caseArray(name, "probe_gradient").data, 1e-5);
      const trace = caseTrace(name).slice(0, 4);
      const width = 1 + FIGURES.filter(({ npzColumn }) => npzColumn !== undefined).length;
      expect(arrays.get("gd_trace")!.shape).toEqual([4, width]);
      trace.forEach(({ step, gap, norm, subspaceError, alignment, alignmentPerp }, i) => {
        const [stepFound, gapFound, normFound, ...towards] = of("gd_trace").slice(width * i, width * i + 6);
        expect(stepFound).toBe(step);
        requireRelative(`gap after ${step} steps`, gapFound!, gap, 1e-4);
        requireRelative(`norm after ${step} steps`, normFound!, norm, 1e-5);
        const expected = [subspaceError, alignment, alignmentPerp];
        if (isSeparable) requireClose(`limits after ${step} steps`, towards, expected, 1e-5 * (1 + norm));
        else expect(towards.slice(1)).toEqual([NaN, NaN]);
      });
      const close = (key: string, as: string): void => requireCloseInNorm(key, of(key), caseArray(name, as).data, 1e-5);
      close("projection", "probe_projection");
      close("log_odds_decoder", "log_odds_decoder");
      if (isSeparable) close("max_margin_decoder", "max_margin_decoder");
      const { compatibility, margin, verdict } = readResult() as unknown as Pick<
        RunRecord,
        "compatibility" | "margin" | "verdict"
      >;
      const isCompatible = caseNumber(name, "compatible") === 1;
      expect(compatibility).toMatchObject({
        status: isCompatible ? "compatible" : "incompatible",
        rank: caseNumber(name, "subspace_rank"),
      });
      expect(margin!.status).toBe(isSeparable ? "optimal-certified" : "infeasible-certified");
      expect([verdict!.compatible.holds, verdict!.separable.holds]).toEqual(
        [isCompatible, isSeparable].map((holds) => (holds ? "yes" : "no")),
      );
    },
  );

  it("says of probabilities that were stored as float32 what those can tell", async () => {
    // contexts h, 2h, −h with h = 1 and the logits 0.3, −0.8, 1.1 of it
    const embeddings = [1, 2, -1];
    const probabilities = embeddings.flatMap((h) => {
      const parts = [0.3, -0.8, 1.1].map((logit) => Math.exp(logit * h));
      return parts.map((part) => part / parts.reduce((sum, other) => sum + other, 0));
    });
    const problem = writeNpz({
      embeddings: { data: Float64Array.from(embeddings), shape: [3, 1] },
      offsets: { data: Int32Array.of(0, 3, 6, 9), shape: [4] },
      tokens: { data: Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1, 2), shape: [9] },
      probabilities: { data: Float32Array.from(probabilities), shape: [9] },
      vocabulary: { data: Int32Array.of(3), shape: [] },
    });
    const { code } = await analyse([write("float32.npz", problem), "--steps", "20", "--out", "out"]);
    expect(code).toBe(0);
    const { verdict } = readResult() as unknown as Pick<RunRecord, "verdict">;
    expect(verdict!.compatible.holds).toBe("yes");
    expect(verdict!.compatible.because).toMatch(/, as far as float32 probabilities can tell$/);
  });

  it("finds the regularization path, and runs another optimiser", async () => {
    const { data, shape } = caseArray("plane", "ridge_path");
    const lambdas = Array.from({ length: shape[0]! }, (_, i) => data[5 * i]!);
    const options = ["--optimizer", "adam", "--schedule", "inverse-sqrt", "--steps", "20", "--out", "out"];
    const { code, stderr } = await analyse([PLANE, "--ridge", lambdas.join(","), ...options]);
    expect([code, stderr]).toEqual([0, ""]);
    const arrays = readNpz("arrays.npz", readFileSync(join(folder, "out", "arrays.npz")), [
      "ridge_path",
      "ridge_decoders",
    ]);
    expect(arrays.get("ridge_path")!.shape).toEqual([lambdas.length, 5]);
    const found = arrays.get("ridge_path")!.data as Float64Array;
    lambdas.forEach((lambda, i) => {
      expect(found[5 * i]).toBe(lambda);
      requireRelative(`norm at ${lambda}`, found[5 * i + 1]!, data[5 * i + 1]!, 1e-5);
      requireRelative(`gap at ${lambda}`, found[5 * i + 2]!, data[5 * i + 2]!, 1e-5);
      requireClose(`cosine at ${lambda}`, [found[5 * i + 3]!], [data[5 * i + 3]!], 1e-5);
    });
    const decoders = caseArray("plane", "ridge_decoders");
    expect(arrays.get("ridge_decoders")!.shape).toEqual(decoders.shape);
    requireCloseInNorm("decoders", arrays.get("ridge_decoders")!.data as Float64Array, decoders.data, 1e-5);
    expect(readResult()).toMatchObject({ optimizer: "adam", schedule: "inverse-sqrt", stepSize: 0.01 });
  });

  it("prints its report and nothing else, and leaves nothing behind", async () => {
    const { code, stdout, stderr } = await analyse([PLANE, "--steps", "20"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/entropy bound +0\.98910/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("writes the two files into a folder that it makes, and measures a given decoder too", async () => {
    const decoder = write("W.npy", writeNpy(new Float64Array(10), [5, 2]));
    const options = ["--steps", "20", "--record", "1,5,20", "--evaluate", decoder, "--out", "out"];
    const { code, stderr } = await analyse([PLANE, ...options]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(results()).toEqual(["arrays.npz", "result.json"]);
    expect(readResult()).toMatchObject({ status: "done", seed: 1, trace: [{ step: 1 }, { step: 5 }, { step: 20 }] });
    const arrays = readArrays();
    expect(arrays.get("gd_decoder")?.shape).toEqual([5, 2]);
    // A decoder of zeros gives every word the same probability: its loss is log V.
    const { loss } = (readResult() as unknown as { evaluated: { loss: number } }).evaluated;
    expect(loss).toBeCloseTo(Math.log(5), 6);
  });

  it("takes a text, with its options", async () => {
    const text = write("rhyme.txt", "one two three one two four one two three four one three two one ".repeat(5));
    const options = ["--contexts", "windows", "--context-length", "1", "--embedding", "orthonormal", "--dim", "8"];
    const { code, stdout, stderr } = await analyse([text, ...options, "--steps", "5"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/4 contexts, 4 words, embedding dimension 8/);
  });

  it("goes without the limits that are not found in time", async () => {
    const { code, stdout, stderr } = await analyse([PLANE, "--steps", "5", "--limits-within", "0"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^compatible +undecided: The search for W\* and W_mm was ended after 0 seconds\.$/m);
    expect(stdout).toMatch(/^loss gap /m);
  });

  it("goes without a margin where every context is followed by every word", async () => {
    const full = [
      [0, 0.75],
      [1, 0.25],
    ];
    const contexts = [
      { embedding: [1, 0], next: full },
      { embedding: [0, 1], next: full },
    ];
    const file = write("full.json", JSON.stringify({ format: "ntp-dataset@1", vocabulary: 2, contexts }));
    const { code, stdout, stderr } = await analyse([file, "--steps", "5"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^separable +yes: every word follows every context/m);
    expect(stdout).toMatch(/^finite minimiser +yes: /m);
    expect(stdout).toMatch(/^theory .*W tends to W\*\./m);
  });

  it("exits 1 after a run that diverged, with its report and its files", async () => {
    const large = { format: "ntp-dataset@1", vocabulary: 2, contexts: [{ embedding: [1e15], next: [[0, 1]] }] };
    const file = write("large.json", JSON.stringify(large));
    const { code, stdout } = await analyse([file, "--steps", "500", "--step-size", "1e15", "--out", "out"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/diverged/);
    expect(results()).toEqual(["arrays.npz", "result.json"]);
    expect(readResult().status).toBe("diverged");
  });
});

describe("wrong use", () => {
  it.each<[string, () => string[], RegExp]>([
    ["a missing file", () => ["x.npz"], /^x\.npz: no such file$/],
    ["a folder", () => ["."], /^\.: expected a file/],
    ["an unknown option", () => [PLANE, "--stesp", "5"], /^unknown option --stesp: did you mean --steps\?$/],
    ["a missing decoder", () => [PLANE, "--evaluate", "W.npy"], /^W\.npy: no such file$/],
    [
      "a decoder too large for float32, before any training",
      () => [PLANE, "--evaluate", write("huge.npy", writeNpy(new Float64Array(10).fill(1e30), [5, 2]))],
      /^huge\.npy: decoder: expected finite numbers below 1e18 in size, found \S+ at row 0, column 0$/,
    ],
    [
      "embeddings that are all zero",
      () => [
        write(
          "zero.json",
          JSON.stringify({ format: "ntp-dataset@1", vocabulary: 2, contexts: [{ next: [[0, 1]], embedding: [0] }] }),
        ),
      ],
      /^zero\.json: embeddings: expected some to differ from zero, found none/,
    ],
    ["a decoder that is none", () => [PLANE, "--evaluate", PLANE], /^plane\.npz: /],
    ["an output folder that is a file", () => [PLANE, "--out", write("taken", "")], /^taken: cannot write files there/],
    ["an empty text", () => [write("empty.txt", "")], /^empty\.txt: /],
    ["an empty npz", () => [write("empty.npz", "")], /^empty\.npz: /],
    ["a text of one word", () => [write("word.txt", "word")], /^word\.txt: /],
    ["half an npz", () => [write("half.npz", readFileSync(PLANE).subarray(0, 4000))], /^half\.npz: /],
    ["JSON that is none", () => [write("bad.json", '{ "format": ')], /^bad\.json: /],
    ["an impossible problem", () => [write("p.json", '{ "format": "ntp-dataset@1" }')], /^p\.json: /],
    [
      "too few dimensions",
      () => [write("t.txt", "a b c a c b a"), "--embedding", "orthonormal", "--dim", "1"],
      /^--dim: |^t\.txt: /,
    ],
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

  it("exits 3 and names the variable that leads to no browser", async () => {
    const env = { PUPPETEER_EXECUTABLE_PATH: "", CHROME_PATH: "/no/chrome" };
    const { code, stderr } = await analyse([PLANE], { env });
    expect(stderr).toBe("CHROME_PATH: expected an executable file, found /no/chrome\n");
    expect(code).toBe(3);
  });
});

describe("a run that is stopped", () => {
  const endless = [PLANE, "--steps", "1000000000", "--out", "out"];

  it.each(["SIGINT", "SIGTERM"] as const)("keeps what it has, in whole files: %s", async (signal) => {
    const { code, stdout } = await analyse(endless, {
      meanwhile: async ({ kill, says }) => {
        await says(/training: step \d{3,} /);
        kill(signal);
      },
    });
    expect(code).toBe(130);
    expect(stdout).toMatch(/entropy bound/);
    expect(results()).toEqual(["arrays.npz", "result.json"]);
    expect(readResult().status).toBe("cancelled");
    const arrays = readArrays();
    expect(arrays.get("gd_decoder")?.shape).toEqual([5, 2]);
  });

  it("ends at once when stopped a second time, and leaves nothing behind", async () => {
    // Chrome is held, so that the run cannot answer the first signal before the second one comes.
    const { code, stdout } = await analyse(endless, {
      env: await chromeAfter("echo $$ > chrome.pid"),
      meanwhile: async ({ kill, says }) => {
        await says(/training: step \d{3,} /);
        process.kill(Number(readFileSync(join(folder, "chrome.pid"), "utf8")), "SIGSTOP");
        kill("SIGINT");
        await says(/stopping: again to end at once/);
        kill("SIGINT");
      },
    });
    expect([code, stdout]).toEqual([130, ""]);
    expect(readdirSync(folder).sort()).toEqual(["chrome.pid", "chrome.sh"]);
  });
});
