import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { OutputError, OutputFolder } from "../../src/cli/files.ts";
import { UsageError } from "../../src/cli/options.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "output-folder-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it("gets its files, in folders below too, and those it had before are replaced", () => {
  mkdirSync(join(root, "a"));
  writeFileSync(join(root, "a", "one"), "old");
  const folder = new OutputFolder(join(root, "a"), ["one"]);
  folder.write({ one: "1", "below/further/two": Uint8Array.of(50) });
  folder.discard();
  expect(readdirSync(join(root, "a"), { recursive: true }).sort()).toEqual([
    "below",
    join("below", "further"),
    join("below", "further", "two"),
    "one",
  ]);
  expect(readFileSync(join(root, "a", "one"), "utf8")).toBe("1");
});

it("is made with what is above it, and all of that is taken away when nothing is written", () => {
  const folder = new OutputFolder(join(root, "a", "b", "c"), []);
  expect(existsSync(join(root, "a", "b", "c"))).toBe(true);
  folder.discard();
  expect(readdirSync(root)).toEqual([]);
});

it("is refused where none can be made, and nothing is left of the attempt", () => {
  writeFileSync(join(root, "file"), "");
  const [inFile, tooLong] = [join(root, "file", "x"), join(root, "a", "b".repeat(300))];
  expect(() => new OutputFolder(inFile, [])).toThrow(
    new UsageError(`${inFile}: cannot write files there (not a folder)`),
  );
  expect(() => new OutputFolder(tooLong, [])).toThrow(
    new UsageError(`${tooLong}: cannot write files there (the name is too long)`),
  );
  expect(readdirSync(root)).toEqual(["file"]);
});

it("keeps what it had when one of its files cannot be written, and says which", () => {
  writeFileSync(join(root, "one"), "old");
  writeFileSync(join(root, "taken"), "");
  const folder = new OutputFolder(root, []);
  const files = { one: "new", "below/two": "2", "taken/three": "3" };
  expect(() => folder.write(files)).toThrow(new OutputError(`${root}: cannot write taken/three there (not a folder)`));
  expect(readdirSync(root).sort()).toEqual(["one", "taken"]);
  expect(readFileSync(join(root, "one"), "utf8")).toBe("old");
});

it("keeps nothing of a file that there is no space for, nor of those before it", () => {
  const cli = pathToFileURL(join(import.meta.dirname, "..", "..", "tools", "cli.mjs")).href;
  const program = `
    const { OutputFolder } = await import("${cli}");
    const folder = new OutputFolder("out", []);
    process.on("exit", () => folder.discard());
    try {
      folder.write({ small: "1", large: new Uint8Array(2 ** 20) });
    } catch (error) {
      console.log(error.message);
    }`;
  const limited = spawnSync(
    "sh",
    ["-c", 'ulimit -f 64; exec "$0" --input-type=module -e "$1"', process.execPath, program],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  expect(limited.stdout).toBe("out: cannot write large there (the file is too large)\n");
  expect(readdirSync(root)).toEqual([]);
});
