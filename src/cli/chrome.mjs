import { once } from "node:events";
import { accessSync, constants, existsSync, readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";

/** Only for a browser or a page that hangs: on a busy machine both can take long. */
export const HANGING_MS = 600_000;
/** How long people wait for a browser to start. */
const START_MS = 20_000;

/** @typedef {Record<string, string | undefined>} Environment */

/** What to do when {@link findChrome} finds nothing. */
export const NO_CHROME_MESSAGE = `No Chrome or Chromium was found, and one is needed for WebGPU. Any of these helps:
  - set CHROME_PATH to the browser's executable
  - install Chrome or Chromium, for example: apt-get install chromium
  - npx puppeteer browsers install chrome`;

/** Thrown when there is no browser that can be run: none at all, none where an environment variable says, or one that does not start. */
export class ChromeError extends Error {}

/**
 * The browser to run: the one that the environment names, else an installed one, else the newest in puppeteer's cache.
 * @param {Environment} [env]
 * @param {NodeJS.Platform} [platform]
 * @returns {Promise<string | undefined>} the executable's path
 * @throws {ChromeError} when PUPPETEER_EXECUTABLE_PATH or CHROME_PATH is set, but is no executable file
 */
export async function findChrome(env = process.env, platform = process.platform) {
  for (const name of ["PUPPETEER_EXECUTABLE_PATH", "CHROME_PATH"]) {
    const path = env[name];
    if (!path) continue;
    if (!isExecutable(path)) throw new ChromeError(`${name}: expected an executable file, found ${path}`);
    return path;
  }
  return installedPaths(env, platform).find(isExecutable) ?? (await findCached(env));
}

/** Where puppeteer keeps the browsers it downloads. @param {Environment} [env] */
export function browserCache(env = process.env) {
  return env.PUPPETEER_CACHE_DIR || join(env.HOME || homedir() || tmpdir(), ".cache", "puppeteer");
}

/**
 * @param {Environment} env
 * @param {NodeJS.Platform} platform
 * @returns {string[]}
 */
function installedPaths(env, platform) {
  if (platform === "darwin") {
    const folders = [...(env.HOME ? [join(env.HOME, "Applications")] : []), "/Applications"];
    return ["Google Chrome", "Chromium"].flatMap((name) =>
      folders.map((folder) => join(folder, `${name}.app`, "Contents", "MacOS", name)),
    );
  }
  if (platform === "win32") {
    const folders = [env.PROGRAMFILES, env["PROGRAMFILES(X86)"], env.LOCALAPPDATA].filter(
      (folder) => folder !== undefined,
    );
    return [join("Google", "Chrome"), "Chromium"].flatMap((name) =>
      folders.map((folder) => join(folder, name, "Application", "chrome.exe")),
    );
  }
  const folders = (env.PATH ?? "").split(delimiter).filter(Boolean);
  return ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser"].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
}

/** @param {Environment} env */
async function findCached(env) {
  const cacheDir = browserCache(env);
  if (!existsSync(cacheDir)) return undefined;
  const { Browser, getInstalledBrowsers } = browsersApi();
  const installed = await getInstalledBrowsers({ cacheDir });
  return installed
    .filter(({ browser }) => browser === Browser.CHROME || browser === Browser.CHROMIUM)
    .sort((a, b) => b.buildId.localeCompare(a.buildId, "en", { numeric: true }))
    .map(({ executablePath }) => executablePath)
    .find(isExecutable);
}

/** @throws {ChromeError} where the package is not installed */
async function loadPuppeteer() {
  try {
    return (await import("puppeteer-core")).default;
  } catch (cause) {
    throw withoutPuppeteer(cause);
  }
}

/** @param {unknown} cause */
const withoutPuppeteer = (cause) =>
  new ChromeError(
    "The command drives its browser by the package puppeteer-core, which is not installed: npm install puppeteer-core",
    { cause },
  );

/**
 * `@puppeteer/browsers` as puppeteer-core itself has it, so that both agree on the cache's layout, and it is found also
 * where packages see only what they depend on directly.
 * @returns {typeof import("@puppeteer/browsers")}
 * @throws {ChromeError} where puppeteer-core is not installed
 */
export function browsersApi() {
  const requireHere = createRequire(import.meta.url);
  try {
    /** @type {unknown} */
    const api = createRequire(requireHere.resolve("puppeteer-core"))("@puppeteer/browsers");
    return /** @type {typeof import("@puppeteer/browsers")} */ (api);
  } catch (cause) {
    throw withoutPuppeteer(cause);
  }
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Chrome's flags for this machine.
 *
 * The software adapter is named before the launch where the machine has no GPU that Chrome could use: on Linux, no render
 * device. Chrome falls back to it by itself today; naming it keeps that true where the fallback is switched off, and needs
 * no second launch. Where there is a render device nothing is forced: a GPU must never be passed over in silence.
 * @param {{ platform: NodeJS.Platform, isRoot: boolean, hasGpu: boolean }} [machine] this one when left out
 */
export function chromeFlags(machine = thisMachine()) {
  const flags = [
    "--enable-unsafe-webgpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // a GPU process that ends is started again, however often: what computes on it goes on
    "--disable-domain-blocking-for-3d-apis",
    "--disable-gpu-process-crash-limit",
  ];
  // Chrome refuses to run its sandbox as root, and says so only on its own stderr.
  if (machine.platform === "linux" && machine.isRoot) flags.push("--no-sandbox");
  if (!machine.hasGpu) flags.push("--use-webgpu-adapter=swiftshader");
  return flags;
}

function thisMachine() {
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    hasGpu: process.platform !== "linux" || hasRenderDevice(),
  };
}

function hasRenderDevice() {
  try {
    return readdirSync("/dev/dri").some((name) => name.startsWith("renderD"));
  } catch {
    return existsSync("/dev/nvidia0"); // containers are often given NVIDIA's own device files alone
  }
}

/** {@link chromeFlags} of the machine this runs on. */
const CHROME_FLAGS = chromeFlags();

/**
 * Starts Chrome, headless, without a limit on how long one call into the page may take. One that does not start in time is ended, and
 * its profile removed.
 *
 * It is driven over a pipe: Chrome ends when the pipe closes, so that it cannot outlive a process that was killed, and no
 * debugging port is open meanwhile.
 * @param {object} [options]
 * @param {readonly string[]} [options.extraArgs] further flags of Chrome
 * @param {boolean} [options.gpu] false starts it without WebGPU: `requestAdapter()` then gives null
 * @param {boolean} [options.handleSignals] false leaves SIGINT, SIGTERM and SIGHUP to the caller
 * @param {string} [options.executablePath] another Chrome than the one {@link findChrome} finds
 * @param {number} [options.startMs] how long it may take to start
 * @param {AbortSignal} [options.signal] ends the start
 * @returns {Promise<import("puppeteer-core").Browser>}
 * @throws {ChromeError} when none is found, or it does not start
 */
export async function launchChrome({
  extraArgs = [],
  gpu = true,
  handleSignals = true,
  executablePath,
  startMs = START_MS,
  signal,
} = {}) {
  const path = executablePath ?? (await findChrome());
  if (!path) throw new ChromeError(NO_CHROME_MESSAGE);
  const puppeteer = await loadPuppeteer();
  const late = new AbortController();
  const end = () => late.abort();
  const timer = setTimeout(end, startMs);
  if (signal?.aborted) end();
  signal?.addEventListener("abort", end, { once: true });
  const options = {
    executablePath: path,
    args: [...CHROME_FLAGS.filter((flag) => gpu || !flag.includes("webgpu")), ...extraArgs],
    pipe: true,
    timeout: HANGING_MS,
    protocolTimeout: 0,
    handleSIGINT: handleSignals,
    handleSIGTERM: handleSignals,
    handleSIGHUP: handleSignals,
    signal: late.signal,
  };
  try {
    const browser = await puppeteer.launch(options);
    removeProfileAtExit(browser);
    return browser;
  } catch (error) {
    const found = late.signal.aborted ? `no answer within ${startMs / 1000} s` : "that it ended before it answered";
    throw new ChromeError(`${path}: expected a Chrome or Chromium that starts, found ${found}`, { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}

/**
 * Ends Chrome without asking it, which a busy one takes seconds to answer, and removes its temporary profile.
 * @param {import("puppeteer-core").Browser} browser
 */
export async function killChrome(browser) {
  const child = browser.process();
  if (child?.pid === undefined) return;
  const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
  try {
    // it leads a group of processes, see the launch
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
  await ended;
  removeProfile(browser);
}

/** @param {import("puppeteer-core").Browser} browser */
function profileOf(browser) {
  const flag = "--user-data-dir=";
  return browser
    .process()
    ?.spawnargs.find((argument) => argument.startsWith(flag))
    ?.slice(flag.length);
}

/** Where a Chrome that was killed leaves its socket, beside the profile that links to it. @param {string} profile */
function socketFolderOf(profile) {
  try {
    const folder = dirname(readlinkSync(join(profile, "SingletonSocket")));
    return /^(org\.chromium|com\.google)\./.test(basename(folder)) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** @param {import("puppeteer-core").Browser} browser */
function removeProfile(browser) {
  const profile = profileOf(browser);
  if (profile === undefined) return;
  // its last files may still be on their way
  const all = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };
  const socketFolder = socketFolderOf(profile);
  if (socketFolder !== undefined) rmSync(socketFolder, all);
  rmSync(profile, all);
}

/**
 * Puppeteer removes the browser's temporary profile when the browser is closed, but not when the process exits before.
 * @param {import("puppeteer-core").Browser} browser
 */
function removeProfileAtExit(browser) {
  // after puppeteer's own listener, which kills the browser
  const remove = () => removeProfile(browser);
  process.once("exit", remove);
  browser.once("disconnected", () => process.off("exit", remove));
}
