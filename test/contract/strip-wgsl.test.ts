import { describe, expect, it } from "vitest";
import { stripModule } from "../../tools/strip-wgsl.ts";

describe("stripModule", () => {
  const strip = (code: string): string => stripModule(code, "x.wgsl.ts").code;

  it("takes comments and blank lines out of templates, and leaves the rest", () => {
    const code =
      "// kept\nconst a = wgsl`\n// header of ${lanes}\n\n  let a = b / c; // why\n  #if ${d}\n  // e\n  #endif\n`; // kept";
    expect(strip(code)).toBe("// kept\nconst a = wgsl`\n  let a = b / c;\n  #if ${d}\n  #endif\n`; // kept");
  });

  it("takes them out of templates within templates", () => {
    const code = 'const a = `{\n${each((v) => `  // of ${v}\n  f(${v});\n`)}}${"//"}`;';
    expect(strip(code)).toBe('const a = `{\n${each((v) => `\n  f(${v});\n`)}}${"//"}`;');
  });

  it.each(["const a = `b // c`;", "const a = `b // c\\n d\n`;"])("refuses %s", (code) => {
    expect(() => strip(code)).toThrow(/^x\.wgsl\.ts: a comment must end with a line of its template, found \/\/ c/);
  });
});
