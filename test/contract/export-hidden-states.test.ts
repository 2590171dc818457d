import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { readDecoder, readProblem } from "../../src/formats/problem-file.ts";
import { problemFromTokens } from "../../src/problem/corpus/corpus.ts";
import type { CorpusOptions } from "../../src/problem/corpus/settings.ts";
import type { Problem } from "../../src/problem/problem.ts";
import { pythonWithNumPy } from "../support/python.ts";

const SCRIPTS = fileURLToPath(new URL("../../python", import.meta.url));
const STAND_INS = fileURLToPath(new URL("../fixtures/stand-ins", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "export-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `main` of the script for one list of arguments after another, and says how each ended. */
const RUNNER = `
import contextlib, io, json, sys
from export_hidden_states import main
results = []
for arguments in json.load(sys.stdin):
    printed, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(errors):
        code = main(arguments)
    results.append({"code": code, "stdout": printed.getvalue(), "stderr": errors.getvalue()})
print(json.dumps(results))
`;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function python(modules: readonly string[], args: readonly string[], input = ""): Ended {
  const { status, stdout, stderr } = spawnSync(pythonWithNumPy(), ["-B", ...args], {
    ...{ input, encoding: "utf8", cwd: folder },
    env: { ...process.env, PYTHONPATH: modules.join(delimiter), PYTHONUTF8: "1" },
  });
  return { code: status, stdout, stderr };
}

function exportAll(runs: readonly (readonly string[])[]): Ended[] {
  const { code, stdout, stderr } = python([STAND_INS, SCRIPTS], ["-c", RUNNER], JSON.stringify(runs));
  if (code !== 0) throw new Error(`Python ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Ended[];
}

const write = (name: string, text: string | Uint8Array): string => {
  writeFileSync(join(folder, name), text);
  return name;
};
const bytesOf = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(folder, name)));
const problemIn = async (name: string): Promise<Problem> =>
  (await readProblem(new File([bytesOf(name)], name))).problem;

const TEXT = write("text.txt", "the cat sat\nthe cat ran\nthe dog sat on the cat\n\na dog ran");
const LINES = readFileSync(join(folder, TEXT), "utf8").split("\n");

/** What a stand-in's tokens are shown as in labels. */
const SHOWN: Readonly<Record<string, string>> = { "␣": " ", "⏎": "\n" };

/** The input of the stand-in's head after a context, by its label. */
function stateAfter(label: string, before: readonly number[] = []): number[] {
  const ids = [...before, ...label.split(" ").map((shown) => (SHOWN[shown] ?? shown).codePointAt(0)!)];
  return [ids.length, ids.reduce((a, b) => a + b) / 64, ids.at(-1)! / 64];
}

const headRow = (word: string): number[] => [word.codePointAt(0)! / 64, -1, 1];

const WITH_K = { contexts: "windows", contextLength: 3, maxContexts: 9, minCount: 2 } as const;
const CASES: readonly [string, readonly string[], readonly (readonly string[])[], CorpusOptions][] = [
  ["windows.npz", [], [[...LINES.join("\n")]], {}],
  [
    "long-windows.npz",
    ["--context-length", "3", "--max-contexts", "9", "--min-count", "2", "--batch-size", "4"],
    [[...LINES.join("\n")]],
    WITH_K,
  ],
  [
    "prefixes.npz",
    ["--contexts", "prefixes", "--context-length", "5", "--batch-size", "2"],
    LINES.map((line) => [...line]),
    { contexts: "prefixes", contextLength: 5 },
  ],
];

describe("the exported file", () => {
  test("has the contexts, counts and words that the module counts itself, the model's states, and the rows of its head", async () => {
    const ended = exportAll(CASES.map(([out, options]) => ["plain", TEXT, "--out", out, ...options]));
    for (const [i, [out, , sequences, options]] of CASES.entries()) {
      expect(ended[i], out).toMatchObject({ code: 0, stderr: "" });
      const found = await problemIn(out);
      const expected = await problemFromTokens(sequences, { ...options, embeddingDim: 3 });
      const { embeddings, ...counted } = found;
      const { embeddings: _, ...same } = expected.problem;
      expect(structuredClone(counted), out).toEqual(structuredClone(same));
      expect([...embeddings], out).toEqual(found.contextLabels!.flatMap((label) => stateAfter(label)));
      const decoder = readDecoder(out, bytesOf(out), found.vocabularySize, 3);
      expect([...decoder], out).toEqual(found.words!.flatMap(headRow));
      expect(ended[i]!.stdout).toContain(
        `${found.contextCount} contexts, ${found.vocabularySize} words, embedding dimension 3, ${(100 * expected.keptShare).toFixed(1)} %`,
      );
    }
  });

  test("keeps the most frequent words, and of the pairs those whose next token is one", async () => {
    write("words.txt", "abacabad");
    const [ended] = exportAll([
      ["plain", "words.txt", "--out", "words.npz", "--context-length", "1", "--max-words", "2"],
    ]);
    expect(ended!.stdout).toContain("3 contexts, 2 words, embedding dimension 3, 71.4 %");
    const { words, contextLabels, weights, offsets, tokens, probabilities } = await problemIn("words.npz");
    expect(words).toEqual(["a", "b"]);
    expect(contextLabels).toEqual(["a", "b", "c"]);
    expect([offsets, tokens, probabilities, weights].map((values) => [...values])).toEqual([
      [0, 1, 2, 3],
      [1, 0, 0],
      [1, 1, 1],
      [2 / 5, 2 / 5, 1 / 5],
    ]);
  });

  test("shows the model a BOS token where its tokenizer begins texts so, and names tokens that decode alike apart", async () => {
    write("alike.txt", "aAbaA\tb");
    const [ended] = exportAll([["with-bos", "alike.txt", "--out", "bos.npz", "--context-length", "1"]]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const { words, contextLabels, embeddings } = await problemIn("bos.npz");
    expect(words).toEqual(["<97>", "<65>", "b", "\t"]);
    expect(contextLabels).toEqual(["<97>", "<65>", "b", "⇥"]);
    expect([...embeddings]).toEqual([..."aAb\t"].flatMap((token) => stateAfter(token, [1])));
  });

  test("has the bias of a head as a dimension more, or another layer's states, and says what comes after the head", async () => {
    const [biased, early, last, capped] = exportAll([
      ["biased", TEXT, "--out", "biased.npz"],
      ["plain", TEXT, "--out", "early.npz", "--layer", "0"],
      ["plain", TEXT, "--out", "last.npz", "--layer", "1"],
      ["capped", TEXT, "--out", "capped.npz"],
    ]);
    const [plain, withBias, atInput, atLast] = await Promise.all(
      ["windows.npz", "biased.npz", "early.npz", "last.npz"].map(problemIn),
    );
    expect([...withBias!.embeddings]).toEqual(withBias!.contextLabels!.flatMap((label) => [...stateAfter(label), 1]));
    const decoder = readDecoder("biased.npz", bytesOf("biased.npz"), withBias!.vocabularySize, 4);
    expect([...decoder]).toEqual(withBias!.words!.flatMap((word) => [...headRow(word), word.codePointAt(0)! / 64]));
    expect([...atInput!.embeddings]).toEqual([...plain!.embeddings].map((x) => -x));
    expect(atLast!.embeddings).toEqual(plain!.embeddings);
    for (const { stdout } of [biased!, early!, last!]) expect(stdout).not.toContain("logits");
    expect(capped!.stdout).toMatch(/\nthe model's logits are off W h by up to [\d.]+: it scales or caps them/);
  });
});

test("names that repeat are numbered, and stay apart from those that look so already", () => {
  const script = 'from problem_arrays import distinct; print(*distinct(["a", "a", "a (2)", "b", "a"]), sep=", ")';
  expect(python([SCRIPTS], ["-c", script])).toMatchObject({ code: 0, stdout: "a, a (2), a (2) (2), b, a (3)\n" });
});

test("the guide's command is one that the script takes", () => {
  const guide = readFileSync(new URL("../../docs/guide.md", import.meta.url), "utf8");
  const [, args] = /^python python\/export_hidden_states\.py \S+ \S+ (.*)$/m.exec(guide)!;
  const [ended] = exportAll([["plain", TEXT, ...args!.split(" ")]]);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
});

const REFUSALS: readonly [readonly string[], string][] = [
  [["plain", "none.txt"], "none.txt: No such file or directory"],
  [
    ["plain", write("latin.txt", Uint8Array.of(97, 0xe9, 98))],
    "latin.txt: expected a text in UTF-8, found other bytes at 1",
  ],
  [["none", TEXT], "none: cannot be loaded as a causal language model (none is no folder)"],
  [["plain", TEXT, "--device", "tpu"], "plain: cannot be loaded as a causal language model (there is no tpu)"],
  [["headless", TEXT], "headless: expected a model with a linear LM head, found Model without one"],
  [["plain", write("empty.txt", "")], "empty.txt: expected at least two distinct tokens, found none"],
  [["plain", write("one.txt", "aaa")], "one.txt: expected at least two distinct tokens, found 1"],
  [
    ["plain", write("short.txt", "ab")],
    "short.txt: expected at least 3 tokens in one sequence, a context and its next one, found 2",
  ],
  [
    ["plain", write("lines.txt", "a\nb"), "--contexts", "prefixes"],
    "lines.txt: expected at least 2 tokens in one sequence, a context and its next one, found 1",
  ],
  [
    ["plain", TEXT, "--min-count", "9"],
    "text.txt: expected a context seen at least min-count = 9 times, found none seen more than 5 times",
  ],
  [["plain", TEXT, "--context-length", "7"], "plain: expected contexts of at most 6 tokens, found one of 7"],
  [["with-bos", TEXT, "--context-length", "6"], "with-bos: expected contexts of at most 6 tokens, found one of 7"],
  [["plain", TEXT, "--layer", "2"], "layer: expected 0 to 1, found 2"],
  [["plain", write("far.txt", "aé aé")], "plain: expected an LM head with a row for token 233, found 128 rows"],
  [["overflowing", TEXT], "embeddings: expected finite numbers, found nan in row 0, dimension 0"],
  [["plain", TEXT, "--out", "missing/out.npz"], "missing/out.npz: cannot be written (No such file or directory)"],
  [["plain", TEXT, "--out", "taken"], "taken: cannot be written (Is a directory)"],
];

describe("what cannot be exported", () => {
  test("gets one sentence and no file", () => {
    mkdirSync(join(folder, "taken"), { recursive: true });
    const before = readdirSync(folder);
    const ended = exportAll(REFUSALS.map(([args]) => [args[0]!, args[1]!, "--out", "refused.npz", ...args.slice(2)]));
    expect(ended).toEqual(REFUSALS.map(([, sentence]) => ({ code: 2, stdout: "", stderr: `${sentence}\n` })));
    expect(readdirSync(folder)).toEqual(before);
  });

  test("ends the process with 2, as do options that are none, and a Python without torch", () => {
    const script = join(SCRIPTS, "export_hidden_states.py");
    const sentence = "none.txt: No such file or directory\n";
    expect(python([STAND_INS], [script, "plain", "none.txt"])).toEqual({ code: 2, stdout: "", stderr: sentence });
    const option = python([STAND_INS], [script, "plain", TEXT, "--layer", "-1"]);
    expect(option).toMatchObject({ code: 2, stdout: "" });
    expect(option.stderr).toMatch(/error: argument --layer: expected a whole number from 0, found -1\n$/);
    const without = `import sys; sys.modules["transformers"] = None; from export_hidden_states import main; sys.exit(main(["plain", "${TEXT}"]))`;
    expect(python([SCRIPTS], ["-c", without])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^a model needs torch and transformers: pip install torch transformers \(.*\)\n$/,
      ) as string,
    });
  });
});
