import type { GpuUnavailableError } from "../src/index.ts";

/** By which of the seven reasons WebGPU is not to be had, or not as it should be. */
export type GpuReason = GpuUnavailableError["reason"];

/** The reader's browser and system, as far as the browser tells; on iOS every browser is Safari inside. */
export interface Reader {
  readonly browser: "Chrome" | "Edge" | "Firefox" | "Safari" | "another";
  /** Its main version; undefined where it is not known. */
  readonly version: number | undefined;
  readonly system: "Windows" | "macOS" | "Linux" | "Android" | "iOS" | "ChromeOS" | "another";
}

/** What is asked of `navigator`. */
export type Navigated = Pick<Navigator, "userAgent" | "maxTouchPoints">;

/** What names each browser in a user agent, before those whose names it also has; the number is the main version. */
const BROWSERS: readonly (readonly [Reader["browser"], RegExp])[] = [
  ["Edge", /\b(?:Edg|EdgA|EdgiOS)\/(\d+)/],
  ["Firefox", /\b(?:Firefox|FxiOS)\/(\d+)/],
  ["another", /\b(?:OPR|SamsungBrowser|Vivaldi|YaBrowser)\/(\d+)/],
  ["Chrome", /\b(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/],
  ["Safari", /\bVersion\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari\//],
];

/** iOS and Android before the systems that they also name. */
const SYSTEMS: readonly (readonly [Reader["system"], RegExp])[] = [
  ["iOS", /\b(?:iPhone|iPad|iPod)\b/],
  ["Android", /\bAndroid\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMacintosh\b/],
  ["ChromeOS", /\bCrOS\b/],
  ["Linux", /\bLinux\b/],
];

/** Who reads, by the user agent; an iPad that calls itself a Mac is known by its touch screen. */
export function readerOf({ userAgent, maxTouchPoints }: Navigated): Reader {
  const [browser, pattern] = BROWSERS.find(([, name]) => name.test(userAgent)) ?? (["another", /(?!)/] as const);
  const version = pattern.exec(userAgent)?.[1];
  const named = SYSTEMS.find(([, name]) => name.test(userAgent))?.[0] ?? "another";
  return {
    browser,
    version: version === undefined ? undefined : Number(version),
    system: named === "macOS" && maxTouchPoints > 1 ? "iOS" : named,
  };
}

/** What the reader can do about it, in one or two sentences. */
export function gpuAdvice(reason: GpuReason, reader: Reader): string {
  return ADVICE[reason](reader);
}

const ADVICE: Readonly<Record<GpuReason, (reader: Reader) => string>> = {
  "insecure-context": () =>
    "Browsers give WebGPU to pages over https alone, and to http://localhost: open it by such an address, or from its own machine.",
  "no-api": whereThereIsOne,
  "no-adapter": whatHidesIt,
  "software-adapter": () =>
    "Your computer's processor stands in for the GPU: the figures are the same, but they come slowly. For the GPU itself, turn hardware acceleration on in the browser's settings and keep its driver up to date.",
  limits: () => "Make the problem smaller, or use a GPU with more memory.",
  feature: () => "Update the browser and the GPU's driver, or use another GPU.",
  lost: () => "Reload the page; if it happens again, close what else uses the GPU, or make the problem smaller.",
};

/** Since when each browser has WebGPU, by system; where none is named, it has none by default. */
const SINCE: Readonly<Partial<Record<Reader["browser"], Readonly<Partial<Record<Reader["system"], number>>>>>> = {
  Chrome: { Windows: 113, macOS: 113, ChromeOS: 113, Linux: 144, Android: 121 },
  Edge: { Windows: 113, macOS: 113, Android: 121 },
  Firefox: { Windows: 141, macOS: 145 },
  Safari: { macOS: 26 },
};

/** Of a browser without the API: whether a newer version of it has one, or which other browser. */
function whereThereIsOne({ browser, version, system }: Reader): string {
  if (system === "iOS") return "On iPhone and iPad all browsers have it from iOS 26 on: update the system.";
  const since = SINCE[browser]?.[system];
  const isOld = since !== undefined && version !== undefined && version < since;
  if (isOld)
    return `${browser} has it on ${system} from version ${since} on, and this is version ${version}: update it.`;
  const others = Object.entries(SINCE).flatMap(([name, systems]) => {
    const first = systems[system];
    return first !== undefined && name !== browser ? [`${name} ${first}`] : [];
  });
  const use =
    others.length > 0
      ? `use ${listOf(others)} or later there`
      : "use Chrome or Edge from 113 on, Safari 26 or Firefox 141, on a system that has them";
  if (browser === "another") return `On ${nameOf(system)}, ${use}.`;
  return since === undefined
    ? `${browser} does not have it on ${nameOf(system)} by default: ${use}.`
    : `${browser} has it on ${nameOf(system)} as a rule, but not here, by a setting or a policy: ${use}.`;
}

const nameOf = (system: Reader["system"]): string => (system === "another" ? "this system" : system);

function listOf(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

/** Of a browser with the API that offers no adapter. */
function whatHidesIt({ browser, system }: Reader): string {
  if (system === "iOS" || browser === "Safari")
    return "Check that WebGPU is on among the feature flags in Safari's settings, and that the system is up to date.";
  if (browser === "Firefox")
    return "Check that hardware acceleration is on: in the settings, under Performance. The page about:support tells what keeps WebGPU off, as a rule the graphics driver.";
  const scheme = browser === "Edge" ? "edge" : "chrome";
  const check = `Check that hardware acceleration is on: ${scheme}://settings/system.`;
  const tells = `The page ${scheme}://gpu tells what keeps WebGPU off`;
  if (system === "Linux")
    return `${check} On Linux many drivers are left out: turn on ${scheme}://flags/#enable-unsafe-webgpu and ${scheme}://flags/#enable-vulkan, and start the browser again.`;
  if (system === "Android") return `It takes Android 12 or later, and a GPU by ARM or Qualcomm as a rule. ${tells}.`;
  return `${check} ${tells}, as a rule an old graphics driver: update it.`;
}
