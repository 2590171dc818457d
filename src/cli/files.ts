import { randomUUID } from "node:crypto";
import {
  closeSync,
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

/** A folder for results, that gets all of its files whole, or none of them. */
export class OutputFolder {
  readonly #folder: string;
  /** The topmost folder that had to be made. */
  #made: string | undefined;

  /**
   * Makes the folder if it is missing, and tries to write there, so that this is known before a long run.
   * @param names of the files that will be written; a folder of such a name is refused
   * @throws UsageError
   */
  constructor(folder: string, names: readonly string[]) {
    this.#folder = resolve(folder);
    try {
      this.#made = mkdirSync(this.#folder, { recursive: true });
      const probe = this.#temporaryName();
      writeFileSync(probe, "", { flag: "wx" });
      rmSync(probe);
    } catch (error) {
      throw new UsageError(`${folder}: cannot write files there (${reasonOf(error)})`);
    }
    for (const name of names)
      if (statSync(join(this.#folder, name), { throwIfNoEntry: false })?.isDirectory())
        throw new UsageError(`${join(folder, name)}: expected no folder of this name, found one`);
  }

  /**
   * Each file goes to a temporary name and to the disk; when all are there they are renamed, which cannot leave a part.
   * @param files contents by name, which can be one in a folder below
   */
  write(files: Readonly<Record<string, string | Uint8Array>>): void {
    const entries = Object.entries(files).map(([name, content]) => ({
      name,
      content,
      temporary: this.#temporaryName(),
    }));
    try {
      for (const { content, temporary } of entries) {
        const file = openSync(temporary, "wx");
        try {
          writeFileSync(file, content);
          fsyncSync(file);
        } finally {
          closeSync(file);
        }
      }
      for (const { name, temporary } of entries) {
        const path = join(this.#folder, name);
        mkdirSync(dirname(path), { recursive: true });
        renameSync(temporary, path);
      }
      this.#made = undefined;
    } catch (error) {
      for (const { temporary } of entries) rmSync(temporary, { force: true });
      throw error;
    }
  }

  /** Takes away the folders that were made, when nothing was written. */
  discard(): void {
    if (this.#made === undefined) return;
    try {
      for (let folder = this.#folder; folder.length >= this.#made.length; folder = dirname(folder)) rmdirSync(folder);
    } catch {
      // Somebody else has put something there: it stays.
    }
  }

  #temporaryName(): string {
    return join(this.#folder, `.${randomUUID()}.tmp`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "read-only file system",
  ENOSPC: "no space left",
  ENOTDIR: "not a folder",
  EEXIST: "not a folder",
  ENAMETOOLONG: "the name is too long",
};

function reasonOf(error: unknown): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
