import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (page: string): string => readFileSync(join(ROOT, page), "utf8");

test("the README is short", () => {
  expect(read("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(150);
});

/** Names that the examples of a page import from the package, and functions that they call without having made them. */
function namesUsed(page: string): string[] {
  const examples = [...read(page).matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, code]) => code!);
  return examples.flatMap((code) => {
    const names: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isImportSpecifier(node)) names.push((node.propertyName ?? node.name).text);
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) names.push(node.expression.text);
      node.forEachChild(visit);
    };
    visit(ts.createSourceFile("example.js", code, ts.ScriptTarget.ESNext));
    return names;
  });
}

describe.each(["README.md", "docs/guide.md"])("the examples of %s", (page) => {
  test("call what the package exports", () => {
    const names = namesUsed(page);
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !(name in library))).toEqual([]);
  });
});

const PAGES = [
  ...[
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "bench/README.md",
    "docs/studies/README.md",
    "examples/README.md",
    "shaders/README.md",
    "test/fixtures/README.md",
  ],
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** Where the links and pictures of a page lead to, if not to another site. */
const linksOf = (page: string): string[] =>
  [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);

test("links and pictures lead to files", () => {
  const links = PAGES.flatMap((page) => linksOf(page).map((path) => ({ page, path })));
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter(({ page, path }) => !existsSync(join(ROOT, dirname(page), path)))).toEqual([]);
});
