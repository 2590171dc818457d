// Downloads puppeteer's Chrome into its cache; a process of its own, so that it can be given up at any point.
// Exit 0 when it is there, 1 when it cannot be had soon.
import { mkdirSync } from "node:fs";
import { PUPPETEER_REVISIONS } from "puppeteer-core/internal/revisions.js";
import { browserCache, browsersApi } from "../src/cli/chrome.mjs";

const FIRST_BYTE_LIMIT_MS = 15_000;
const DOWNLOAD_LIMIT_MS = 180_000;

const { Browser, install } = browsersApi();
const cacheDir = browserCache();
mkdirSync(cacheDir, { recursive: true });

const giveUp = () => process.exit(1);
const firstByte = setTimeout(giveUp, FIRST_BYTE_LIMIT_MS);
const download = setTimeout(giveUp, DOWNLOAD_LIMIT_MS);

try {
  await install({
    browser: Browser.CHROME,
    buildId: PUPPETEER_REVISIONS.chrome,
    cacheDir,
    downloadProgressCallback: (received, total) => {
      clearTimeout(firstByte);
      // Unpacking is never cut short: half an unpacked browser would be taken for a whole one later.
      if (received >= total) clearTimeout(download);
    },
  });
  process.exit(0);
} catch {
  giveUp();
}
