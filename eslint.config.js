import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import globals from "globals";
import tseslint from "typescript-eslint";

/**
 * What each folder of src/ may import of ours, besides itself: arrows point one way only.
 * problem, reference, gpu ← kernels ← solvers, training ← analysis ← experiments ← index ← demo, element, bin
 * @type {Record<string, string[]>}
 */
const MAY_IMPORT = {
  problem: [],
  io: ["problem"],
  reference: ["problem"],
  gpu: [],
  kernels: ["problem", "reference", "gpu"],
  solvers: ["problem", "reference", "gpu", "kernels"],
  training: ["problem", "reference", "gpu", "kernels", "solvers"],
  analysis: ["problem", "io", "reference", "gpu", "kernels", "solvers", "training"],
  experiments: ["problem", "gpu", "training", "analysis"],
};

const FOLDERS = Object.keys(MAY_IMPORT);

/**
 * @param {{ regex: string, message: string }[]} patterns
 * @returns {import("eslint").Linter.RulesRecord}
 */
const restrict = (patterns) => ({ "no-restricted-imports": ["error", { patterns }] });

const layers = Object.entries(MAY_IMPORT).map(([folder, allowed]) => {
  const forbidden = [...FOLDERS, "element"].filter((other) => other !== folder && !allowed.includes(other));
  if (folder !== "kernels" && !allowed.includes("kernels")) forbidden.push("shaders");
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: restrict([
      {
        regex: String.raw`^\.{1,2}/(.*/)?(${forbidden.join("|")})/`,
        message: `src/${folder} may import only: ${[folder, ...allowed, "errors.ts", "options.ts", "optimizer.ts"].join(", ")}.`,
      },
      { regex: String.raw`^(\.\./)+index\.ts$`, message: "The public surface is for those outside of src." },
      { regex: String.raw`(^|/)(demo|bin|tools|test)/`, message: "src must not know who uses it." },
    ]),
  };
});

/** Only `../src/index.ts` and the page's own files, however deep the importing file is. */
const page = ["", "*/", "*/*/"].map((folder, depth) => {
  const up = String.raw`\.\./`.repeat(depth + 1);
  return {
    files: [`demo/${folder}*.ts`],
    rules: restrict([
      { regex: `^${up}(?!src/index\\.ts$)`, message: "The page imports the public surface, src/index.ts, only." },
      { regex: "^/", message: "The page imports by relative paths." },
    ]),
  };
});

export default defineConfig(
  globalIgnores(["dist/", "test/fixtures/", "results/"]),
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      globals: { ...globals.node, ...globals.browser },
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      // A leading underscore says that a parameter is there for the ones behind it.
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  { files: ["**/*.cjs"], extends: [tseslint.configs.disableTypeChecked] },
  ...layers,
  ...page,
  {
    files: ["shaders/**/*.ts"],
    rules: restrict([{ regex: "(^|/)src/", message: "A shader module imports shader modules only." }]),
  },
);
