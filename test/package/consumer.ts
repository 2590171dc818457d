import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..");
export const NPM = process.platform === "win32" ? "npm.cmd" : "npm";

/** The package as it is packed, installed into a project that has nothing else. */
export interface Consumer {
  /** The project. */
  readonly root: string;
  readonly tarball: string;
  /** Files of the package. */
  readonly packed: readonly string[];
  /** Gives the project a package of this checkout. */
  lend(name: string): void;
  remove(): void;
}

/** @throws Error where nothing has been built */
export function installPackage(): Consumer {
  if (!existsSync(join(ROOT, "dist", "index.js"))) throw new Error("nothing to pack: npm run build comes first");
  const folder = mkdtempSync(join(tmpdir(), "package-test-"));
  const root = join(folder, "consumer");
  const output = run(NPM, ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], ROOT);
  const [{ filename, files }] = JSON.parse(output) as [{ filename: string; files: { path: string }[] }];
  const tarball = join(folder, filename);
  mkdirSync(root);
  writeFileSync(join(root, "package.json"), '{ "private": true, "type": "module" }\n');
  run(NPM, ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball], root);
  return {
    ...{ root, tarball, packed: files.map(({ path }) => path).sort() },
    lend: (name) => {
      const place = join(root, "node_modules", name);
      if (!existsSync(place)) symlinkSync(join(ROOT, "node_modules", name), place, "junction");
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function run(command: string, args: string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
