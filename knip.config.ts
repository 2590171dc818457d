import type { KnipConfig } from "knip";

/** Entries are what npm scripts, the tests' browser and other processes reach by name alone. */
export default {
  entry: [
    "src/cli/{main,in-page}.ts",
    "demo/{frame,slides}/main.ts",
    "notebook/widget.ts",
    "tools/*.mjs",
    "examples/*.mjs",
    "bench/{page,run}.{ts,mjs}",
    "bench/{anisotropic,certified,claims,gd,large,laws,many,margin,norms,products,receipts,roofline,scaling,stop,stories,svd,vocabulary}.ts",
    "bench/plain-descent.ts",
    "test/**/*.page.ts",
    "test/cli/on-terminal.mjs",
    "test/support/shared-lab.setup.ts",
    ".puppeteerrc.cjs",
  ],
  project: ["{src,shaders,pictures,demo,notebook,bench,bin,examples,tools,test}/**/*.{ts,mjs}", "*.{ts,js,cjs}"],
  // puppeteer-core's own copy, which src/cli/chrome.mjs resolves from there; and what a test lends to a project, by name
  ignoreDependencies: ["@puppeteer/browsers", "webgpu"],
  // Debian's, where there is one
  ignoreBinaries: ["dpkg-query"],
} satisfies KnipConfig;
