import { randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "./options.ts";

/**
 * @param path a file that is about to be read
 * @throws UsageError `x.npz: no such file`
 */
export function requireFile(path: string): void {
  try {
    if (!statSync(path).isFile()) throw new UsageError(`${path}: expected a file, found something else`);
    closeSync(openSync(path, "r"));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path}: ${reasonOf(error)}`);
  }
}

/** Results that could not be written: a line for people, exit 1. */
export class OutputError extends Error {}

/** A folder for results, that gets all of its files whole, or none of them. */
export class OutputFolder {
  /** As it was given. */
  readonly #name: string;
  readonly #folder: string;
  /** The folders that had to be made. */
  #made: readonly string[];

  /**
   * Makes the folder if it is missing, and tries to write there, so that this is known before a long run.
   * @param names of the files that will be written; a folder of such a name is refused
   * @throws UsageError
   */
  constructor(folder: string, names: readonly string[]) {
    this.#name = folder;
    this.#folder = resolve(folder);
    try {
      this.#made = makeFolder(this.#folder);
      const probe = this.#temporaryName();
      writeFileSync(probe, "", { flag: "wx" });
      rmSync(probe);
    } catch (error) {
      throw new UsageError(`${folder}: cannot write files there (${reasonOf(error)})`);
    }
    for (const name of names)
      if (isFolder(join(this.#folder, name)))
        throw new UsageError(`${join(folder, name)}: expected no folder of this name, found one`);
  }

  /**
   * Each file goes to a temporary name and to the disk; when all are there they are renamed, which cannot leave a part.
   * @param files contents by name, which can be one in a folder below
   * @throws OutputError when one cannot be written
   */
  write(files: Readonly<Record<string, string | Uint8Array>>): void {
    const entries = Object.entries(files).map(([name, content]) => ({
      name,
      content,
      temporary: this.#temporaryName(),
    }));
    const made: string[] = [];
    let current = "";
    try {
      for (const { name, content, temporary } of entries) {
        current = name;
        made.push(...makeFolder(dirname(join(this.#folder, name))));
        const file = openSync(temporary, "wx");
        try {
          writeFileSync(file, content);
          fsyncSync(file);
        } finally {
          closeSync(file);
        }
      }
      for (const { name, temporary } of entries) {
        current = name;
        renameSync(temporary, join(this.#folder, name));
      }
    } catch (error) {
      for (const { temporary } of entries) if (existsSync(temporary)) rmSync(temporary);
      removeFolders(made);
      throw new OutputError(`${this.#name}: cannot write ${current} there (${reasonOf(error)})`);
    }
    this.#made = [];
  }

  /** Takes away the folders that were made, when nothing was written. */
  discard(): void {
    removeFolders(this.#made);
  }

  #temporaryName(): string {
    return join(this.#folder, `.${randomUUID()}.tmp`);
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/**
 * Makes a folder with those above it, or none. Node's own way of it never returns below /proc.
 * @returns the folders that were made, each after the one that it is in
 */
export function makeFolder(folder: string): string[] {
  const missing: string[] = [];
  for (let above = folder; !isFolder(above) && dirname(above) !== above; above = dirname(above)) missing.unshift(above);
  missing.forEach((path, i) => {
    try {
      mkdirSync(path);
    } catch (error) {
      removeFolders(missing.slice(0, i));
      throw error;
    }
  });
  return missing;
}

function removeFolders(made: readonly string[]): void {
  try {
    for (const folder of [...made].reverse()) rmdirSync(folder);
  } catch {
    // Somebody else has put something there: it stays.
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "read-only file system",
  ENOSPC: "no space left",
  EDQUOT: "no space left",
  EFBIG: "the file is too large",
  ENOTDIR: "not a folder",
  EEXIST: "not a folder",
  ENAMETOOLONG: "the name is too long",
};

/** Why a file could not be used, in words. */
export function reasonOf(error: unknown): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
