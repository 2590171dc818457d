import { describe, expect, it } from "vitest";
import { FileError, ShapeError } from "../../src/errors.ts";
import { quote } from "../../src/formats/content.ts";
import { readNpy, writeNpy } from "../../src/formats/npy.ts";
import { dice } from "../support/draw.ts";

const ascii = (text: string): number[] => [...text].map((c) => c.charCodeAt(0));

/** A .npy file with any header text. */
function fileOf(
  header: string,
  data: readonly number[] | Uint8Array,
  version = [1, 0],
  declared = header.length,
): Uint8Array {
  const length = [
    declared & 0xff,
    (declared >> 8) & 0xff,
    ...(version[0] === 1 ? [] : [(declared >> 16) & 0xff, declared >>> 24]),
  ];
  return Uint8Array.from([0x93, ...ascii("NUMPY"), ...version, ...length, ...ascii(header), ...data]);
}

function headerOf(descr: string, shape: string, fortran = "False"): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`.padEnd(117) + "\n";
}

/** Bytes of numbers in a byte order. */
function bytesOf(
  set: keyof DataView & `set${string}`,
  size: number,
  values: readonly (number | bigint)[],
  little = true,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * size));
  values.forEach((value, i) =>
    (view[set] as (at: number, value: unknown, little: boolean) => void)(i * size, value, little),
  );
  return new Uint8Array(view.buffer);
}

const FLOATS = bytesOf("setFloat64", 8, [1.5, -2, 3, 0.1, 5, 6]);
const GOOD = fileOf(headerOf("<f8", "(2, 3)"), FLOATS);

/** The message with which a file is refused; the next good one must then read. */
function refusal(bytes: Uint8Array): string {
  let message: string | undefined;
  try {
    readNpy("w.npy", bytes);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    expect(error.file).toBe("w.npy");
    expect(error.code).toBe("FILE");
    message = error.message;
  }
  if (message === undefined) throw new Error("expected a refusal, found none");
  expect([...readNumbers(GOOD)]).toStrictEqual([1.5, -2, 3, 0.1, 5, 6]);
  return message;
}

function readNumbers(bytes: Uint8Array): Exclude<ReturnType<typeof readNpy>["data"], readonly string[]> {
  const { data } = readNpy("w.npy", bytes);
  if (Array.isArray(data)) throw new Error("expected numbers, found strings");
  return data as Exclude<typeof data, readonly string[]>;
}

describe("readNpy", () => {
  it("reads float64 row-major", () => {
    const array = readNpy("w.npy", GOOD);
    expect(array.shape).toStrictEqual([2, 3]);
    expect(array.storedAs).toBe("float64");
    expect(array.data).toStrictEqual(Float64Array.of(1.5, -2, 3, 0.1, 5, 6));
  });

  it.each([
    ["|b1", [0, 1, 2], "bool", Uint8Array.of(0, 1, 1)],
    ["|i1", [0, 255, 128], "int8", Int8Array.of(0, -1, -128)],
    ["|u1", [0, 255, 128], "uint8", Uint8Array.of(0, 255, 128)],
    ["<i2", bytesOf("setInt16", 2, [1, -2, -32768]), "int16", Int16Array.of(1, -2, -32768)],
    [">i2", bytesOf("setInt16", 2, [1, -2, -32768], false), "int16", Int16Array.of(1, -2, -32768)],
    ["<u2", bytesOf("setUint16", 2, [1, 2, 65535]), "uint16", Uint16Array.of(1, 2, 65535)],
    [">u2", bytesOf("setUint16", 2, [1, 2, 65535], false), "uint16", Uint16Array.of(1, 2, 65535)],
    ["<i4", bytesOf("setInt32", 4, [1, -2, -(2 ** 31)]), "int32", Int32Array.of(1, -2, -(2 ** 31))],
    [">i4", bytesOf("setInt32", 4, [1, -2, -(2 ** 31)], false), "int32", Int32Array.of(1, -2, -(2 ** 31))],
    ["<u4", bytesOf("setUint32", 4, [1, 2, 2 ** 32 - 1]), "uint32", Uint32Array.of(1, 2, 2 ** 32 - 1)],
    [">u4", bytesOf("setUint32", 4, [1, 2, 2 ** 32 - 1], false), "uint32", Uint32Array.of(1, 2, 2 ** 32 - 1)],
    ["<i8", bytesOf("setBigInt64", 8, [1n, -2n, -(2n ** 31n)]), "int64", Int32Array.of(1, -2, -(2 ** 31))],
    ["<i8", bytesOf("setBigInt64", 8, [1n, 2n, 2n ** 31n]), "int64", Float64Array.of(1, 2, 2 ** 31)],
    [">i8", bytesOf("setBigInt64", 8, [1n, -2n, 1n - 2n ** 53n], false), "int64", Float64Array.of(1, -2, 1 - 2 ** 53)],
    ["<u8", bytesOf("setBigUint64", 8, [1n, 2n, 3n]), "uint64", Int32Array.of(1, 2, 3)],
    [">u8", bytesOf("setBigUint64", 8, [1n, 2n, 2n ** 53n - 1n], false), "uint64", Float64Array.of(1, 2, 2 ** 53 - 1)],
    ["<f2", bytesOf("setUint16", 2, [0x3c00, 0xc000, 0x0001]), "float16", Float32Array.of(1, -2, 2 ** -24)],
    [
      ">f2",
      bytesOf("setUint16", 2, [0x3555, 0x7bff, 0x7c00], false),
      "float16",
      Float32Array.of(0.333251953125, 65504, Infinity),
    ],
    ["<f4", bytesOf("setFloat32", 4, [0.1, -2, 1e38]), "float32", Float32Array.of(0.1, -2, 1e38)],
    [">f4", bytesOf("setFloat32", 4, [0.1, -2, 1e38], false), "float32", Float32Array.of(0.1, -2, 1e38)],
    [">f8", bytesOf("setFloat64", 8, [0.1, -2, 1e300], false), "float64", Float64Array.of(0.1, -2, 1e300)],
  ] as const)("reads %s (%#)", (descr, data, storedAs, expected) => {
    const array = readNpy("w.npy", fileOf(headerOf(descr, "(3,)"), data));
    expect(array).toStrictEqual({ shape: [3], data: expected, storedAs });
  });

  const one = { f8: bytesOf("setFloat64", 8, [1]), f4: bytesOf("setFloat32", 4, [1]) };
  it.each<[string, string, Uint8Array | number[]]>([
    ["=f8", "float64", one.f8],
    ["f8", "float64", one.f8],
    ["<d", "float64", one.f8],
    ["d", "float64", one.f8],
    [">d", "float64", one.f8.toReversed()],
    ["=f", "float32", one.f4],
    [">f", "float32", one.f4.toReversed()],
    ["e", "float16", [0, 0x3c]],
    ["?", "bool", [1]],
    ["b", "int8", [1]],
    ["B", "uint8", [1]],
    ["<h", "int16", [1, 0]],
    ["H", "uint16", [1, 0]],
    ["i", "int32", [1, 0, 0, 0]],
    [">I", "uint32", [0, 0, 0, 1]],
    ["<q", "int64", [1, 0, 0, 0, 0, 0, 0, 0]],
    ["Q", "uint64", [1, 0, 0, 0, 0, 0, 0, 0]],
  ])("reads the dtype %s as %s", (descr, storedAs, bytes) => {
    const array = readNpy("w.npy", fileOf(headerOf(descr, "(1,)"), bytes));
    expect(array.storedAs).toBe(storedAs);
    expect([...array.data]).toStrictEqual([1]);
  });

  it.each(["U2", "=U2"])("reads strings of dtype %s", (descr) => {
    const bytes = bytesOf("setUint32", 4, ascii("ab"));
    expect(readNpy("w.npy", fileOf(headerOf(descr, "(1,)"), bytes)).data).toStrictEqual(["ab"]);
  });

  it.each([
    ["lengths of Python 2", "{'descr': '|u1', 'fortran_order': False, 'shape': (1L, 2L), }\n"],
    ["line breaks and tabs", "{'descr':\n'|u1',\r\n\t'fortran_order': False,\f\n 'shape': (1,\n2), }\n"],
    ["padding with NULs", "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2)}\0\0\0\n\0"],
    ["padding with spaces and line breaks", " {'descr': '|u1', 'fortran_order': False, 'shape': (1, 2)} \n  \n\n"],
  ])("reads a header with %s", (_, header) => {
    expect(readNpy("w.npy", fileOf(header, [4, 9]))).toStrictEqual({
      shape: [1, 2],
      data: Uint8Array.of(4, 9),
      storedAs: "uint8",
    });
  });

  it("keeps NaN, infinities, denormals and the sign of zero", () => {
    const data = readNumbers(
      fileOf(headerOf("<f8", "(5,)"), bytesOf("setFloat64", 8, [NaN, -Infinity, 5e-324, -0, 1])),
    );
    expect([...data].map((x) => Object.is(x, -0))).toStrictEqual([false, false, false, true, false]);
    expect(Number.isNaN(data[0])).toBe(true);
    expect([data[1], data[2], data[4]]).toStrictEqual([-Infinity, 5e-324, 1]);
  });

  it("reads a value without dimensions, and arrays without values", () => {
    expect(readNpy("w.npy", fileOf(headerOf("<i4", "()"), [7, 0, 0, 0]))).toStrictEqual({
      shape: [],
      data: Int32Array.of(7),
      storedAs: "int32",
    });
    expect(readNpy("w.npy", fileOf(headerOf("<f4", "(0, 5)", "True"), []))).toStrictEqual({
      shape: [0, 5],
      data: new Float32Array(0),
      storedAs: "float32",
    });
  });

  it("transposes Fortran order of any rank", () => {
    const matrix = fileOf(headerOf("<f8", "(2, 3)", "True"), bytesOf("setFloat64", 8, [1, 4, 2, 5, 3, 6]));
    expect(readNumbers(matrix)).toStrictEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
    const [a, b, c] = [2, 3, 4];
    const columnMajor: number[] = [];
    for (let k = 0; k < c; k++)
      for (let j = 0; j < b; j++) for (let i = 0; i < a; i++) columnMajor.push((i * b + j) * c + k);
    const cube = readNumbers(fileOf(headerOf("|u1", "(2, 3, 4)", "True"), columnMajor));
    expect([...cube]).toStrictEqual(Array.from({ length: 24 }, (_, i) => i));
    const vector = readNumbers(fileOf(headerOf("|u1", "(3,)", "True"), [1, 2, 3]));
    expect([...vector]).toStrictEqual([1, 2, 3]);
  });

  it("reads byte strings as Latin-1", () => {
    const bytes = Uint8Array.of(0x63, 0x73, 0x72, 0xe9, 0, 0);
    expect(readNpy("s.npy", fileOf(headerOf("|S3", "(2,)"), bytes))).toStrictEqual({
      shape: [2],
      data: ["csr", "é"],
      storedAs: "bytes",
    });
  });

  it("reads Unicode strings by code points, in both byte orders", () => {
    const words = ["the", "", "🦊é", "日本語"];
    const points = words.flatMap((word) => {
      const own = Array.from(word, (c) => c.codePointAt(0)!);
      return [...own, ...new Array<number>(3 - own.length).fill(0)];
    });
    for (const little of [true, false]) {
      const descr = little ? "<U3" : ">U3";
      const array = readNpy("w.npy", fileOf(headerOf(descr, "(4,)"), bytesOf("setUint32", 4, points, little)));
      expect(array).toStrictEqual({ shape: [4], data: words, storedAs: "string" });
    }
    const swapped = readNpy("w.npy", fileOf(headerOf("<U1", "(2, 2)", "True"), bytesOf("setUint32", 4, ascii("acbd"))));
    expect(swapped.data).toStrictEqual(["a", "b", "c", "d"]);
  });

  it("reads 200,000 strings at once", () => {
    const { data } = readNpy(
      "w.npy",
      fileOf2("<U1", 200_000, new Uint8Array(new Uint32Array(200_000).fill(0x61).buffer)),
    );
    expect(data.length).toBe(200_000);
    expect(new Set(data as readonly string[])).toStrictEqual(new Set(["a"]));
  });

  it.each([1, 2, 3])("reads version %i", (major) => {
    const header = `{"shape":(2,),'fortran_order':False,'descr':'|u1'}`;
    expect([...readNumbers(fileOf(header, [4, 9], [major, 0]))]).toStrictEqual([4, 9]);
  });

  it("honours the offset of a view and leaves its bytes alone", () => {
    const file = fileOf(headerOf(">f8", "(1,)"), bytesOf("setFloat64", 8, [0.1], false));
    const wider = new Uint8Array(file.length + 13).fill(0xee);
    wider.set(file, 3);
    const view = wider.subarray(3, 3 + file.length);
    expect(readNumbers(view)).toStrictEqual(Float64Array.of(0.1));
    expect(view).toStrictEqual(file);
  });

  const FIRST = "expected a .npy array, found";
  const ZEROS = new Uint8Array(80);
  it.each<[string, Uint8Array, string]>([
    ["an empty file", new Uint8Array(0), `${FIRST} an empty file`],
    ["a zip", Uint8Array.from(ascii("PK\x03\x04....")), `${FIRST} a zip archive`],
    ["a pickle", Uint8Array.of(0x80, 4, 0x95, 0), `${FIRST} a Python pickle, which is never loaded`],
    ["a PNG", Uint8Array.from([0x89, ...ascii("PNG\r\n")]), `${FIRST} a PNG picture`],
    ["a gzip", Uint8Array.of(0x1f, 0x8b, 8), `${FIRST} a gzip file, to be unpacked first`],
    ["text", Uint8Array.from(ascii("1.0 2.0\n")), `${FIRST} text`],
    ["rubbish", Uint8Array.of(1, 2, 3), `${FIRST} unknown content`],
    ["magic alone", GOOD.subarray(0, 6), "expected a whole .npy header, found only 6 bytes of the file"],
    ["half a header", GOOD.subarray(0, 60), "expected a whole .npy header, found only 60 bytes of the file"],
    [
      "version 4",
      fileOf(headerOf("<f8", "()"), ZEROS, [4, 0]),
      "expected version 1.0, 2.0 or 3.0 of the .npy format, found 4.0",
    ],
    [
      "version 0",
      fileOf(headerOf("<f8", "()"), ZEROS, [0, 9]),
      "expected version 1.0, 2.0 or 3.0 of the .npy format, found 0.9",
    ],
    ["a header of 64 kB", fileOf("{}", ZEROS, [1, 0], 65535), "expected a header of at most 10000 bytes, found 65535"],
    [
      "a header of 4 GiB",
      fileOf("{}", ZEROS, [2, 0], 0xffffffff),
      "expected a header of at most 10000 bytes, found 4294967295",
    ],
    [
      "a header past the end",
      fileOf("{}", ZEROS, [1, 0], 9999),
      "expected a whole .npy header, found only 92 bytes of the file",
    ],
    [
      "objects",
      fileOf(headerOf("|O", "(2,)"), ZEROS),
      'expected numbers or strings, found pickled Python objects (dtype "|O"), which are never loaded: save plain arrays with allow_pickle=False',
    ],
    [
      "records",
      fileOf("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", ZEROS),
      "expected numbers or strings, found records (a structured dtype)",
    ],
    [
      "a tuple dtype",
      fileOf("{'descr': ('|u1',), 'fortran_order': False, 'shape': (1,), }", ZEROS),
      "expected numbers or strings, found records (a structured dtype)",
    ],
    [
      "complex",
      fileOf(headerOf("<c8", "(1,)"), ZEROS),
      'expected booleans, integers, floats or Unicode strings, found complex numbers (dtype "<c8")',
    ],
    [
      "dates",
      fileOf(headerOf("<M8[s]", "(1,)"), ZEROS),
      'expected booleans, integers, floats or Unicode strings, found dates (dtype "<M8[s]")',
    ],
    [
      "empty byte strings",
      fileOf(headerOf("|S0", "(1,)"), ZEROS),
      'expected booleans, integers, floats or Unicode strings, found an unknown type (dtype "|S0")',
    ],
    [
      "raw",
      fileOf(headerOf("|V5", "(1,)"), ZEROS),
      'expected booleans, integers, floats or Unicode strings, found raw records (dtype "|V5")',
    ],
    [
      "long double",
      fileOf(headerOf("<f16", "(1,)"), ZEROS),
      'expected booleans, integers, floats or Unicode strings, found floating-point numbers of another width (dtype "<f16")',
    ],
    [
      "no such type",
      fileOf(headerOf("hello", "(1,)"), ZEROS),
      'expected booleans, integers, floats or Unicode strings, found an unknown type (dtype "hello")',
    ],
    [
      "strings of no length",
      fileOf(headerOf("<U0", "(999999999,)"), []),
      'expected booleans, integers, floats or Unicode strings, found an unknown type (dtype "<U0")',
    ],
    [
      "no byte order",
      fileOf(headerOf("|f8", "(1,)"), ZEROS),
      'expected a byte order ("<" or ">") in dtype "|f8", found "|"',
    ],
    ["code", fileOf("__import__('os')", ZEROS), 'header: expected "{" at character 0, found "__import__"'],
    [
      "a call in the shape",
      fileOf("{'descr': '<f8', 'fortran_order': False, 'shape': exit(), }", ZEROS),
      'header: expected "(" at character 50, found "exit"',
    ],
    [
      "a negative length",
      fileOf(headerOf("<f8", "(-1, 3)"), ZEROS),
      'header: expected a whole number at character 51, found "-1"',
    ],
    [
      "a fractional length",
      fileOf(headerOf("<f8", "(3.0,)"), ZEROS),
      'header: expected a whole number at character 51, found "3.0"',
    ],
    [
      "a length in quotes",
      fileOf(headerOf("<f8", "('a',)"), ZEROS),
      "header: expected a whole number at character 51, found \"'a'\"",
    ],
    [
      "a length in floats",
      fileOf(headerOf("<f8", "(1e3,)"), ZEROS),
      'header: expected a whole number at character 51, found "1e3"',
    ],
    [
      "a shape that is a number",
      fileOf(headerOf("<f8", "(3)"), ZEROS),
      'header: expected "," at character 52, found ")"',
    ],
    [
      "lengths without a comma",
      fileOf(headerOf("<f8", "(3 4)"), ZEROS),
      'header: expected "," at character 53, found "4"',
    ],
    [
      "33 dimensions",
      fileOf(`{'descr': '<f8', 'fortran_order': False, 'shape': (${"1, ".repeat(33)})}`, ZEROS),
      "header: expected at most 32 dimensions, found more",
    ],
    [
      "a huge length",
      fileOf(headerOf("<f8", "(9007199254740992,)"), ZEROS),
      'header: expected a dimension below 2^53 at character 51, found "9007199254740992"',
    ],
    [
      "a huge product",
      fileOf(headerOf("<f8", "(4194305, 4194305, 4194305)"), ZEROS),
      "expected 590296232571271381000 bytes of values for shape (4194305, 4194305, 4194305) of float64, found 80: the file is cut short",
    ],
    [
      "a large claim",
      fileOf(headerOf("<f4", "(65536, 65536)"), ZEROS),
      "expected 17179869184 bytes of values for shape (65536, 65536) of float32, found 80: the file is cut short",
    ],
    [
      "huge strings",
      fileOf(headerOf("<U99999999999999999999", "(1,)"), ZEROS),
      "expected 399999999999999999996 bytes of values for shape (1,) of string, found 80: the file is cut short",
    ],
    [
      "a byte short",
      GOOD.subarray(0, -1),
      "expected 48 bytes of values for shape (2, 3) of float64, found 47: the file is cut short",
    ],
    [
      "a byte long",
      Uint8Array.from([...GOOD, 0]),
      "expected 48 bytes of values for shape (2, 3) of float64, found 49: the file is longer than its header says",
    ],
    [
      "a key twice",
      fileOf("{'shape': (1,), 'descr': '<f8', 'fortran_order': False, 'shape': (10,), }", ZEROS),
      'header: expected one "shape", found two',
    ],
    [
      "a key missing",
      fileOf("{'descr': '<f8', 'shape': (10,), }", ZEROS),
      "header: expected 'descr', 'fortran_order' and 'shape', found fewer",
    ],
    [
      "another key",
      fileOf("{'__proto__': 1}", ZEROS),
      "header: expected one of 'descr', 'fortran_order' and 'shape' at character 1, found \"'__proto__'\"",
    ],
    [
      "NUL inside",
      fileOf("{'descr':\0'<f8'}", ZEROS),
      'header: expected a dtype in quotes at character 9, found "\\u0000"',
    ],
    [
      "a bad order",
      fileOf(headerOf("<f8", "(10,)", "1"), ZEROS),
      'header: expected True or False at character 34, found "1"',
    ],
    [
      "more after the end",
      fileOf("{'descr': '<f8', 'fortran_order': False, 'shape': (10,)} x", ZEROS),
      'header: expected nothing more at character 57, found "x"',
    ],
    [
      "no end",
      fileOf("{'descr': '<f8', 'fortran_order': False", ZEROS),
      'header: expected "," at character 39, found its end',
    ],
    [
      "a letter whose width depends on the machine",
      fileOf(headerOf("<l", "(10,)"), ZEROS),
      'expected booleans, integers, floats or Unicode strings, found an unknown type (dtype "<l")',
    ],
    [
      "two Ls",
      fileOf(headerOf("<f8", "(3LL,)"), ZEROS),
      'header: expected a whole number at character 51, found "3LL"',
    ],
    ["an empty header", fileOf("", ZEROS), 'header: expected "{" at character 0, found its end'],
    [
      "too large an int64",
      fileOf(headerOf("<i8", "(2,)"), bytesOf("setBigInt64", 8, [1n, -(2n ** 53n)])),
      "expected whole numbers below 2^53 in size, found -9007199254740992 at value 1",
    ],
    [
      "too large a uint64",
      fileOf(headerOf("<u8", "(1,)"), bytesOf("setBigUint64", 8, [2n ** 64n - 1n])),
      "expected whole numbers below 2^53 in size, found 18446744073709551615 at value 0",
    ],
    [
      "no character",
      fileOf(headerOf("<U1", "(2,)"), bytesOf("setUint32", 4, [0x61, 0x110000])),
      "expected Unicode characters, found code 0x110000 in string 1",
    ],
    [
      "a surrogate",
      fileOf(headerOf("<U1", "(1,)"), bytesOf("setUint32", 4, [0xd800])),
      "expected Unicode characters, found code 0xd800 in string 0",
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(refusal(bytes)).toBe(`w.npy: ${message}`);
  });

  it("names the key of an archive", () => {
    expect(() => readNpy("a.npz", new Uint8Array(0), "x\u202e")).toThrow(
      new FileError("a.npz", 'key "x\\u{202e}": expected a .npy array, found an empty file'),
    );
  });

  it("never throws anything but a FileError", () => {
    const random = dice(1);
    const seeds = [
      GOOD,
      fileOf(headerOf("<U3", "(2, 2)", "True"), new Uint8Array(48).fill(0)),
      fileOf(headerOf(">i8", "()"), new Uint8Array(8)),
    ];
    let refused = 0;
    for (let trial = 0; trial < 6000; trial++) {
      const bytes = mutate(seeds[trial % seeds.length]!, random);
      try {
        const { shape, data } = readNpy("f.npy", bytes);
        expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(6000);
  });
});

describe("writeNpy", () => {
  it.each([
    [Float32Array.of(0.1, -2, 3, 4, 5, 6), [2, 3]],
    [Float64Array.of(0.1, -0, 1e300, 4), [4]],
    [Int32Array.of(-1, 2 ** 31 - 1), [1, 2, 1]],
    [Uint8Array.of(9), []],
    [new Float64Array(0), [0, 3]],
  ])("writes what readNpy reads (%#)", (data, shape) => {
    const array = readNpy("w.npy", writeNpy(data, shape));
    expect(array.shape).toStrictEqual(shape);
    expect(array.data).toStrictEqual(data);
  });

  it("writes the part of a buffer that a view shows", () => {
    const part = Float64Array.of(1, 2, 3, 4).subarray(1, 3);
    expect(readNpy("w.npy", writeNpy(part, [2])).data).toStrictEqual(Float64Array.of(2, 3));
  });

  it.each([[[2, 2]], [[]], [[-3, -1]], [[1.5, 2]]])("refuses shape %j for 3 values", (shape) => {
    expect(() => writeNpy(new Float32Array(3), shape)).toThrow(
      new ShapeError(`npy: expected a shape of 3 values, found (${shape.join(", ")})`),
    );
  });
});

describe("quote", () => {
  it("shows foreign text harmlessly", () => {
    expect(quote('a"b\n')).toBe('"a\\"b\\n"');
    expect(quote("\u202eevil\u0085\u2028\ud800")).toBe('"\\u{202e}evil\\u{85}\\u{2028}\\ud800"');
    expect(quote("x".repeat(100))).toBe(`"${"x".repeat(60)}…"`);
    expect(quote("日本 🦊")).toBe('"日本 🦊"');
  });
});

function fileOf2(descr: string, count: number, data: Uint8Array): Uint8Array {
  const head = fileOf(headerOf(descr, `(${count},)`), []);
  const file = new Uint8Array(head.length + data.length);
  file.set(head);
  file.set(data, head.length);
  return file;
}

function mutate(seed: Uint8Array, random: (n: number) => number): Uint8Array {
  const bytes = [...seed];
  for (let edits = 1 + random(3); edits > 0; edits--) {
    const at = random(bytes.length + 1);
    const kind = random(5);
    if (kind === 0) bytes[at] = random(256);
    else if (kind === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    else if (kind === 2) bytes.splice(at, 1 + random(8));
    else if (kind === 3) bytes.splice(at, 0, ...ascii("'(),9:{}[]-U O"[random(14)]!));
    else bytes.length = at;
  }
  return Uint8Array.from(bytes);
}
