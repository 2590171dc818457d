import { zipSync } from "fflate";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FileError, ShapeError } from "../../src/errors.ts";
import { writeNpy } from "../../src/formats/npy.ts";
import { readNpz } from "../../src/formats/npz.ts";
import { writeNpz } from "../../src/formats/write-npz.ts";
import { dice } from "../support/draw.ts";

const TOKENS = Int32Array.of(2, 0, 1);
const NOISE = Float64Array.from({ length: 64 }, (_, i) => Math.sin(i));
const GOOD = writeNpz({ tokens: { data: TOKENS, shape: [3] }, noise: { data: NOISE, shape: [8, 8] } });
const STORED = writeNpz({ tokens: { data: TOKENS, shape: [3] } }, 0);

/** The message with which a file is refused; the next good one must then read. */
function refusal(bytes: Uint8Array, wanted = ["tokens"]): string {
  let message: string | undefined;
  try {
    readNpz("p.npz", bytes, wanted);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    expect(error.file).toBe("p.npz");
    message = error.message;
  }
  if (message === undefined) throw new Error("expected a refusal, found none");
  expect(readNpz("p.npz", GOOD, ["tokens"]).get("tokens")?.data).toStrictEqual(TOKENS);
  return message;
}

/** A copy with bytes written over it. */
function patch(bytes: Uint8Array, at: number, values: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  if (at < 0 || at + values.length > copy.length) throw new RangeError(`no place at ${at}`);
  copy.set(values, at);
  return copy;
}

const u16 = (x: number): number[] => [x & 0xff, x >>> 8];
const u32 = (x: number): number[] => [...u16(x & 0xffff), ...u16(x >>> 16)];

const endOf = (bytes: Uint8Array): number => bytes.length - 22;
const directoryOf = (bytes: Uint8Array): number => new DataView(bytes.buffer).getUint32(endOf(bytes) + 16, true);

/** An archive built by hand, with two entries named alike if asked. */
function archive(entries: readonly { name: string; content: Uint8Array; crc?: number; bit3?: boolean }[]): Uint8Array {
  const parts: number[] = [];
  const directory: number[] = [];
  for (const { name, content, crc = crcOf(content), bit3 = false } of entries) {
    const nameBytes = [...new TextEncoder().encode(name)];
    const common = [...u16(20), ...u16(bit3 ? 8 : 0), ...u16(0), ...u32(0x210000)];
    const sizes = [...u32(crc), ...u32(content.length), ...u32(content.length)];
    directory.push(...u32(0x02014b50), ...u16(20), ...common, ...sizes, ...u16(nameBytes.length));
    directory.push(...new Array<number>(12).fill(0), ...u32(parts.length), ...nameBytes);
    const said = bit3 ? new Array<number>(12).fill(0) : sizes;
    parts.push(...u32(0x04034b50), ...common, ...said, ...u16(nameBytes.length), ...u16(0), ...nameBytes, ...content);
    if (bit3) parts.push(...u32(0x08074b50), ...sizes);
  }
  const [start, count] = [parts.length, entries.length];
  parts.push(...directory, ...u32(0x06054b50), ...u32(0), ...u16(count), ...u16(count));
  parts.push(...u32(directory.length), ...u32(start), ...u16(0));
  return Uint8Array.from(parts);
}

