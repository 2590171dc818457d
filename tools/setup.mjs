// Makes a checkout ready to run: Node, packages, a browser. Only Node's own modules until the packages are there.
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNumPy, NUMPY } from "./numpy.mjs";

/** The checkout's top folder. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Debian's packages of Mesa's llvmpipe, one of the adapters that the tests run on; Chrome itself does without. */
const MESA = ["libegl1", "libgl1-mesa-dri"];

/**
 * Brings the checkout into a state in which everything can run, or ends the process with a message: exit 1 for Node or the
 * packages, 3 for the browser. Mesa and NumPy are installed where they can be; the tests that need them fail without.
 * @param {{ browser: boolean, mesa?: boolean, numpy?: boolean }} needs
 * @returns {Promise<string | undefined>} the browser's executable, when one was asked for
 */
export async function setUp({ browser, mesa = false, numpy = false }) {
  requireNode();
  installPackages();
  if (mesa) provideMesa();
  if (numpy && findNumPy() === undefined) installDebian(NUMPY);
  return browser ? await provideChrome() : undefined;
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Node 20.19 or later is needed, and this is ${process.versions.node}.`, 1);
}

function installPackages() {
  if (packagesAreCurrent()) return;
  // npm would empty the folder behind the link, which another checkout uses
  if (lstatSync(join(ROOT, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink())
    fail("node_modules is a link, and what it leads to does not fit this checkout: remove the link.", 1);
  console.log("installing packages…");
  const command = existsSync(join(ROOT, "package-lock.json")) ? "ci" : "install";
  // npm names itself to the scripts it runs; that is the one way to call it alike on every system.
  const npm = process.env.npm_execpath;
  const [file, first] = npm ? [process.execPath, [npm]] : ["npm", []];
  const { status, error } = spawnSync(file, [...first, command, "--silent", "--no-audit", "--no-fund"], {
    cwd: ROOT,
    stdio: "inherit",
    shell: !npm && process.platform === "win32",
    env: {
      ...process.env,
      PUPPETEER_SKIP_DOWNLOAD: "true",
      // Without a home npm would keep its cache inside of the checkout.
      ...(process.env.HOME === "" && { npm_config_cache: join(tmpdir(), "npm-cache") }),
    },
  });
  if (error || status !== 0) fail(`npm ${command} failed${error ? `: ${error.message}` : ""}.`, 1);
}

/** npm writes the inner lock file last, so a broken-off installation counts as none. */
function packagesAreCurrent() {
  const installed = join(ROOT, "node_modules", ".package-lock.json");
  const wanted = join(ROOT, "package-lock.json");
  if (!existsSync(installed)) return false;
  return !existsSync(wanted) || statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
}

async function provideChrome() {
  const { NO_CHROME_MESSAGE, ChromeError, findChrome } = await import("../src/cli/chrome.mjs");
  try {
    const path =
      (await findChrome()) ??
      (downloadChrome() ? await findChrome() : undefined) ??
      (installDebian(["chromium"]) ? await findChrome() : undefined);
    return path ?? fail(NO_CHROME_MESSAGE, 3);
  } catch (error) {
    if (error instanceof ChromeError) return fail(error.message, 3);
    throw error;
  }
}

function downloadChrome() {
  console.log("no Chrome found, downloading one…");
  const script = fileURLToPath(new URL("download-browser.mjs", import.meta.url));
  return spawnSync(process.execPath, [script], { cwd: ROOT, stdio: "ignore" }).status === 0;
}

function provideMesa() {
  const query = ["--show", "--showformat=${db:Status-Status}\n", ...MESA];
  const { stdout } = spawnSync("dpkg-query", query, { encoding: "utf8" });
  if ((stdout?.match(/^installed$/gm)?.length ?? 0) < MESA.length) installDebian(MESA);
}

/**
 * Installs Debian's packages, where that may be done without asking for a password.
 * @param {string[]} packages
 */
function installDebian(packages) {
  if (process.platform !== "linux" || !isDebianLike()) return false;
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  if (sudo.length > 0 && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status !== 0) return false;
  console.log(`installing Debian's ${packages.join(" and ")}…`);
  return runApt(sudo, ["update"]) && runApt(sudo, ["install", "-y", "--no-install-recommends", ...packages]);
}

/**
 * @param {string[]} sudo
 * @param {string[]} args
 */
function runApt(sudo, args) {
  const [file = "env", ...rest] = [...sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", ...args];
  const { status, stdout, stderr } = spawnSync(file, rest, { encoding: "utf8" });
  if (status !== 0) process.stderr.write(`${stdout}${stderr}`);
  return status === 0;
}

function isDebianLike() {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
}

/**
 * @param {string} message
 * @param {number} exitCode
 * @returns {never}
 */
function fail(message, exitCode) {
  console.error(message);
  process.exit(exitCode);
}
