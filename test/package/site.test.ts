import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inflateSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PAGES } from "../support/doc-blocks.ts";
import { ROOT } from "./consumer.ts";

const site = mkdtempSync(join(tmpdir(), "site-"));
afterAll(() => rmSync(site, { recursive: true, force: true }));

/** What `npm run docs` makes but for the check of types, which is a stage of its own; a warning ends it. */
beforeAll(() => {
  const typedoc = join(ROOT, "node_modules/typedoc/bin/typedoc");
  execFileSync(process.execPath, [typedoc, "--skipErrorChecking", "--out", site], { cwd: ROOT, stdio: "pipe" });
});

const read = (path: string): string => readFileSync(join(site, path), "utf8");
const isFile = (path: string): boolean => statSync(join(site, path), { throwIfNoEntry: false })?.isFile() ?? false;
const htmlFiles = (): string[] =>
  readdirSync(site, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".html"));
const attributes = (html: string, names: string): string[] =>
  [...html.matchAll(new RegExp(` (?:${names})="([^"]*)"`, "g"))].map(([, value]) => value!.replaceAll("&amp;", "&"));

/** The entries at the side of every page, which a script puts there, from the zlib stream that the site has of them. */
function navigation(): { readonly text: string; readonly path?: string }[] {
  const [, base64] = /"([\w+/=]+)"/.exec(read("assets/navigation.js"))!;
  return JSON.parse(inflateSync(Buffer.from(base64!, "base64")).toString()) as ReturnType<typeof navigation>;
}

test("every link leads to a file of the site, and to a heading where it names one", () => {
  const ids = new Map<string, Set<string>>();
  const idsOf = (path: string): Set<string> => {
    if (!ids.has(path)) ids.set(path, new Set(attributes(read(path), "id")));
    return ids.get(path)!;
  };
  const links = htmlFiles().flatMap((page) =>
    attributes(read(page), "href|src")
      .filter((link) => !/^(https?|data|javascript):/.test(link))
      .map((link) => ({ page, link })),
  );
  const isDead = ({ page, link }: { page: string; link: string }): boolean => {
    const [path, fragment = ""] = link.split("#").map(decodeURIComponent);
    // a server answers for a folder with its index
    const target = path === "" ? page : join(dirname(page), path!.replace(/\/$/, "/index.html"));
    if (!isFile(target)) return true;
    return fragment !== "" && !idsOf(target).has(fragment);
  };
  expect(links.length).toBeGreaterThan(1000);
  expect(links.filter(isDead)).toEqual([]);
});

test("every page that people read is in it, under its title, and beside the front page", () => {
  // the front page itself, and what only the tests' fixtures say
  const expected = PAGES.filter((page) => !["README.md", "test/fixtures/README.md"].includes(page));
  const titles = expected.map((page) => /^# (.+)$/m.exec(readFileSync(join(ROOT, page), "utf8"))![1]!);
  const entries = navigation().filter(({ path }) => path?.startsWith("documents/"));
  expect(entries.map(({ text }) => text).sort()).toEqual(titles.sort());
  expect(entries.filter(({ path }) => !isFile(path!))).toEqual([]);
});

test("the front page leads to the guides", () => {
  const front = attributes(read("index.html"), "href");
  for (const name of ["Guide_to_the_module", "In_your_own_page", "Files", "Figures", "Numerics", "Studies", "Examples"])
    expect(front).toContain(`documents/${name}.html`);
});
