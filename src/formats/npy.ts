import { dump, parse } from "npyjs";
import { FileError, ShapeError } from "../errors.ts";
import { describeContent, quote, recogniseContent } from "./content.ts";

/** Numbers as JavaScript holds them without loss; booleans are a Uint8Array of 0 and 1. */
export type NpyNumbers =
  Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** The type of the values in the file, byte order aside; `bfloat16` only in files that are no .npy. */
type NpyStorage =
  | "bool"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float16"
  | "float32"
  | "float64"
  | "string"
  | "bytes"
  | "bfloat16";

/** An array out of a .npy file. */
export interface NpyArray {
  /** Lengths of the dimensions; empty for a single value. */
  readonly shape: readonly number[];
  /**
   * The values, always row-major. float16 is widened to Float32Array; int64 and uint64 become Int32Array where every
   * value fits and Float64Array, exactly, where not.
   */
  readonly data: NpyNumbers | readonly string[];
  readonly storedAs: NpyStorage;
}

/** What a .npy file says of its array before the values. */
export interface NpyHeader extends Pick<NpyArray, "shape" | "storedAs"> {
  /** Characters that a string of the array has room for; 0 for numbers. */
  readonly room: number;
  /** What the array will take in memory at most. */
  readonly memoryBytes: number;
}

type Fail = (message: string) => never;

const LARGEST_HEADER = 10_000;
/** The beginning of a file that is sure to have its whole header. */
export const HEAD_BYTES = 12 + LARGEST_HEADER;
/** A string beside its characters: itself, its place in an array, and its place in a set of distinct ones. */
const STRING_BYTES = 128;
const LARGEST_RANK = 32;

/** Type codes of NumPy: what they hold, and the code under which npyjs gives a typed array of them. */
const TYPES: ReadonlyMap<string, { storedAs: NpyStorage; parsedAs: string }> = new Map([
  ["b1", { storedAs: "bool", parsedAs: "u1" }],
  ["i1", { storedAs: "int8", parsedAs: "i1" }],
  ["u1", { storedAs: "uint8", parsedAs: "u1" }],
  ["i2", { storedAs: "int16", parsedAs: "i2" }],
  ["u2", { storedAs: "uint16", parsedAs: "u2" }],
  ["i4", { storedAs: "int32", parsedAs: "i4" }],
  ["u4", { storedAs: "uint32", parsedAs: "u4" }],
  ["i8", { storedAs: "int64", parsedAs: "i8" }],
  ["u8", { storedAs: "uint64", parsedAs: "u8" }],
  ["f2", { storedAs: "float16", parsedAs: "f2" }],
  ["f4", { storedAs: "float32", parsedAs: "f4" }],
  ["f8", { storedAs: "float64", parsedAs: "f8" }],
]);

/** Of a number of characters each: Unicode, and bytes, which are read as Latin-1. */
const STRING_TYPES = {
  U: { storedAs: "string", parsedAs: "u4" },
  S: { storedAs: "bytes", parsedAs: "u1" },
} as const;

/** Types that NumPy has a letter for; those whose width depends on the machine are not among them. */
const LETTERS: ReadonlyMap<string, string> = new Map([
  ["?", "b1"],
  ["b", "i1"],
  ["B", "u1"],
  ["h", "i2"],
  ["H", "u2"],
  ["i", "i4"],
  ["I", "u4"],
  ["q", "i8"],
  ["Q", "u8"],
  ["e", "f2"],
  ["f", "f4"],
  ["d", "f8"],
]);

const REFUSED_TYPES: Readonly<Record<string, string>> = {
  c: "complex numbers",
  M: "dates",
  m: "time differences",
  a: "byte strings",
  V: "raw records",
  f: "floating-point numbers of another width",
};

/**
 * Reads a .npy file of format version 1, 2 or 3: booleans, integers and floating-point numbers of 8 to 64 bits in either
 * byte order, and strings, Unicode or of bytes; C or Fortran order.
 * @param name the file's name, for messages
 * @param key the array's name within an archive, for messages
 * @throws FileError naming the file, what was expected and what was found. Pickled objects are never loaded.
 */
