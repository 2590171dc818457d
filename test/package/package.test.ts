import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
  it("holds the library, the element, the types of both, the command line, the exporter and nothing else", () => {
    const types = [...listFiles("src"), ...listFiles("shaders")]
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts") && !path.startsWith(join("src", "cli")))
      .map((path) => join("dist", "types", path.replace(/\.ts$/, ".d.ts")));
    const element = [
      "element.js",
      "element.js.map",
      "next-token-lab.html",
      "types/demo/element/index.d.ts",
      "types/demo/element/next-token-lab.d.ts",
    ];
    const commandLine = ["bin/next-token-bias.mjs", "dist/cli.js", "dist/in-page.js"];
    const exporter = ["python/export_hidden_states.py", "python/problem_arrays.py"];
    const documents = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
    expect(installed.packed).toEqual(
      [
        ...[...documents, ...commandLine, ...exporter, "dist/index.js", "dist/index.js.map"],
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
    const compilerOptions = {
      target: "es2023",
      lib: ["ES2023", "ESNext.Disposable", "DOM", "DOM.AsyncIterable"],
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

  it("brings its command", () => {
    const help = run(NPM, ["exec", "--offline", "--", "next-token-bias", "--help"], consumer);
    expect(help).toMatch(/^Usage: next-token-bias analyse FILE/);
  });

  it("analyses a file with the built library", () => {
    const bin = join(consumer, "node_modules", "next-token-bias", "bin", "next-token-bias.mjs");
    const file = join(ROOT, "test", "fixtures", "plane.npz");
    expect(run(process.execPath, [bin, "analyse", file, "--steps", "10"], consumer)).not.toBe("");
  });
});

/** What the compiler has to say: nothing when all is well. */
function compile(): string {
  try {
    return run(process.execPath, [TSC, "-p", "tsconfig.json"], consumer);
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
