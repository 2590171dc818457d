import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const NPM = process.platform === "win32" ? "npm.cmd" : "npm";
const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");

let folder: string;
let consumer: string;
let tarball: string;
let packed: string[];

beforeAll(() => {
  if (!existsSync(join(ROOT, "dist", "index.js"))) throw new Error("nothing to pack: npm run build comes first");
  folder = mkdtempSync(join(tmpdir(), "package-test-"));
  consumer = join(folder, "consumer");
  const output = run(NPM, ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], ROOT);
  const [{ filename, files }] = JSON.parse(output) as [{ filename: string; files: { path: string }[] }];
  tarball = join(folder, filename);
  packed = files.map(({ path }) => path).sort();
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), '{ "private": true, "type": "module" }\n');
  run(NPM, ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball], consumer);
});

afterAll(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
});

function run(command: string, args: string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** The files below a folder of the repository, as paths from its top. */
function listFiles(top: string): string[] {
  return readdirSync(join(ROOT, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

describe("the packed package", () => {
  it("holds the library, its types, the command line and nothing else", () => {
    const types = [...listFiles("src"), ...listFiles("shaders")]
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts") && !path.startsWith(join("src", "cli")))
      .map((path) => join("dist", "types", path.replace(/\.ts$/, ".d.ts")));
    const commandLine = ["bin/next-token-bias.mjs", "dist/cli.js", "dist/in-page.js"];
    const documents = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
    const library = ["dist/index.js", ...listFiles("dist/chunks")];
    expect(packed).toEqual([...documents, ...commandLine, ...library, ...types].sort());
  });

  it("satisfies publint", async () => {
    const bytes = readFileSync(tarball);
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
      `import { createProblem, ProblemError, type Problem } from "next-token-bias";
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
