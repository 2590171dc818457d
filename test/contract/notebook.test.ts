import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { readProblem } from "../../src/formats/problem-file.ts";
import { blocksOf } from "../support/doc-blocks.ts";
import { pythonWithNumPy } from "../support/python.ts";

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "notebook-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
copyFileSync(path("notebook/next_token_lab.py"), join(folder, "next_token_lab.py"));
writeFileSync(join(folder, "widget.js"), "export default {};");
writeFileSync(join(folder, "next-token-lab.html"), "<main><next-token-lab></next-token-lab></main>");

/** What a script prints as JSON, with stand-ins for anywidget and traitlets. */
function python(script: string): unknown {
  const { status, stdout, stderr } = spawnSync(pythonWithNumPy(), ["-B", "-c", `import json, sys\n${script}`], {
    ...{ encoding: "utf8", cwd: folder },
    env: { ...process.env, PYTHONPATH: path("test/fixtures/stand-ins"), PYTHONUTF8: "1" },
  });
  if (status !== 0) throw new Error(`Python ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

test("a problem of a notebook is the one that is read", async () => {
  const url = python(`
from next_token_lab import problem_url
print(json.dumps(problem_url([[1, 0], [0.5, -2]], [[3, 1, 0], [0, 0, 2]], words=["the", "cat", "sat"])))`) as string;
  const response = await fetch(url);
  const { problem } = await readProblem(new File([await response.blob()], "problem"));
  expect(problem.vocabularySize).toBe(3);
  expect([...problem.embeddings]).toEqual([1, 0, 0.5, -2]);
  expect([...problem.offsets]).toEqual([0, 2, 3]);
  expect([...problem.tokens]).toEqual([0, 1, 2]);
  expect([...problem.probabilities]).toEqual([0.75, 0.25, 1]);
  // weights are shares of 6 counts
  expect(problem.weights[0]! / problem.weights[1]!).toBeCloseTo(2, 14);
  expect(problem.words).toEqual(["the", "cat", "sat"]);
});

test("arrays that are no problem are refused in a sentence", () => {
  const refusals = python(`
from next_token_lab import NextTokenLab, problem_url
refusals = []
for embeddings, counts, words in [
    ([1, 2], [[1, 2]], None),
    ([[1.0]], [[1], [2]], None),
    ([[1.0]], [[0, 0]], None),
    ([[1.0]], [[1, -1]], None),
    ([[float("nan")]], [[1, 1]], None),
    ([[1.0]], [[1, 1]], ["a"]),
]:
    try:
        problem_url(embeddings, counts, words)
    except ValueError as error:
        refusals.append(str(error))
try:
    NextTokenLab(embeddings=[[1.0]])
except ValueError as error:
    refusals.append(str(error))
print(json.dumps(refusals))`);
  expect(refusals).toEqual([
    "embeddings: expected 2 dimensions, found shape (2,)",
    "counts: expected 1 rows, as embeddings have, found 2",
    "counts: expected none below 0, and in each row one above it",
    "counts: expected none below 0, and in each row one above it",
    "embeddings: expected finite numbers",
    "words: expected 2, one for each column of counts, found 1",
    "embeddings and counts: expected both or neither",
  ]);
});

test("keywords are attributes, in the widget and in the page that it is exported as", () => {
  const said = python(`
from next_token_lab import NextTokenLab
lab = NextTokenLab(preset="paper1-plane", step_size=0.5, steps=200)
before = lab.attributes
lab.set(steps=300, step_size=None)
print(json.dumps({"esm": lab.synced_esm, "before": before, "after": lab.attributes, "html": NextTokenLab(text='a "b" <c>').to_html()}))`);
  expect(said).toMatchObject({
    esm: "export default {};",
    before: { preset: "paper1-plane", "step-size": "0.5", steps: "200" },
    after: { preset: "paper1-plane", steps: "300" },
  });
  const { html } = said as { html: string };
  // escaped once for the attribute, and once more for the frame's document
  expect(html).toContain("&lt;next-token-lab text=&quot;a &amp;quot;b&amp;quot; &amp;lt;c&amp;gt;&quot;&gt;");
});

test("the cells in the documentation", () => {
  const cells = blocksOf("docs/embedding.md").filter(({ language }) => language === "python");
  const [attributes, page] = python(`
import types
# in Jupyter's place
sys.modules["IPython"], sys.modules["IPython.display"] = types.ModuleType("IPython"), types.SimpleNamespace(HTML=str)
${cells.map(({ text }) => text).join("\n")}
print(json.dumps([lab.attributes, HTML(lab.to_html())]))`) as [Record<string, string>, string];
  expect(attributes).toEqual({ preset: "paper1-synthetic", optimizer: "adam", steps: "20000" });
  expect(page).toMatch(/^<iframe /);
});
