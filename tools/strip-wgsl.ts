import MagicString, { type SourceMap } from "magic-string";
import { parseAst, type Plugin } from "vite";

interface Template {
  readonly start: number;
  readonly end: number;
  readonly expressions: ReadonlyArray<{ readonly start: number; readonly end: number }>;
  readonly quasis: ReadonlyArray<{ readonly start: number; readonly end: number }>;
}

/** A line with nothing or only a comment on it, with the line break before it; or the comment at the end of a line. */
const BLANK_LINE_OR_COMMENT = /\n[ \t]*(?:\/\/.*)?(?=\n)|[ \t]*\/\/.*/g;

/** Leaves the comments and blank lines of WGSL out of a build: shaders/ and its README say what the package need not. */
export function stripWgsl(): Plugin {
  return {
    name: "strip-wgsl",
    enforce: "pre",
    transform: {
      filter: { id: /\.wgsl\.ts$/ },
      handler: (code, id) => stripModule(code, id),
    },
  };
}

/**
 * The TypeScript of a WGSL module with neither comments nor blank lines in its template literals; its own comments stay.
 * @throws Error where a comment does not end with a line of the template in which it begins
 */
export function stripModule(code: string, id: string): { code: string; map: SourceMap } {
  const stripped = new MagicString(code);
  for (const template of templatesIn(parseAst(code, { lang: "ts" }))) {
    const text = withoutExpressions(code, template);
    for (const { 0: match, index } of text.matchAll(BLANK_LINE_OR_COMMENT)) {
      const end = index + match.length;
      if (match.includes("//") && (text[end] !== "\n" || match.includes("\\n")))
        throw new Error(`${id}: a comment must end with a line of its template, found ${match.trim()}`);
      if (end > index) stripped.remove(template.start + index, template.start + end);
    }
  }
  return { code: stripped.toString(), map: stripped.generateMap({ source: id, hires: true }) };
}

/** The source of a template literal, as long as it is, in which every expression is a filler without slashes and line breaks. */
function withoutExpressions(code: string, { start, end, quasis }: Template): string {
  const text = Array.from({ length: end - start }, () => "$");
  for (const quasi of quasis) for (let i = quasi.start; i < quasi.end; i++) text[i - start] = code[i]!;
  return text.join("");
}

function* templatesIn(node: unknown): Generator<Template> {
  if (typeof node !== "object" || node === null) return;
  if ("type" in node && node.type === "TemplateLiteral") yield node as unknown as Template;
  for (const child of Object.values(node)) yield* templatesIn(child);
}
