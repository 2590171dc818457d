import { describe, expect, it } from "vitest";
import { readProblem } from "../../src/formats/problem-file.ts";
import { problemFromTokens } from "../../src/problem/corpus/corpus.ts";

const read = (content: BlobPart, name = "a.jsonl"): ReturnType<typeof readProblem> =>
  readProblem(new File([content], name), { corpus: CORPUS, seed: 3 });

const CORPUS = { contextLength: 2, embeddingDim: 4 };
const IDS = [[464, 3797, 3332, 319, 464, 3797], [], [464, 3797, 4966], [0]];

describe("JSON Lines", () => {
  const lines = IDS.map((ids) => JSON.stringify(ids));
  const objects = IDS.map((input_ids) => JSON.stringify({ text: "…", input_ids, tokens: null }));
  it.each<[string, string, string[]]>([
    ["arrays of ids", lines.join("\n"), []],
    ["Windows' line ends, blank lines and a mark", `\ufeff${lines.join("\r\n\r\n")}\r\n`, []],
    ["objects", objects.join("\n"), ['2 keys left unread: "text", "tokens".']],
    ["tokens in quotes", IDS.map((ids) => JSON.stringify({ tokens: ids.map(String) })).join("\n"), []],
  ])("%s are sequences", async (_, content, notes) => {
    for (const name of ["a.jsonl", "B.NDJSON"]) {
      const found = await read(content, name);
      const { problem } = await problemFromTokens(
        IDS.map((ids) => ids.map(String)),
        { ...CORPUS, seed: 3 },
      );
      expect(problem.words?.slice(0, 2)).toStrictEqual(["464", "3797"]);
      expect(found).toStrictEqual({ kind: "json-lines", problem, notes });
    }
  });

  it.each([
    ["[1,2]\n[1,", 'line 2: expected an array or an object in JSON, found "[1,"'],
    ["the cat sat\n", 'line 1: expected an array or an object in JSON, found "the cat sat"'],
    ["[1,2]\n\n7", "line 3: expected an array or an object, found 7"],
    ["null", "line 1: expected an array or an object, found null"],
    ["{}", "line 1: expected an object with input_ids or tokens, found no key"],
    ['{"text":"a","ids":[1]}', 'line 1: expected an object with input_ids or tokens, found the keys "text", "ids"'],
    ['{"input_ids":"1 2"}', 'line 1: input_ids: expected an array of tokens, found "1 2"'],
    ['{"tokens":[[1,2]]}', "line 1: expected tokens that are whole numbers or strings, found an array of 2 at 0"],
    ["[1,2]\n[1,-100]", "line 2: expected tokens that are whole numbers or strings, found -100 at 1"],
    ["[1,2.5]", "line 1: expected tokens that are whole numbers or strings, found 2.5 at 1"],
    ["[1,9007199254740992]", "line 1: expected tokens that are whole numbers or strings, found 9007199254740992 at 1"],
    ["[true]", "line 1: expected tokens that are whole numbers or strings, found true at 0"],
    ['[1,2]\n["1","2"]', 'line 2: expected numbers, as at the beginning of line 1, found "1" at 0'],
    ['[]\n["a",1]', "line 2: expected strings, as at the beginning of line 2, found 1 at 1"],
    ["\n \n", "sequences: expected at least two distinct tokens, found none"],
    ["[1,1]\n[1]", 'sequences: expected at least two distinct tokens, found one, "1"'],
    ["[1]\n[2]", "sequences: expected at least 3 tokens in one sequence, a context and its next one, found 1"],
  ])("of %j are refused", async (content, message) => {
    await expect(read(content)).rejects.toThrow(
      expect.objectContaining({ code: "FILE", message: `a.jsonl: ${message}` }),
    );
  });

  it("are UTF-8", async () => {
    await expect(read(Uint8Array.of(0x5b, 0x22, 0xff, 0x22, 0x5d))).rejects.toThrow(
      "a.jsonl: expected JSON Lines in UTF-8, found bytes that are not",
    );
  });
});
