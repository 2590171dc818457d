import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { findChrome } from "../../src/cli/chrome.mjs";

/** What is promised of a run's figures beside the same run in float64. */
export const PROMISED = 1e-4;

/** The Vulkan that Chrome brings, as the environment names it: there is one on every machine on which the tests can run. */
export async function softwareVulkan(): Promise<Record<string, string>> {
  const chrome = dirname(realpathSync((await findChrome())!));
  const folder = [chrome, "/usr/lib/chromium"].find((each) => existsSync(join(each, "vk_swiftshader_icd.json")));
  if (folder === undefined) throw new Error(`${chrome}: expected Chrome's own SwiftShader beside it`);
  return { VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json"), LD_LIBRARY_PATH: folder };
}
