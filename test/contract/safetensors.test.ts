import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FileError } from "../../src/errors.ts";
import { readProblem } from "../../src/formats/problem-file.ts";
import { openSafetensors } from "../../src/formats/safetensors.ts";
import { createProblem } from "../../src/problem/problem.ts";
import { dice } from "../support/draw.ts";

const NAME = "a.safetensors";

const fixture = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../fixtures/formats/${name}.safetensors`, import.meta.url)));

const read = (bytes: Uint8Array<ArrayBuffer>, name = NAME): ReturnType<typeof readProblem> =>
  readProblem(new File([bytes], name));

/** A file of a header and of values. */
function fileOf(header: object | string, values: ArrayLike<number> = [], length?: bigint): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + values.length);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  file.set(json, 8);
  file.set(values, 8 + json.length);
  return file;
}

const bytesOf = (...arrays: readonly ArrayBufferView[]): number[] =>
  arrays.flatMap(({ buffer, byteOffset, byteLength }) => [...new Uint8Array(buffer, byteOffset, byteLength)]);

describe("safetensors by their own library", () => {
  it.each([NAME, "upload.bin"])("are embeddings and counts, in a file called %s", async (name) => {
    const { problem, kind, notes } = await read(fixture("counts"), name);
    expect(kind).toBe("safetensors");
    expect(problem).toStrictEqual(
      createProblem({
        ...{ vocabularySize: 4, embeddingDim: 2, embeddings: Float32Array.of(1, -2, 0, 1.25) },
        ...{ offsets: [0, 2, 4], tokens: [1, 2, 0, 3], probabilities: [3 / 4, 1 / 4, 2 / 7, 5 / 7], weights: [4, 7] },
      }),
    );
    expect(notes).toStrictEqual([
      '1 array left unread: "done".',
      "The embeddings were stored as float16 and widened.",
      "1 context left out, of which no next word is counted.",
    ]);
  });

  it("are distributions, bfloat16 and a single value among them", async () => {
    const { problem, notes } = await read(fixture("distributions"));
    expect(problem).toStrictEqual(
      createProblem({
        ...{ vocabularySize: 4, embeddingDim: 2, embeddings: Float32Array.of(1, -2, 0.5, 3, 0, 1.25) },
        ...{ offsets: [0, 2, 3, 4], tokens: [1, 2, 0, 0], probabilities: [0.75, 0.25, 1, 1], weights: [1, 2, 5] },
      }),
    );
    expect(notes).toStrictEqual(["The embeddings were stored as bfloat16 and widened."]);
  });
});

it("numbers of every type are read, wherever they lie", () => {
  const cases = [
    ["F64", Float64Array.of(0.1, -2), Float64Array.of(0.1, -2)],
    ["F32", Float32Array.of(0.1, -2), Float32Array.of(0.1, -2)],
    ["F16", Uint16Array.of(0x3c00, 0xc000), Float32Array.of(1, -2)],
    ["BF16", Uint16Array.of(0x3f80, 0xc040), Float32Array.of(1, -3)],
    ["I64", BigInt64Array.of(-1n, 2n ** 40n), Float64Array.of(-1, 2 ** 40)],
    ["I32", Int32Array.of(-1, 2), Int32Array.of(-1, 2)],
    ["I16", Int16Array.of(-1, 2), Int16Array.of(-1, 2)],
    ["I8", Int8Array.of(-1, 2), Int8Array.of(-1, 2)],
    ["U64", BigUint64Array.of(1n, 2n), Int32Array.of(1, 2)],
    ["U32", Uint32Array.of(1, 2 ** 32 - 1), Uint32Array.of(1, 2 ** 32 - 1)],
    ["U16", Uint16Array.of(1, 65535), Uint16Array.of(1, 65535)],
    ["U8", Uint8Array.of(1, 255), Uint8Array.of(1, 255)],
    ["BOOL", Uint8Array.of(0, 1), Uint8Array.of(0, 1)],
  ] as const;
  let at = 1;
  const header: Record<string, object> = { odd: { dtype: "F8_E4M3", shape: [1], data_offsets: [0, 1] } };
  for (const [dtype, stored] of cases)
    header[dtype] = { dtype, shape: [2, 1], data_offsets: [at, (at += stored.byteLength)] };
  const file = openSafetensors(NAME, fileOf(header, [0, ...bytesOf(...cases.map(([, stored]) => stored))]));
  const arrays = file.read(cases.map(([dtype]) => dtype));
  for (const [dtype, , data] of cases) {
    expect(arrays.get(dtype)).toMatchObject({ shape: [2, 1] });
    expect(arrays.get(dtype)!.data).toStrictEqual(data);
    expect(file.headers([dtype]).get(dtype)!.storedAs).toBe(arrays.get(dtype)!.storedAs);
  }
});

const tensor = (start: unknown, end: unknown, shape: unknown = [4], dtype: unknown = "U8"): object => ({
  ...{ dtype, shape, data_offsets: [start, end] },
});

describe("damaged safetensors are refused", () => {
  it.each<[string, Uint8Array<ArrayBuffer>, string]>([
    ["of few bytes", Uint8Array.of(1, 2, 3), "expected a length of 8 bytes at the beginning, found 3 bytes"],
    ["cut in the header", fileOf("{}", [], 9n), "expected a header of 9 bytes, found 2: the file is cut short"],
    [
      "with a long header",
      fileOf("{}", [], 2n ** 63n),
      "expected a header of at most 1048576 bytes, found 9223372036854776000",
    ],
    ["with no JSON", fileOf("{x}"), "header: line 1, column 2: expected JSON, found an unexpected character 'x'"],
    [
      "with no UTF-8",
      fileOf("{    ").map((byte) => (byte === 32 ? 0xff : byte)),
      "header: expected JSON in UTF-8, found bytes that are not",
    ],
    ["with an array", fileOf("[]"), "header: expected an object, found an empty array"],
    [
      "with a tensor twice",
      fileOf('{"counts":{},"counts":{}}'),
      'header: line 1, column 14: expected distinct keys, found "counts" a second time',
    ],
    ["with a number for a tensor", fileOf({ counts: 1 }), 'tensor "counts": expected an object, found 1'],
    ["without a dtype", fileOf({ counts: {} }), 'tensor "counts": expected a dtype in quotes, found nothing'],
    [
      "with a shape of -1",
      fileOf({ counts: tensor(0, 4, [-1]) }, [0, 0, 0, 0]),
      'tensor "counts": expected a shape, at most 32 whole numbers, found an array of 1',
    ],
    [
      "with one offset",
      fileOf({ counts: { dtype: "U8", shape: [], data_offsets: [0] } }),
      'tensor "counts": expected two data_offsets, ascending whole numbers, found an array of 1',
    ],
    [
      "with falling offsets",
      fileOf({ counts: tensor(4, 0) }, [0, 0, 0, 0]),
      'tensor "counts": expected two data_offsets, ascending whole numbers, found an array of 2',
    ],
    [
      "that overlap",
      fileOf({ counts: tensor(0, 4), b: tensor(2, 6) }, [0, 0, 0, 0, 0, 0]),
      'tensor "b": expected values from byte 4 on, where those before it end, found 2',
    ],
    [
      "with a hole",
      fileOf({ counts: tensor(0, 4), b: tensor(5, 9) }, new Uint8Array(9)),
      'tensor "b": expected values from byte 4 on, where those before it end, found 5',
    ],
    [
      "cut in the values",
      fixture("counts").slice(0, -1),
      "expected 110 bytes of values, found 109: the file is cut short",
    ],
    [
      "with more behind",
      Uint8Array.from([...fixture("counts"), 0]),
      "expected 110 bytes of values, found 111: the file is longer than its header says",
    ],
    [
      "with an unknown type",
      fileOf({ counts: tensor(0, 4, [4], "F8_E4M3") }, [0, 0, 0, 0]),
      'tensor "counts": expected a dtype of F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, found "F8_E4M3"',
    ],
    [
      "of another shape",
      fileOf({ counts: tensor(0, 4, [2, 2], "F16") }, [0, 0, 0, 0]),
      'tensor "counts": expected 8 bytes for shape (2, 2) of F16, found 4',
    ],
    [
      "of a smaller shape",
      fileOf({ counts: tensor(0, 4, [1, 3]) }, [0, 0, 0, 0]),
      'tensor "counts": expected 3 bytes for shape (1, 3) of U8, found 4',
    ],
    [
      "without embeddings",
      fileOf({ counts: tensor(0, 4, [2, 2]) }, [1, 1, 1, 1]),
      'key "embeddings": expected the contexts\' embeddings (m × d), found no such key',
    ],
    [
      "of another program",
      fileOf({ "lm_head.weight": tensor(0, 4, [2, 2]) }, [1, 1, 1, 1]),
      'key "embeddings": expected the contexts\' embeddings (m × d), found no such key',
    ],
    [
      "with numbers beyond 2^53",
      fileOf(
        { embeddings: tensor(0, 8, [1, 1], "I64"), counts: tensor(8, 10, [1, 2]) },
        [0, 0, 0, 0, 0, 0, 0, 64, 1, 1],
      ),
      'key "embeddings": expected whole numbers below 2^53 in size, found 4611686018427387904 at value 0',
    ],
  ])("%s", async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(
      expect.objectContaining({ code: "FILE", message: `${NAME}: ${message}` }),
    );
  });

  it("by a FileError, whatever is wrong", async () => {
    const random = dice(9);
    let refused = 0;
    for (let trial = 0; trial < 400; trial++) {
      const bytes = fixture(trial % 2 === 0 ? "counts" : "distributions");
      for (let edits = 1 + random(2); edits > 0; edits--) bytes[random(bytes.length)] = random(256);
      try {
        expect(Number.isFinite((await read(bytes)).problem.entropy)).toBe(true);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(400);
  });
});
