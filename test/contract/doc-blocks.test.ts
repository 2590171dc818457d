import { readdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { expect, test } from "vitest";
import { BENCHES, OUTSIDE, PAGE } from "../../bench/benches.mjs";
import { NextTokenLab } from "../../demo/element/index.ts";
import { PRESETS } from "../../demo/presets.ts";
import manifest from "../../package.json" with { type: "json" };
import { parseCommand } from "../../src/cli/options.ts";
import { EMBEDDING_EXPERIMENTS, EXPERIMENTS, readProblem, STUDIES } from "../../src/index.ts";
import { blocksOf, PAGES, readPage, type Block } from "../support/doc-blocks.ts";

const BLOCKS = PAGES.flatMap((page) => blocksOf(page));
const inLanguage = (...languages: string[]): Block[] => BLOCKS.filter(({ language }) => languages.includes(language));

/** What is done with the blocks of each language; another one has to say so here. */
const KINDS = {
  js: "run in test/package/guide.test.ts",
  json: "read here",
  csv: "read here",
  text: "word vectors, read here",
  html: "its attributes are checked here; test/package/embedding.test.ts and examples.test.ts run pages of this kind",
  sh: "parsed here; what is installed, and a language model, would have to be fetched",
  python: "run in test/contract/notebook.test.ts, with stand-ins for Jupyter",
  indented: "commands, which are parsed here, or formulas and what a program prints",
};

test("every block is of a kind that is tested", () => {
  expect([...new Set(BLOCKS.map(({ language }) => language))].sort()).toEqual(Object.keys(KINDS).sort());
});

test.each(inLanguage("json", "csv"))("$place is a problem", async ({ language, text }) => {
  const isLine = language === "json" && !text.includes("\n");
  const file = new File([text], `block.${isLine ? "jsonl" : language}`);
  const { kind, problem } = await readProblem(file, { corpus: { contextLength: 1 } });
  expect(kind).toBe(isLine ? "json-lines" : language === "csv" ? "table" : "json");
  expect(problem.contextCount).toBeGreaterThan(0);
});

test.each(inLanguage("text"))("$place has the vectors of its words", async ({ text }) => {
  const [[, d], ...lines] = text
    .trim()
    .split("\n")
    .map((line) => line.split(" ")) as [string[], ...string[][]];
  const table = lines.map(([word]) => `${word},${word},1`).join("\n");
  const counts = new File([`context,next,count\n${table}\n`], "counts.csv");
  const { problem } = await readProblem(counts, { vectors: new File([text], "vectors.txt") });
  expect(problem.embeddingDim).toBe(Number(d));
  expect([...problem.embeddings]).toEqual(lines.flatMap(([, ...numbers]) => numbers.map(Number)));
});

test.each(inLanguage("html"))("$place has attributes, presets and files that exist", ({ text }) => {
  const elements = [...text.matchAll(/<next-token-lab ([^>]*)>/g)].map(([, attributes]) => attributes!);
  const given = elements.flatMap((attributes) => [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)]);
  // the part of a frame's address after # has attributes too
  const [, fragment = ""] = /next-token-lab\.html#([^"]*)"/.exec(text) ?? [];
  const all = [...given.map(([, name, value]) => [name!, value!] as const), ...new URLSearchParams(fragment)];
  expect(all.length).toBeGreaterThan(0);
  for (const [name, value] of all) {
    expect(NextTokenLab.observedAttributes).toContain(name);
    if (name === "preset") expect(PRESETS.map(({ key }) => key)).toContain(value);
  }
  for (const [, path] of text.matchAll(/node_modules\/next-token-bias\/([^"]+)"/g))
    expect(manifest.files).toContain(path);
});

const PROGRAM = /^(npm|npx|node|python3?|pip) /;
const COMMANDS = PAGES.flatMap((page) => [
  ...blocksOf(page)
    .filter(({ language }) => ["sh", "indented"].includes(language))
    .flatMap(({ place, language, text }) =>
      text
        .split("\n")
        .map((line) => ({ place, line: line.trim() }))
        .filter(({ line }) => language === "sh" || PROGRAM.test(line)),
    ),
  ...[...readPage(page).matchAll(/`([^`\n]+)`/g)]
    .flatMap(([, code]) => code!.split(" && "))
    .filter((code) => PROGRAM.test(code))
    .map((line) => ({ place: page, line })),
]);

test.each(inLanguage("indented").filter(({ text }) => !PROGRAM.test(text.trim())))(
  "$place is no command but what is written with signs of mathematics",
  ({ text }) => expect(text).toMatch(/[^ -~\n]/),
);

test("commands were found", () => expect(COMMANDS.length).toBeGreaterThan(40));

const source = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
/** The flags in a program's help, which has a line for each. */
const flagsOf = (path: string): string[] => [...source(path).matchAll(/^ {2}--([\w-]+)/gm)].map(([, flag]) => flag!);

/** Names and flags that a command of this repository takes; a placeholder in capitals stands for any name. */
function expectNameAndFlags(
  args: readonly string[],
  names: readonly string[],
  flags: (name: string) => string[],
): void {
  const [name = ""] = args;
  if (name === "" || name === "--help") return;
  if (name !== "NAME") expect(names).toContain(name);
  const given = args.filter((arg) => arg.startsWith("--")).map((arg) => arg.slice(2));
  for (const flag of given) expect([...flags(name), "help"]).toContain(flag);
}

/** What stands behind the `--` of `npm run SCRIPT --`, by the script. */
const SCRIPTS: Readonly<Record<string, (args: string[]) => void>> = {
  analyse: (args) => void parseCommand(["analyse", ...args]),
  study: (args) =>
    expectNameAndFlags(args, Object.keys(STUDIES), (name) => [
      ...Object.keys(STUDIES[name]?.choices ?? {}),
      ...flagsOf("tools/study.mjs"),
    ]),
  experiment: (args) =>
    expectNameAndFlags(args, Object.keys({ ...EXPERIMENTS, ...EMBEDDING_EXPERIMENTS }), () =>
      flagsOf("tools/experiment.mjs"),
    ),
  bench: (args) =>
    expectNameAndFlags(args, [...Object.keys({ ...BENCHES, ...OUTSIDE }), PAGE], (name) =>
      Object.keys({ ...BENCHES, ...OUTSIDE }[name]?.options ?? {}),
    ),
  test: (stages) => {
    const known = [...source("tools/check.mjs").matchAll(/\{ name: "(\w+)"/g)].map(([, name]) => name);
    for (const stage of stages) expect(known).toContain(stage);
  },
};

const TEST_FILES = readdirSync(new URL("../../test", import.meta.url), { recursive: true, encoding: "utf8" }).map(
  (file) => `test/${file.replaceAll("\\", "/")}`,
);

/** @throws where a command of a page would be refused */
function expectCommand(line: string): void {
  const words = line
    .replace(/\s#.*$/, "")
    .replaceAll(/[[\]]/g, "")
    .trim()
    .split(/\s+/);
  const [program, verb, ...rest] = words;
  if (program === "pip" || verb === "install" || verb === "pack") return;
  if (program === "npm") {
    const args = rest.filter((word) => word !== "--silent");
    const script = verb === "run" ? args.shift()! : verb!;
    expect(Object.keys(manifest.scripts)).toContain(script);
    if (args.length > 0) expect(args.shift()).toBe("--");
    if (args.length > 0) SCRIPTS[script]!(args);
    return;
  }
  if (program === "npx") {
    expect(words.slice(0, 3)).toEqual(["npx", "vitest", "run"]);
    const options = { project: { type: "string" }, update: { type: "boolean", short: "u" } } as const;
    const { values, positionals } = parseArgs({ args: rest.slice(1), options, allowPositionals: true });
    expect(["node", "browser", "package"]).toContain(values.project);
    for (const path of positionals) expect(TEST_FILES.some((file) => file.startsWith(path))).toBe(true);
    return;
  }
  // a script, whose flags are in its text as its parser is told them
  const script = source(verb!);
  for (const flag of rest.filter((word) => word.startsWith("--"))) expect(script).toContain(`"${flag}"`);
}

test.each(COMMANDS)("$place: $line", ({ line }) => expectCommand(line));
