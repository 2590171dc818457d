import { expect, test } from "vitest";
import { gpuAdvice, readerOf, type GpuReason, type Reader } from "../../demo/gpu-advice.ts";

const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
const LINUX = "Mozilla/5.0 (X11; Linux x86_64)";
const ANDROID = "Mozilla/5.0 (Linux; Android 10; K)";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)";
const BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)";
const WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const GECKO = (system: string): string => `Mozilla/5.0 (${system}; rv:140.0) Gecko/20100101 Firefox/140.0`;

const READERS: readonly (readonly [string, Reader["browser"], number | undefined, Reader["system"]])[] = [
  [`${WINDOWS} ${BLINK} Chrome/112.0.0.0 Safari/537.36`, "Chrome", 112, "Windows"],
  [`${WINDOWS} ${BLINK} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, "Edge", 140, "Windows"],
  [GECKO("Windows NT 10.0; Win64; x64"), "Firefox", 140, "Windows"],
  [`${MAC} ${BLINK} Chrome/140.0.0.0 Safari/537.36`, "Chrome", 140, "macOS"],
  [`${MAC} ${WEBKIT} Version/18.6 Safari/605.1.15`, "Safari", 18, "macOS"],
  [GECKO("Macintosh; Intel Mac OS X 10.15"), "Firefox", 140, "macOS"],
  [`${LINUX} ${BLINK} HeadlessChrome/140.0.0.0 Safari/537.36`, "Chrome", 140, "Linux"],
  [`${LINUX} ${BLINK} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, "Edge", 140, "Linux"],
  [GECKO("X11; Linux x86_64"), "Firefox", 140, "Linux"],
  [`${ANDROID} ${BLINK} Chrome/120.0.0.0 Mobile Safari/537.36`, "Chrome", 120, "Android"],
  [`${ANDROID} ${BLINK} Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0.0.0`, "Edge", 140, "Android"],
  [GECKO("Android 15; Mobile"), "Firefox", 140, "Android"],
  [`${IPHONE} ${WEBKIT} Version/18.6 Mobile/15E148 Safari/604.1`, "Safari", 18, "iOS"],
  [`${IPHONE} ${WEBKIT} CriOS/140.0.0.0 Mobile/15E148 Safari/604.1`, "Chrome", 140, "iOS"],
  [`${IPHONE} ${WEBKIT} FxiOS/140.0 Mobile/15E148 Safari/605.1.15`, "Firefox", 140, "iOS"],
  [`${IPHONE} ${WEBKIT} Version/18.0 EdgiOS/140.0 Mobile/15E148 Safari/604.1`, "Edge", 140, "iOS"],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${BLINK} Chrome/140.0.0.0 Safari/537.36`, "Chrome", 140, "ChromeOS"],
  [`${WINDOWS} ${BLINK} Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0`, "another", 124, "Windows"],
  ["curl/8.5.0", "another", undefined, "another"],
];

const reader = (browser: Reader["browser"], version: number, system: Reader["system"]): Reader => ({
  ...{ browser, version, system },
});

test.each(READERS)("%s", (userAgent, browser, version, system) => {
  expect(readerOf({ userAgent, maxTouchPoints: 0 })).toEqual({ browser, version, system });
});

test("an iPad that calls itself a Mac is known by its touch screen", () => {
  const userAgent = `${MAC} ${WEBKIT} Version/18.6 Safari/605.1.15`;
  expect(readerOf({ userAgent, maxTouchPoints: 5 })).toEqual(reader("Safari", 18, "iOS"));
});

test.each([
  [
    reader("Chrome", 112, "Windows"),
    "Chrome has it on Windows from version 113 on, and this is version 112: update it.",
  ],
  [reader("Chrome", 140, "Windows"), /as a rule, but not here.*use Edge 113 or Firefox 141 or later there/],
  [reader("Safari", 18, "macOS"), /from version 26 on, and this is version 18: update it/],
  [reader("Firefox", 144, "macOS"), /from version 145 on/],
  [reader("Firefox", 150, "Linux"), "Firefox does not have it on Linux by default: use Chrome 144 or later there."],
  [reader("Firefox", 150, "Android"), /use Chrome 121 or Edge 121/],
  [reader("Chrome", 140, "iOS"), /from iOS 26 on: update the system/],
  [reader("another", 124, "Windows"), "On Windows, use Chrome 113, Edge 113 or Firefox 141 or later there."],
  [reader("another", 1, "another"), /^On this system, use Chrome or Edge from 113 on/],
])("a browser without the API: %j", (of, said) => {
  expect(gpuAdvice("no-api", of)).toMatch(said);
});

test.each([
  [reader("Chrome", 140, "Linux"), /chrome:\/\/flags\/#enable-unsafe-webgpu and chrome:\/\/flags\/#enable-vulkan/],
  [reader("Edge", 140, "Windows"), /edge:\/\/settings\/system\. The page edge:\/\/gpu tells/],
  [reader("Chrome", 140, "Android"), /Android 12 or later/],
  [reader("Firefox", 145, "macOS"), /about:support/],
  [reader("Safari", 26, "macOS"), /feature flags/],
  [reader("Chrome", 140, "iOS"), /Safari's settings/],
])("a browser without an adapter: %j", (of, said) => {
  expect(gpuAdvice("no-adapter", of)).toMatch(said);
});

test("every reason has its own words for every reader, in whole sentences", () => {
  const reasons: Record<GpuReason, true> = {
    "insecure-context": true,
    "no-api": true,
    "no-adapter": true,
    "software-adapter": true,
    limits: true,
    feature: true,
    lost: true,
  };
  for (const [userAgent] of READERS) {
    const said = Object.keys(reasons).map((reason) =>
      gpuAdvice(reason as GpuReason, readerOf({ userAgent, maxTouchPoints: 0 })),
    );
    expect(new Set(said).size).toBe(said.length);
    for (const text of said) expect(text).toMatch(/^[A-Z](?!.*undefined).*\.$/);
  }
});