export function readNpy(name: string, bytes: Uint8Array, key?: string): NpyArray {
  const fail = failOf(name, key);
  const { dataStart, fortranOrder, shape: lengths, type } = readHead(bytes, bytes.length, fail);
  const { storedAs, parsedAs, unitBytes, unitsPerValue, bigEndian } = type;
  const data = bytes.subarray(dataStart);

  const parsed = parseValues(name, parsedAs, data, bigEndian ? unitBytes : 1);
  const values =
    storedAs === "string" || storedAs === "bytes"
      ? decodeStrings(parsed as Uint32Array | Uint8Array, Number(unitsPerValue), fail)
      : convertNumbers(parsed as NpyNumbers | BigInt64Array | BigUint64Array, storedAs, fail);
  return { shape: lengths, data: fortranOrder ? toRowMajor(values, lengths) : values, storedAs };
}

/**
 * Reads numbers as {@link readNpy} does, without a header.
 * @param code NumPy's code of their type, of those in `TYPES`, such as f8
 * @param data little-endian
 */
export function readNumbers(
  name: string,
  code: string,
  data: Uint8Array,
  key: string,
): { readonly data: NpyNumbers; readonly storedAs: NpyStorage } {
  const { storedAs, parsedAs } = TYPES.get(code)!;
  const parsed = parseValues(name, parsedAs, data, 1) as NpyNumbers | BigInt64Array | BigUint64Array;
  return { data: convertNumbers(parsed, storedAs, failOf(name, key)), storedAs };
}

function parseValues(name: string, parsedAs: string, data: Uint8Array, swapBytes: number): unknown {
  try {
    return parse(canonicalFile(parsedAs, data, swapBytes)).data;
  } catch (error) {
    throw new FileError(name, "the array could not be held in memory", { cause: error });
  }
}

/**
 * Reads the header of a .npy file.
 * @param head the first {@link HEAD_BYTES} of the file, or all of it
 * @param fileBytes the length of the whole file, which must be what the header says
 * @throws FileError like {@link readNpy}
 */
export function readNpyHeader(name: string, head: Uint8Array, fileBytes: number, key?: string): NpyHeader {
  const { shape, type } = readHead(head, fileBytes, failOf(name, key));
  const room = holdsNumbers(type) || type.storedAs === "bool" ? 0 : Number(type.unitsPerValue);
  const valueBytes = room > 0 ? STRING_BYTES + 4 * room : type.storedAs === "float16" ? 4 : type.unitBytes;
  const count = shape.reduce((product, length) => product * length, 1);
  return { shape, storedAs: type.storedAs, room, memoryBytes: count * valueBytes };
}

const failOf =
  (name: string, key?: string): Fail =>
  (message) => {
    throw new FileError(name, key === undefined ? message : `key ${quote(key)}: ${message}`);
  };

/**
 * Writes a .npy file (version 1, row-major, the machine's byte order) that `numpy.load` reads.
 * @param shape lengths of the dimensions; their product is the length of `array`
 * @throws ShapeError when it is not
 */
export function writeNpy(array: NpyNumbers, shape: readonly number[]): Uint8Array {
  const count = shape.reduce((product, length) => product * length, 1);
  if (count !== array.length || !shape.every((length) => Number.isSafeInteger(length) && length >= 0))
    throw new ShapeError(`npy: expected a shape of ${array.length} values, found (${shape.join(", ")})`);
  return new Uint8Array(dump(array, [...shape]));
}

export function holdsNumbers<A extends Pick<NpyArray, "storedAs">>(
  array: A,
): array is A & { readonly data: NpyNumbers } {
  return array.storedAs !== "string" && array.storedAs !== "bytes" && array.storedAs !== "bool";
}

/** Numbers as floats: those of the file where it has floats, else float64. */
export function toFloats(numbers: NpyNumbers): Float32Array | Float64Array {
  return numbers instanceof Float32Array || numbers instanceof Float64Array ? numbers : Float64Array.from(numbers);
}

