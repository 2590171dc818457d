import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blocksOf, PAGES, type Block } from "../support/doc-blocks.ts";
import { installPackage, ROOT, type Consumer } from "./consumer.ts";
import { softwareVulkan } from "./dawn.ts";

/** As docs/guide.md says at its top: every function is exported, and where `gpu` and `problem` come from. */
const GUIDE_HEAD = async (): Promise<string> => `
import { ${Object.keys(await import("../../src/index.ts")).join(", ")} } from "next-token-bias";
const gpu = await openGpu();
const problem = paper1Plane();`;

/** Sizes for a software adapter in place of those in the guide; each must be there. */
const SMALLER: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "docs/guide.md": [
    ["count: 100_000", "count: 40"],
    ["random, 4711", "random, 17"],
    ["paper2Synthetic();", "allSubsets({ vocabularySize: 6, supportSize: 3 });"],
  ],
  "README.md": [],
};

const isProgram = ({ language }: Block): boolean => ["js", "ts"].includes(language);

let consumer: Consumer;
beforeAll(() => {
  consumer = installPackage();
  consumer.lend("webgpu");
  consumer.lend("@webgpu");
});
afterAll(() => consumer?.remove());

/**
 * The blocks of a page as one program, in which a block sees what those before it have made, and may use a name again. A section that
 * makes a problem of its own keeps what it makes to itself.
 */
function programOf(blocks: readonly Block[]): string {
  let [imports, body, depth] = ["", "", 0];
  const open = (): void => void ((body += "{\n"), depth++);
  const closeTo = (outer: number): void => void ((body += "}\n".repeat(depth - outer)), (depth = outer));
  for (const section of new Set(blocks.map((block) => block.section))) {
    const own = blocks.filter((block) => block.section === section);
    const outer = depth;
    for (const { place, text } of own) {
      open();
      const isImport = /^import .*;$/gm;
      imports += `${(text.match(isImport) ?? []).join("\n")}\n`;
      body += `// ${place}\n${text.replace(isImport, "")}\n`;
    }
    if (own.some(({ text }) => text.includes("const problem ="))) closeTo(outer);
  }
  closeTo(0);
  return imports + body;
}

test("programs are in the pages that are run here alone", () => {
  const pages = PAGES.filter((page) => blocksOf(page).some(isProgram));
  expect(pages.sort()).toEqual(Object.keys(SMALLER).sort());
});

describe.each(Object.keys(SMALLER))("the programs of %s", (page) => {
  const blocks = blocksOf(page).filter(isProgram);
  const head = async (): Promise<string> => (page === "docs/guide.md" ? await GUIDE_HEAD() : "");

  test("have the types of the package", async () => {
    writeFileSync(join(consumer.root, "program.ts"), `${await head()}\n${programOf(blocks)}\nexport {};\n`);
    const compilerOptions = {
      ...{ target: "es2022", module: "esnext", moduleResolution: "bundler", noEmit: true, skipLibCheck: true },
      // as an editor checks JavaScript
      ...{ strict: false, types: ["@webgpu/types"] },
    };
    writeFileSync(join(consumer.root, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", "."], { cwd: consumer.root, encoding: "utf8" });
    expect(stdout).toBe("");
  });

  test("run to their end on Dawn, and print no NaN", async () => {
    const made = SMALLER[page]!.reduce((text, [size, smaller]) => {
      expect(text).toContain(size);
      return text.replaceAll(size, smaller);
    }, programOf(blocks));
    writeFileSync(join(consumer.root, "program.mjs"), `${await head()}\n${made}\n`);
    const { status, stdout, stderr } = spawnSync(process.execPath, ["program.mjs"], {
      ...{ cwd: consumer.root, encoding: "utf8", maxBuffer: 2 ** 28 },
      env: { ...process.env, ...(await softwareVulkan()) },
    });
    // the end of it: the line of the package that is shown first is minified
    expect({ status, stderr: stderr.slice(-1000) }).toEqual({ status: 0, stderr: expect.any(String) as string });
    expect(stdout).not.toBe("");
    expect(stdout).not.toContain("NaN");
  });
});