/** CRC-32 bit by bit, apart from the table of the program. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const TOKENS_NPY = writeNpy(TOKENS, [3]);
const plain = { name: "tokens.npy", content: TOKENS_NPY };

describe("readNpz", () => {
  it("reads what is wanted and present, stored or deflated", () => {
    const arrays = readNpz("p.npz", GOOD, ["noise", "absent", "tokens"]);
    expect([...arrays.keys()]).toStrictEqual(["noise", "tokens"]);
    expect(arrays.get("tokens")).toStrictEqual({ shape: [3], data: TOKENS, storedAs: "int32" });
    expect(arrays.get("noise")).toStrictEqual({ shape: [8, 8], data: NOISE, storedAs: "float64" });
    expect(readNpz("p.npz", STORED, ["tokens"]).get("tokens")?.data).toStrictEqual(TOKENS);
    expect(readNpz("p.npz", archive([plain]), ["tokens"]).get("tokens")?.data).toStrictEqual(TOKENS);
  });

  it("reads what NumPy wrote", () => {
    const bytes = new Uint8Array(readFileSync(new URL("../fixtures/plane.npz", import.meta.url)));
    const arrays = readNpz("plane.npz", bytes, ["tokens", "separable", "vocabulary"]);
    expect(arrays.get("tokens")?.data).toStrictEqual(Int32Array.of(0, 1, 2, 0, 3, 4, 1, 3, 4));
    expect(arrays.get("separable")).toStrictEqual({ shape: [], data: Uint8Array.of(1), storedAs: "bool" });
    expect(arrays.get("vocabulary")).toStrictEqual({ shape: [], data: Int32Array.of(5), storedAs: "int32" });
  });

  it("takes an empty archive, a comment, a view into a buffer, and sizes after the content", () => {
    expect(readNpz("p.npz", zipSync({}), ["tokens"]).size).toBe(0);
    const commented = Uint8Array.from([
      ...patch(GOOD, GOOD.length - 2, u16(65535)),
      ...new Uint8Array(65535).fill(0x50),
    ]);
    expect(readNpz("p.npz", commented, ["tokens"]).get("tokens")?.data).toStrictEqual(TOKENS);
    const wider = new Uint8Array(GOOD.length + 20);
    wider.set(GOOD, 7);
    expect(readNpz("p.npz", wider.subarray(7, 7 + GOOD.length), ["noise"]).get("noise")?.data).toStrictEqual(NOISE);
    const later = archive([{ ...plain, bit3: true }]);
    expect(readNpz("p.npz", later, ["tokens"]).get("tokens")?.data).toStrictEqual(TOKENS);
  });

  it("never unpacks what is not wanted, whatever its name", () => {
    const bytes = archive([
      { name: "../../x.npy", content: Uint8Array.of(1), crc: 0 },
      { name: "__proto__.npy", content: TOKENS_NPY },
      plain,
    ]);
    expect([...readNpz("p.npz", bytes, ["tokens"]).keys()]).toStrictEqual(["tokens"]);
    const arrays = readNpz("p.npz", bytes, ["__proto__"]);
    expect(arrays.get("__proto__")?.data).toStrictEqual(TOKENS);
    expect(({} as Record<string, unknown>)["shape"]).toBeUndefined();
  });

  const name = '"tokens.npy"';
  const noisy = Uint8Array.from({ length: 500 }, (_, i) => (i * i * 31) >>> 3);
  /** 500 bytes of an array whose header says that there are so many. */
  const deflatedOf = (bytes: number): Uint8Array => {
    const content = new Uint8Array(500);
    content.set(noisy);
    content.set(writeNpy(new Uint8Array(bytes - 64), [bytes - 64]).subarray(0, 64));
    return zipSync({ "tokens.npy": content }, { mtime: new Date(1980, 0, 1) });
  };
  const deflated = deflatedOf(500);
  const [at, end] = [directoryOf(STORED), endOf(STORED)];
  const many = Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`k${i}.npy`, new Uint8Array(0)]));
  const embedded = STORED.slice(at);

  it.each<[string, Uint8Array, string]>([
    ["an empty file", new Uint8Array(0), "expected an .npz (zip) archive, found an empty file"],
    ["a .npy", TOKENS_NPY, "expected an .npz (zip) archive, found a single .npy array"],
    ["text", new TextEncoder().encode("a,b\n"), "expected an .npz (zip) archive, found text"],
    [
      "a file cut short",
      GOOD.subarray(0, GOOD.length - 1),
      "expected a zip directory at the end, found none: the file is cut short or damaged",
    ],
    [
      "a file cut in half",
      GOOD.subarray(0, GOOD.length >> 1),
      "expected a zip directory at the end, found none: the file is cut short or damaged",
    ],
    [
      "four bytes",
      GOOD.subarray(0, 4),
      "expected a zip directory at the end, found none: the file is cut short or damaged",
    ],
    [
      "bytes after the end",
      Uint8Array.from([...GOOD, 0]),
      "expected a zip directory at the end, found none: the file is cut short or damaged",
    ],
    [
      "two ends",
      Uint8Array.from([...patch(STORED, end + 20, u16(22)), ...STORED.subarray(end)]),
      "expected one zip directory, found 2",
    ],
    ["513 entries", zipSync(many), "expected at most 512 entries, found 513"],
    ["a part of a split archive", patch(STORED, end + 4, u16(1)), "expected one archive, found a part of a split one"],
    ["another count", patch(STORED, end + 8, u16(2)), "expected one archive, found a part of a split one"],
    [
      "a directory past the end",
      patch(STORED, end + 16, u32(0xffffffff)),
      "expected a whole zip directory, found a damaged one",
    ],
    [
      "more entries than there are",
      patch(STORED, end + 8, [...u16(2), ...u16(2)]),
      "expected a whole zip directory, found a damaged one",
    ],
    [
      "a directory elsewhere",
      patch(STORED, end + 16, u32(at - 1)),
      "expected a whole zip directory, found a damaged one",
    ],
    [
      "a long name in the directory",
      patch(STORED, at + 28, u16(60000)),
      "expected a whole zip directory, found a damaged one",
    ],
    [
      "a name of 300 bytes",
      archive([{ ...plain, name: "x".repeat(300) }]),
      `expected entry names of at most 255 bytes, found "${"x".repeat(60)}…"`,
    ],
    ["a name twice", archive([plain, plain]), `expected distinct entries, found ${name} twice`],
    [
      "a name twice that is shown harmlessly",
      archive([
        { ...plain, name: "\0a" },
        { ...plain, name: "\0a" },
      ]),
      'expected distinct entries, found "\\u0000a" twice',
    ],
    [
      "64-bit sizes",
      patch(STORED, at + 24, u32(0xffffffff)),
      `entry ${name}: expected less than 4 GiB, found 64-bit sizes`,
    ],
    [
      "overlapping entries",
      patch(
        archive([plain, { ...plain, name: "a.npy" }]),
        archive([plain, { ...plain, name: "a.npy" }]).length - 22 - 9,
        u32(1),
      ),
      `entry ${name}: expected entries that do not overlap, found one that does`,
    ],
    [
      "packed content past the directory",
      patch(STORED, at + 20, u32(STORED.length)),
      `entry ${name}: expected entries that do not overlap, found one that does`,
    ],
    ["encryption", patch(STORED, at + 8, u16(1)), `entry ${name}: expected plain content, found it encrypted`],
    [
      "encryption by the entry's header",
      patch(STORED, 6, u16(1)),
      `entry ${name}: expected its header to agree with the zip directory, found another`,
    ],
    ["LZMA", patch(STORED, at + 10, u16(14)), `entry ${name}: expected it stored or deflated, found zip method 14`],
    [
      "another name in the entry's header",
      patch(STORED, 30, [0x58]),
      `entry ${name}: expected its header to agree with the zip directory, found another`,
    ],
    [
      "another method in the entry's header",
      patch(STORED, 8, u16(8)),
      `entry ${name}: expected its header to agree with the zip directory, found another`,
    ],
    [
      "another size in the entry's header",
      patch(STORED, 22, u32(7)),
      `entry ${name}: expected its header to agree with the zip directory, found another`,
    ],
    [
      "another checksum in the entry's header",
      patch(STORED, 14, u32(7)),
      `entry ${name}: expected its header to agree with the zip directory, found another`,
    ],
    [
      "no header of an entry",
      patch(STORED, 0, [0x50, 0x4b, 5, 6]),
      `entry ${name}: expected its header to agree with the zip directory, found another`,
    ],
    [
      "stored content of another size",
      patch(patch(STORED, at + 24, u32(7)), 22, u32(7)),
      `entry ${name}: expected 7 bytes, found ${TOKENS_NPY.length} packed ones that cannot hold them`,
    ],
    [
      "a flipped bit",
      patch(STORED, 41 + TOKENS_NPY.length - 2, [0xff]),
      `entry ${name}: expected content of CRC-32 ${hexOf(crcOf(TOKENS_NPY))}, found ${hexOf(crcOf(patch(TOKENS_NPY, TOKENS_NPY.length - 1, [0xff])))}: the file is damaged`,
    ],
    [
      "a wrong checksum",
      archive([{ ...plain, crc: 0xabc }]),
      `entry ${name}: expected content of CRC-32 00000abc, found ${hexOf(crcOf(TOKENS_NPY))}: the file is damaged`,
    ],
    ["less than declared", resize(deflatedOf(501), 501), `entry ${name}: expected 501 bytes, found 500`],
    ["more than declared", resize(deflatedOf(499), 499), `entry ${name}: expected 499 bytes, found more`],
    [
      "a claim beyond deflate",
      resize(deflated, 1 << 30),
      `entry ${name}: expected 1073741824 bytes, found ${packedOf(deflated)} packed ones that cannot hold them`,
    ],
    [
      "content that is no deflate stream",
      patch(deflated, 40, new Array<number>(40).fill(0xff)),
      `entry ${name}: expected deflated content, found it damaged`,
    ],
    [
      "a zip in the zip",
      archive([{ ...plain, content: STORED }]),
      'key "tokens": expected a .npy array, found a zip archive',
    ],
    [
      "an empty entry",
      archive([{ ...plain, content: new Uint8Array(0) }]),
      'key "tokens": expected a .npy array, found an empty file',
    ],
    [
      "an end alone, in the middle of things",
      patch(embedded, 0, [0x50, 0x4b, 3, 4]),
      "expected a whole zip directory, found a damaged one",
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(refusal(bytes)).toBe(`p.npz: ${message}`);
  });

  it("keeps the error of the inflater as the cause", () => {
    const damaged = patch(deflated, 40, new Array<number>(40).fill(0xff));
    expect(() => readNpz("p.npz", damaged, ["tokens"])).toThrow(
      expect.objectContaining({ cause: expect.any(Error) as Error }),
    );
  });

  it("never throws anything but a FileError, and never gives other values", () => {
    const random = dice(2);
    const seeds = [
      GOOD,
      STORED,
      archive([{ ...plain, bit3: true }]),
      new Uint8Array(readFileSync(new URL("../fixtures/plane.npz", import.meta.url))),
    ];
    let refused = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const which = trial % seeds.length;
      const bytes = mutate(seeds[which]!, random);
      try {
        const tokens = readNpz("f.npz", bytes, ["tokens", "noise"]).get("tokens");
        if (tokens && which < 3) expect(tokens.data).toStrictEqual(TOKENS);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(4000);
  });
});

