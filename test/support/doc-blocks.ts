import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

/** The pages that people read, from the top of the repository. */
export const PAGES: readonly string[] = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md"],
  ...[
    "bench/README.md",
    "docs/studies/README.md",
    "examples/README.md",
    "shaders/README.md",
    "test/fixtures/README.md",
  ],
  ...readdirSync(new URL("docs", ROOT))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

export const readPage = (page: string): string => readFileSync(fileURLToPath(new URL(page, ROOT)), "utf8");

/** A block of code of a page. */
export interface Block {
  /** The page and its line, as `docs/guide.md:52`. */
  readonly place: string;
  /** What stands behind its fence; "indented" where it has none. */
  readonly language: string;
  /** The heading of the second level above it; "" before the first. */
  readonly section: string;
  readonly text: string;
}

/** The blocks of a page, fenced ones and those indented by four spaces below an empty line, outside of lists. */
export function blocksOf(page: string): Block[] {
  const lines = readPage(page).split("\n");
  const blocks: Block[] = [];
  let section = "";
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\w*)/.exec(lines[i]!);
    const isIndented = (line = ""): boolean => /^ {4}\S/.test(line);
    section = /^## (.*)/.exec(lines[i]!)?.[1] ?? section;
    if (!fence && !(isIndented(lines[i]) && lines[i - 1] === "")) continue;
    const [first, place] = [fence ? i + 1 : i, `${page}:${i + 1}`];
    if (fence) for (i++; lines[i] !== "```" && i < lines.length;) i++;
    else while (isIndented(lines[i + 1])) i++;
    const text = lines.slice(first, fence ? i : i + 1).join("\n");
    blocks.push({ place, language: fence ? fence[1]! : "indented", section, text });
  }
  return blocks;
}