/** A shape as Python writes it. */
export function shapeText(shape: readonly (number | bigint)[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

interface Head {
  readonly dataStart: number;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  readonly type: ValueType;
}

function readHead(bytes: Uint8Array, fileBytes: number, fail: Fail): Head {
  const { header, dataStart } = splitFile(bytes, fail);
  const { descr, fortranOrder, shape } = parseHeader(header, fail);
  const type = parseType(descr, fail);
  const count = shape.reduce((product, length) => product * length, 1n);
  const expected = count * BigInt(type.unitBytes) * type.unitsPerValue;
  const found = fileBytes - dataStart;
  if (expected !== BigInt(found))
    fail(
      `expected ${expected} bytes of values for shape ${shapeText(shape)} of ${type.storedAs}, found ${found}: the file is ${expected > found ? "cut short" : "longer than its header says"}`,
    );
  return { dataStart, fortranOrder, shape: shape.map(Number), type };
}

function splitFile(bytes: Uint8Array, fail: Fail): { header: string; dataStart: number } {
  if (recogniseContent(bytes)?.kind !== "npy") return fail(`expected a .npy array, found ${describeContent(bytes)}`);
  const cutShort = (): never => fail(`expected a whole .npy header, found only ${bytes.length} bytes of the file`);
  if (bytes.length < 12) return cutShort();
  const [major, minor] = [bytes[6]!, bytes[7]!];
  if (major < 1 || major > 3 || minor !== 0)
    return fail(`expected version 1.0, 2.0 or 3.0 of the .npy format, found ${major}.${minor}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerStart = major === 1 ? 10 : 12;
  const headerLength = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (headerLength > LARGEST_HEADER)
    return fail(`expected a header of at most ${LARGEST_HEADER} bytes, found ${headerLength}`);
  const dataStart = headerStart + headerLength;
  if (dataStart > bytes.length) return cutShort();
  const header = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(bytes.subarray(headerStart, dataStart));
  return { header, dataStart };
}

interface Header {
  descr: string;
  fortranOrder: boolean;
  shape: bigint[];
}

const isSpace = (c: string | undefined): boolean => c !== undefined && " \t\r\n\f".includes(c);

/** Reads the header's Python dictionary by its tokens: nothing in it is evaluated. */
function parseHeader(text: string, fail: Fail): Header {
  const token = /'[^'\\\n\0]*'|"[^"\\\n\0]*"|[A-Za-z_]\w*|-?[0-9][\w.+]*|[^\s\0]/y;
  let end = text.length;
  while (isSpace(text[end - 1]) || text[end - 1] === "\0") end--;
  let at = 0;
  /** The next token, or "" at the end. */
  const peek = (): string => {
    while (at < end && isSpace(text[at])) at++;
    token.lastIndex = at;
    if (at >= end) return "";
    return token.exec(text)?.[0] ?? text[at]!;
  };
  const refuse = (expected: string): never => {
    const found = peek();
    return fail(`header: expected ${expected} at character ${at}, found ${found === "" ? "its end" : quote(found)}`);
  };
  const take = (): string => {
    const found = peek();
    at += found.length;
    return found;
  };
  const need = (punctuation: string): void => {
    if (peek() !== punctuation) refuse(quote(punctuation));
    take();
  };

  const readShape = (): bigint[] => {
    const shape: bigint[] = [];
    need("(");
    while (peek() !== ")") {
      // Python 2 wrote long integers with an L.
      const [, digits] = /^([0-9]+)L?$/.exec(peek()) ?? refuse("a whole number");
      const length = BigInt(digits!);
      if (length > Number.MAX_SAFE_INTEGER) refuse("a dimension below 2^53");
      if (shape.push(length) > LARGEST_RANK) fail(`header: expected at most ${LARGEST_RANK} dimensions, found more`);
      take();
      // A tuple of one number needs its comma: "(3)" is a number in Python.
      if (peek() !== ")" || shape.length === 1) need(",");
    }
    take();
    return shape;
  };

  const header: Partial<Header> = {};
  need("{");
  while (peek() !== "}") {
    const key = /^(['"])(descr|fortran_order|shape)\1$/.exec(peek())?.[2] as
      "descr" | "fortran_order" | "shape" | undefined;
    if (!key) return refuse("one of 'descr', 'fortran_order' and 'shape'");
    const field = key === "fortran_order" ? "fortranOrder" : key;
    if (field in header) fail(`header: expected one ${quote(key)}, found two`);
    take();
    need(":");
    if (key === "shape") header.shape = readShape();
    else if (key === "fortran_order") {
      if (peek() !== "True" && peek() !== "False") refuse("True or False");
      header.fortranOrder = take() === "True";
    } else {
      if (peek() === "[" || peek() === "(") fail("expected numbers or strings, found records (a structured dtype)");
      if (!/^['"]/.test(peek()) || peek().length < 2) refuse("a dtype in quotes");
      header.descr = take().slice(1, -1);
    }
    if (peek() !== "}") need(",");
  }
  take();
  if (peek() !== "") refuse("nothing more");
  const { descr, fortranOrder, shape } = header;
  if (descr === undefined || fortranOrder === undefined || !shape)
    return fail("header: expected 'descr', 'fortran_order' and 'shape', found fewer");
  return { descr, fortranOrder, shape };
}

interface ValueType {
  storedAs: NpyStorage;
  parsedAs: string;
  /** Bytes of what the byte order applies to: a number, or one character of a string. */
  unitBytes: number;
  /** 1, or the characters of a string. */
  unitsPerValue: bigint;
  bigEndian: boolean;
}

function parseType(descr: string, fail: Fail): ValueType {
  const [, order, said = ""] = /^([<>|=]?)(.*)$/s.exec(descr) ?? [];
  const code = LETTERS.get(said) ?? said;
  const [, kind = "", digits = ""] = /^([a-zA-Z])([1-9][0-9]*)?(?:\[.*\])?$/.exec(code) ?? [];
  if (kind === "O")
    return fail(
      `expected numbers or strings, found pickled Python objects (dtype ${quote(descr)}), which are never loaded: save plain arrays with allow_pickle=False`,
    );
  const type =
    digits !== "" && kind in STRING_TYPES && code === `${kind}${digits}`
      ? STRING_TYPES[kind as keyof typeof STRING_TYPES]
      : TYPES.get(code);
  if (!type)
    return fail(
      `expected booleans, integers, floats or Unicode strings, found ${REFUSED_TYPES[kind] ?? "an unknown type"} (dtype ${quote(descr)})`,
    );
  const unitBytes = kind === "U" ? 4 : kind === "S" ? 1 : Number(digits);
  if (order === "|" && unitBytes > 1)
    return fail(`expected a byte order ("<" or ">") in dtype ${quote(descr)}, found "|"`);
  return { ...type, unitBytes, unitsPerValue: kind in STRING_TYPES ? BigInt(digits) : 1n, bigEndian: order === ">" };
}

/** The same values as npyjs reads them: little-endian, in a buffer of their own, aligned to 64 bytes. */
function canonicalFile(code: string, data: Uint8Array, swapBytes: number): ArrayBuffer {
  const preamble = 10;
  const dataStart = 128;
  const header = `{'descr': '<${code}', 'fortran_order': False, 'shape': (), }`.padEnd(dataStart - preamble - 1) + "\n";
  const file = new Uint8Array(dataStart + data.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  file.set(new TextEncoder().encode(header), preamble);
  file.set(data, dataStart);
  for (let start = dataStart; swapBytes > 1 && start < file.length; start += swapBytes)
    for (let low = start, high = start + swapBytes - 1; low < high; low++, high--)
      [file[low], file[high]] = [file[high]!, file[low]!];
  return file.buffer;
}

function convertNumbers(
  values: NpyNumbers | BigInt64Array | BigUint64Array,
  storedAs: NpyStorage,
  fail: Fail,
): NpyNumbers {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return exactNumbers(values, fail);
  return storedAs === "bool" ? values.map((value) => (value === 0 ? 0 : 1)) : values;
}

function exactNumbers(values: BigInt64Array | BigUint64Array, fail: Fail): Int32Array | Float64Array {
  const numbers = new Float64Array(values.length);
  let fitsInt32 = true;
  for (let i = 0; i < values.length; i++) {
    const number = Number(values[i]);
    if (!Number.isSafeInteger(number))
      fail(`expected whole numbers below 2^53 in size, found ${values[i]} at value ${i}`);
    fitsInt32 &&= number === (number | 0);
    numbers[i] = number;
  }
  return fitsInt32 ? Int32Array.from(numbers) : numbers;
}

function decodeStrings(characters: Uint32Array | Uint8Array, length: number, fail: Fail): string[] {
  const strings: string[] = [];
  for (let start = 0; start < characters.length; start += length) {
    let end = start + length;
    while (end > start && characters[end - 1] === 0) end--;
    let string = "";
    for (let i = start; i < end; i++) {
      const point = characters[i]!;
      if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        fail(`expected Unicode characters, found code 0x${point.toString(16)} in string ${strings.length}`);
      string += String.fromCodePoint(point);
    }
    strings.push(string);
  }
  return strings;
}

function toRowMajor(values: NpyNumbers | string[], shape: readonly number[]): NpyNumbers | string[] {
  const rowMajor = values.slice() as Float64Array;
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, length) => product * length, 1));
  let from = 0;
  for (let to = 0; to < values.length; to++) {
    rowMajor[to] = values[from] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return rowMajor;
}