describe("writeNpz", () => {
  it("writes float32, float64 and int32, the same bytes each time", () => {
    const entries = {
      f: { data: Float32Array.of(0.1, 2), shape: [1, 2] },
      d: { data: Float64Array.of(0.1), shape: [] },
      i: { data: Int32Array.of(-5, 6, 7), shape: [3] },
    };
    for (const level of [0, 6] as const) {
      const bytes = writeNpz(entries, level);
      expect(writeNpz(entries, level)).toStrictEqual(bytes);
      const arrays = readNpz("o.npz", bytes, ["f", "d", "i"]);
      for (const [key, { data, shape }] of Object.entries(entries)) {
        expect(arrays.get(key)?.data).toStrictEqual(data);
        expect(arrays.get(key)?.shape).toStrictEqual(shape);
      }
    }
  });

  it("deflates unless told to store", () => {
    const entries = { zeros: { data: new Float64Array(1000), shape: [1000] } };
    expect(writeNpz(entries).length).toBeLessThan(1000);
    expect(writeNpz(entries, 0).length).toBeGreaterThan(8000);
  });

  it("refuses a shape that does not fit", () => {
    expect(() => writeNpz({ w: { data: Float32Array.of(1), shape: [2] } })).toThrow(
      new ShapeError("npy: expected a shape of 1 values, found (2)"),
    );
  });
});

/** The same archive of one entry with another size declared, in both places. */
function resize(bytes: Uint8Array, size: number): Uint8Array {
  return patch(patch(bytes, directoryOf(bytes) + 24, u32(size)), 22, u32(size));
}

function packedOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer).getUint32(directoryOf(bytes) + 20, true);
}

function hexOf(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}

function mutate(seed: Uint8Array, random: (n: number) => number): Uint8Array {
  let bytes = seed.slice();
  for (let edits = 1 + random(3); edits > 0; edits--) {
    // Half of the edits hit the directory, where most of the structure is.
    const at = random(2) === 0 ? random(bytes.length + 1) : Math.max(0, bytes.length - 1 - random(200));
    const kind = random(8);
    if (kind === 0) bytes[at] = random(256);
    else if (kind < 5) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    else if (kind === 5)
      bytes.set([0xff, 0xff, 0xff, 0xff].slice(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
    else if (kind === 6) bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + random(8))]);
    else bytes = bytes.slice(0, at);
  }
  return bytes;
}
