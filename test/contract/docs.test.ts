import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { PAGES, readPage as read } from "../support/doc-blocks.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

test("the README is short", () => {
  expect(read("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(150);
});

/** Where the links and pictures of a page lead to, if not to another site. */
const linksOf = (page: string): string[] =>
  [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);

test("links and pictures lead to files", () => {
  const links = PAGES.flatMap((page) => linksOf(page).map((path) => ({ page, path })));
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter(({ page, path }) => !existsSync(join(ROOT, dirname(page), path)))).toEqual([]);
});
