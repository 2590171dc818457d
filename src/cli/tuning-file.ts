import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { makeFolder } from "./files.ts";

/** What a page has measured of its device, as it keeps it: texts by name, see `TuningStore`. */
export type Measured = Readonly<Record<string, string>>;

/** A file of the user's cache folder, so that a command does not measure again what one before it has. */
export function tuningFile(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const home = env.HOME || homedir();
  const folder =
    platform === "win32"
      ? env.LOCALAPPDATA || join(home, "AppData", "Local")
      : platform === "darwin"
        ? join(home, "Library", "Caches")
        : env.XDG_CACHE_HOME || join(home, ".cache");
  return join(folder, "next-token-bias", "tuning.json");
}

/** What the file holds; nothing where it is not there, not readable or another's. */
export function readMeasured(path: string): Measured {
  try {
    const found: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof found !== "object" || found === null) return {};
    const entries = Object.entries(found).filter(
      ([name, text]) => name.startsWith("next-token-bias|") && typeof text === "string",
    );
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}

/** Adds what the file does not hold yet, whole or not at all; where it cannot be written, the next command measures again. */
export function keepMeasured(path: string, measured: Measured): void {
  const known = readMeasured(path);
  if (Object.entries(measured).every(([name, text]) => known[name] === text)) return;
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    makeFolder(dirname(path));
    writeFileSync(temporary, JSON.stringify({ ...known, ...measured }), { flag: "wx" });
    try {
      renameSync(temporary, path);
    } catch {
      rmSync(temporary);
    }
  } catch {
    // nowhere to keep it
  }
}
