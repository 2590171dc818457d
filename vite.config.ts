import { createHash } from "node:crypto";
import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";
import type { Plugin } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";
import { stripWgsl } from "./tools/strip-wgsl.ts";

/** Tests that need neither a browser nor a build. Every test file that is in no list is a browser test, so that none is left out. */
const NODE_TESTS = ["contract", "float64", "predictions", "reference", "support"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
const PACKAGE_TESTS = ["test/package/**/*.test.ts"];
/** Starts what the browser tests open their pages in. */
const SHARED_LAB = "test/support/shared-lab.setup.ts";
/** Only for tests that hang: a test waits for what it asserts, however busy the machine is. */
const HANGING = { testTimeout: 1_200_000, hookTimeout: 1_200_000 };

/**
 * The engine as an ES module that needs no other package at run time: index.js only exports from chunks/, where one has all that is
 * loaded at once, and the others what is loaded when it is used. `minify` is stated because Vite leaves the whitespace of an ES library otherwise.
 */
const library: ViteUserConfig = {
  publicDir: false,
  plugins: [stripWgsl()],
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    sourcemap: true,
    lib: { entry: "src/index.ts", formats: ["es"], fileName: () => "index.js" },
    rolldownOptions: {
      output: {
        chunkFileNames: "chunks/[name]-[hash].js",
        codeSplitting: {
          groups: [
            // by itself, so that a bundler can leave out all that runs problems
            {
              name: "problem",
              tags: ["$initial"],
              test: /src\/(problem\/(?!corpus)|support\/|errors\.ts)/,
              priority: 1,
            },
            { name: "core", tags: ["$initial"] },
          ],
        },
        minify: true,
      },
    },
  },
};

/** The command, and its half in the browser's page; into the library's folder, after it. */
const command: ViteUserConfig = {
  publicDir: false,
  plugins: [stripWgsl()],
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: false,
    lib: { entry: { cli: "src/cli/main.ts", "in-page": "src/cli/in-page.ts" }, formats: ["es"] },
    rolldownOptions: { external: [/^node:/, "puppeteer-core"] },
  },
};

/** Has no address for the worker: what is one file has none beside it. */
function withoutWorker(): Plugin {
  const id = "\0no-worker";
  return {
    name: "without-worker",
    enforce: "pre",
    resolveId: (wanted) => (wanted.endsWith("?worker&url") ? id : undefined),
    load: (wanted) => (wanted === id ? 'export default "";' : undefined),
  };
}

/**
 * The custom element in one file, beside the library, which it imports. It has no worker of its own: a script of another origin could not
 * open one.
 */
const element: ViteUserConfig = {
  publicDir: false,
  plugins: [
    {
      name: "beside-the-library",
      enforce: "pre",
      resolveId: (id) => (id.endsWith("/src/index.ts") ? { id: "./index.js", external: true } : undefined),
    },
    withoutWorker(),
  ],
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: false,
    sourcemap: true,
    lib: { entry: "demo/element/index.ts", formats: ["es"], fileName: () => "element.js" },
    rolldownOptions: { output: { codeSplitting: false, minify: true } },
  },
};

/** The laboratory page; it goes into a folder of the library's, which must survive it. */
const page: ViteUserConfig = {
  root: "demo",
  base: "./",
  plugins: [{ ...stripWgsl(), apply: "build" }],
  build: { target: "es2022", outDir: "../dist/page", emptyOutDir: true, sourcemap: true },
};

/** The article and the slides with elements in them, beside the laboratory, with which they share no file. */
const article: ViteUserConfig = {
  ...page,
  build: { ...page.build, emptyOutDir: false, rolldownOptions: { input: ["demo/embed.html", "demo/slides.html"] } },
};

/** Gives the page of one file its name, and a policy of its own: its script and its style are known by their hashes, nothing else is asked for. */
function asOneFile(name: string): Plugin {
  return {
    name: "as-one-file",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const page = bundle["index.html"];
        if (page?.type !== "asset") throw new Error("the page has not been built");
        const html = String(page.source);
        const hashesOf = (tag: string): string =>
          [...html.matchAll(new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`, "g"))]
            .map(([, text]) => `'sha256-${createHash("sha256").update(text!).digest("base64")}'`)
            .join(" ");
        page.fileName = name;
        page.source = html
          .replace("script-src 'self'", () => `script-src ${hashesOf("script")}`)
          .replace("style-src 'self'", () => `style-src ${hashesOf("style")}`)
          .replace("connect-src 'self'", "connect-src 'none'");
      },
    },
  };
}

/** The whole laboratory as one file that opens from a disk; into the library's folder, after it. */
const laboratory: ViteUserConfig = {
  root: "demo",
  base: "./",
  plugins: [stripWgsl(), withoutWorker(), viteSingleFile(), asOneFile("laboratory.html")],
  build: { target: "es2022", outDir: "../dist", emptyOutDir: false },
};

/** The widget for notebooks, which load it as one file with all that it needs. */
const notebook: ViteUserConfig = {
  publicDir: false,
  plugins: [stripWgsl(), withoutWorker()],
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: false,
    lib: { entry: "notebook/widget.ts", formats: ["es"], fileName: () => "widget.js" },
    rolldownOptions: { output: { codeSplitting: false, minify: true } },
  },
};

/** One run as one file, for frames and to be opened from a disk; into the library's folder, after it. */
const frame: ViteUserConfig = {
  root: "demo",
  base: "./",
  plugins: [stripWgsl(), withoutWorker(), viteSingleFile()],
  build: {
    target: "es2022",
    outDir: "../dist",
    emptyOutDir: false,
    rolldownOptions: { input: "demo/next-token-lab.html" },
  },
};

const tests: ViteUserConfig = {
  test: {
    projects: [
      { test: { name: "node", include: NODE_TESTS, isolate: false, ...HANGING, sequence: { groupOrder: 0 } } },
      {
        test: {
          name: "browser",
          include: ["test/**/*.test.ts"],
          exclude: [...NODE_TESTS, ...PACKAGE_TESTS],
          // A page computes on its own thread what the software adapter does not, so that two fill two cores.
          maxWorkers: 2,
          // the files of a worker share its page, see Lab.open
          isolate: false,
          globalSetup: SHARED_LAB,
          ...HANGING,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "package",
          include: PACKAGE_TESTS,
          ...HANGING,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
};

const CONFIGS: Readonly<Record<string, ViteUserConfig>> = {
  library,
  command,
  element,
  article,
  frame,
  laboratory,
  notebook,
  test: tests,
};

export default defineConfig(({ mode }) => CONFIGS[mode] ?? page);
