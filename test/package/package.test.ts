import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../../src/index.ts";
import { PROMISED, softwareVulkan } from "./dawn.ts";
import { installPackage, NPM, ROOT, run, type Consumer } from "./consumer.ts";

const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");

let installed: Consumer;
let consumer: string;

beforeAll(() => {
  installed = installPackage();
  consumer = installed.root;
});
afterAll(() => installed?.remove());

/** The files below a folder of the repository, as paths from its top. */
function listFiles(top: string): string[] {
  return readdirSync(join(ROOT, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

describe("the packed package", () => {
  it("holds the library, the element and the pages of one file, the types, the command line, the exporter and nothing else", () => {
    const types = [...listFiles("src"), ...listFiles("shaders")]
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts") && !path.startsWith(join("src", "cli")))
      .map((path) => join("dist", "types", path.replace(/\.ts$/, ".d.ts")));
    const element = [
      "element.js",
      "element.js.map",
      "laboratory.html",
      "next-token-lab.html",
      "widget.js",
      "types/demo/element/index.d.ts",
      "types/demo/element/next-token-lab.d.ts",
    ];
    const commandLine = ["bin/next-token-bias.mjs", "dist/cli.js", "dist/in-page.js"];
    const python = ["notebook/next_token_lab.py", "python/export_hidden_states.py", "python/problem_arrays.py"];
    const documents = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
    const library = ["dist/index.js", ...listFiles("dist/chunks")];
    expect(installed.packed).toEqual(
      [
        ...[...documents, ...commandLine, ...python, ...library],
        ...element.map((name) => `dist/${name}`),
        ...types,
      ].sort(),
    );
  });

  it("satisfies publint", async () => {
    const bytes = readFileSync(installed.tarball);
    const { messages, pkg } = await publint({
      strict: true,
      pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it("loads in Node, where there is no DOM, and exports what src/index.ts exports", async () => {
    const script = 'import("next-token-bias").then((m) => console.log(JSON.stringify(Object.keys(m).sort())))';
    const exported = JSON.parse(run(process.execPath, ["-e", script], consumer)) as string[];
    expect(exported).toEqual(Object.keys(await import("../../src/index.ts")).sort());
  });

  it.each([
    { module: "nodenext", moduleResolution: "nodenext" },
    { module: "esnext", moduleResolution: "bundler" },
  ])("has types for moduleResolution $moduleResolution", ({ module, moduleResolution }) => {
    writeFileSync(
      join(consumer, "consumer.ts"),
      `import "next-token-bias/element";
       import type { RunEventDetail } from "next-token-bias/element";
       export const stepOf = ({ step }: RunEventDetail): number => step;
       export const pause = (lab: HTMLElementTagNameMap["next-token-lab"]): void => lab.pause();
       import { createProblem, ProblemError, type Problem } from "next-token-bias";
       export const count = (problem: Problem): number => problem.contextCount;
       export const isOurs = (error: unknown): boolean => error instanceof ProblemError;
       // @ts-expect-error: a problem is no number; an import that resolved to nothing typed would be
       export const wrong: number = createProblem;\n`,
    );
    // the libraries that come with the target, all declarations checked
    const compilerOptions = {
      target: "es2022",
      module,
      moduleResolution,
      strict: true,
      noEmit: true,
      types: [],
    };
    writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
    expect(compile()).toBe("");
  });

  it("loads its element where there is no DOM", () => {
    const script = 'import("next-token-bias/element").then((m) => console.log(typeof m.NextTokenLab))';
    expect(run(process.execPath, ["-e", script], consumer).trim()).toBe("function");
  });

  it("lets go of what is not used: a page that makes problems alone loads 12 kB at most", async () => {
    const source =
      'import { paper1Plane, synthetic } from "next-token-bias";\nglobalThis.made = [paper1Plane, synthetic];\n';
    writeFileSync(join(consumer, "generators.js"), source);
    const { output } = (await build({
      ...{ root: consumer, configFile: false, logLevel: "error" },
      build: { target: "es2022", write: false, modulePreload: false, rolldownOptions: { input: "generators.js" } },
    })) as { output: { fileName: string; isEntry?: boolean; imports?: string[]; code?: string }[] };
    const loaded = new Set(output.filter(({ isEntry }) => isEntry));
    for (const { imports = [] } of loaded)
      for (const name of imports) loaded.add(output.find(({ fileName }) => fileName === name)!);
    const code = [...loaded].map((part) => part.code ?? "").join("");
    expect(code).toContain("made");
    expect(gzipSync(code).length).toBeLessThanOrEqual(12_000);
  });

  it("brings its command", () => {
    const help = run(NPM, ["exec", "--offline", "--", "next-token-bias", "--help"], consumer);
    expect(help).toMatch(/^Usage: next-token-bias analyse FILE/);
  });

  it("has no dependency: its command says what it needs, and analyses a file where that is", () => {
    expect(readdirSync(join(consumer, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
      "next-token-bias",
    ]);
    const bin = join(consumer, "node_modules", "next-token-bias", "bin", "next-token-bias.mjs");
    const file = join(ROOT, "test", "fixtures", "plane.npz");
    const { status, stderr } = spawnSync(process.execPath, [bin, "analyse", file], { cwd: consumer, encoding: "utf8" });
    expect(stderr.trim().split("\n")).toEqual([expect.stringContaining("npm install puppeteer-core")]);
    expect(status).toBe(3);
    installed.lend("puppeteer-core");
    expect(run(process.execPath, [bin, "analyse", file, "--steps", "10"], consumer)).not.toBe("");
  });

  it("opens Dawn in Node where it is installed, and otherwise says how to get it", async () => {
    const script = `
      import { openGpu, paper1Plane, referenceDescent, train } from "next-token-bias";
      try {
        const gpu = await openGpu();
        const problem = paper1Plane();
        const { trace, stepSize } = await train(gpu, problem, { steps: 500, record: [500] }).result();
        const [expected] = referenceDescent(problem, { stepSize, recorded: [500] }).trace;
        console.log(JSON.stringify({ label: gpu.adapter.label, found: trace.at(-1).norm, expected: expected.norm }));
        gpu.destroy();
      } catch ({ message, reason, advice }) {
        console.log(JSON.stringify({ message, reason, advice }));
      }`;
    const answer = async (vulkan = softwareVulkan()): Promise<Record<string, unknown>> =>
      JSON.parse(
        execFileSync(process.execPath, ["--input-type=module", "-e", script], {
          ...{ cwd: consumer, encoding: "utf8", env: { ...process.env, ...(await vulkan) } },
          stdio: ["ignore", "pipe", "ignore"],
        }),
      ) as Record<string, unknown>;
    expect(await answer()).toEqual({
      message: "Node has no WebGPU of its own, and no package webgpu was found.",
      reason: "no-api",
      advice: "Install Dawn by npm install webgpu, or give an entry point of your own: openGpu({ gpu }).",
    });
    installed.lend("webgpu");
    const { reason, advice } = await answer(NOTHING);
    expect(reason).toBe("no-adapter");
    expect(advice).toContain("Vulkan");
    const { label, found, expected } = await answer();
    expect(label).not.toBe("");
    expect(Math.abs((found as number) / (expected as number) - 1)).toBeLessThan(PROMISED);
  });

  it("analyses a file without a browser, on Dawn, with the figures that it has in one", async () => {
    installed.lend("webgpu");
    installed.lend("puppeteer-core");
    const bin = join(consumer, "node_modules", "next-token-bias", "bin", "next-token-bias.mjs");
    const file = join(ROOT, "test", "fixtures", "plane.npz");
    const lossGap = (out: string, args: readonly string[], env = {}): number => {
      const all = [bin, "analyse", file, "--steps", "50", "--out", out, ...args];
      execFileSync(process.execPath, all, { cwd: consumer, env: { ...process.env, ...env } });
      const result = JSON.parse(readFileSync(join(consumer, out, "result.json"), "utf8")) as RunRecord;
      return result.trace.at(-1)!.lossGap;
    };
    // Chrome's, and its executable hidden from who would use it after all
    const env = { ...(await softwareVulkan()), CHROME_PATH: "/none" };
    const [inNode, inChrome] = [lossGap("on-dawn", ["--engine", "dawn"], env), lossGap("in-chrome", [])];
    expect(inNode).toBeGreaterThan(0);
    // each is as near to float64 as is promised
    expect(Math.abs(inNode / inChrome - 1)).toBeLessThan(2 * PROMISED);
  });

  it("has types that resolve for ES modules and for bundlers, by the rules of attw", async () => {
    const tarball = createPackageFromTarballData(new Uint8Array(readFileSync(installed.tarball)));
    const result = await checkPackage(tarball);
    if (!result.types) throw new Error("expected types");
    // the package has no CommonJS, and node10 knows no exports
    const old = (kind: string | undefined): boolean => kind === "node10" || kind === "node16-cjs";
    const problems = result.problems.filter((problem) => !("resolutionKind" in problem && old(problem.resolutionKind)));
    expect(problems).toEqual([]);
    expect(Object.keys(result.entrypoints)).toEqual([".", "./element", "./package.json"]);
  });
});

/** No Vulkan at all. */
const NOTHING = Promise.resolve({ VK_ICD_FILENAMES: "/none", VK_DRIVER_FILES: "/none" });

/** What the compiler has to say: nothing when all is well. */
function compile(): string {
  try {
    return run(process.execPath, [TSC, "-p", "tsconfig.json"], consumer);
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
