import { GLOSSARY, type Term } from "../glossary.ts";
import { make } from "./dom.ts";
import { Tip } from "./tip.ts";

const TERMS: ReadonlyMap<string, Term> = new Map(
  GLOSSARY.flatMap((term) => [term.name, ...(term.also ?? [])].map((name) => [keyOf(name), term] as const)),
);

/** Symbols keep their case; words have none. */
function keyOf(name: string): string {
  return isWord(name) ? name.toLowerCase() : name;
}

function isWord(name: string): boolean {
  return /^[a-z]{3}/i.test(name);
}

/** The longest first, and none within another symbol: no L in L_mm, no W* in ΔW*. */
const PATTERN = new RegExp(
  `(?<![\\p{L}\\p{M}_])(?:${[...TERMS.keys()]
    .sort((a, b) => b.length - a.length)
    .map((name) => patternOf(name))
    .join("|")})(?![\\p{L}\\p{M}\\p{N}_*⊥-])`,
  "gu",
);

function patternOf(name: string): string {
  const plain = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const [first = ""] = plain;
  return isWord(name) ? `[${first}${first.toUpperCase()}]${plain.slice(1)}` : plain;
}

/**
 * A text in which every known term is a button that explains it, where it comes first: on hover, focus and touch.
 * @param seen terms that are explained already; those of this text are added
 */
export function glossed(text: string, seen = new Set<Term>()): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(PATTERN)) {
    const term = TERMS.get(keyOf(found))!;
    if (seen.has(term)) continue;
    seen.add(term);
    parts.push(text.slice(end, index), glossOf(found, term));
    end = index + found.length;
  }
  return [...parts, text.slice(end)].filter((part) => part !== "");
}

function glossOf(shown: string, term: Term): HTMLButtonElement {
  const button = make("button", { type: "button", class: "gloss" }, shown);
  Tip.ofPage().explain(button, idOf(term), term.meaning);
  return button;
}

const idOf = (term: Term): string => `gloss-${GLOSSARY.indexOf(term)}`;

/** Every term with its meaning, for people who read on. */
export function renderGlossary(root: HTMLElement): void {
  root.append(
    make("h2", { id: "glossary-title" }, "Words used here"),
    make(
      "dl",
      { class: "glossary", "aria-labelledby": "glossary-title" },
      ...GLOSSARY.map(({ name, also = [], meaning }) =>
        make("div", {}, make("dt", {}, [name, ...also].join(", ")), make("dd", {}, meaning)),
      ),
    ),
  );
}
