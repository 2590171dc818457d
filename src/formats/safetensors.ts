import { FileError } from "../errors.ts";
import { quote } from "./content.ts";
import type { Fail } from "./format.ts";
import { parseJson, describeJson } from "./json.ts";
import type { NamedArrays } from "./named-arrays.ts";
import { readNumbers, shapeText, type NpyArray } from "./npy.ts";
import { headerLength, LARGEST_HEADER, LENGTH_BYTES } from "./safetensors-head.ts";

const LARGEST_RANK = 32;
const METADATA = "__metadata__";

/** NumPy's codes of the types; bfloat16, which it has none for, is the upper half of a float32. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["F64", "f8"],
  ["F32", "f4"],
  ["F16", "f2"],
  ["BF16", "u2"],
  ["I64", "i8"],
  ["I32", "i4"],
  ["I16", "i2"],
  ["I8", "i1"],
  ["U64", "u8"],
  ["U32", "u4"],
  ["U16", "u2"],
  ["U8", "u1"],
  ["BOOL", "b1"],
]);

interface Tensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of its values, from the end of the header on. */
  readonly start: number;
  readonly end: number;
}

/**
 * Opens a file of the format safetensors: the length of the header in 8 bytes, the header in JSON, the values, little-endian and row-major.
 * @param name the file's name, for messages
 * @throws FileError when the header is damaged, or the values are not all the bytes behind it, each of one tensor
 * @see https://github.com/huggingface/safetensors#format
 */
export function openSafetensors(name: string, bytes: Uint8Array): NamedArrays {
  const fail: Fail = (message) => {
    throw new FileError(name, message);
  };
  const length = headerLength(bytes);
  if (length === undefined) return fail(`expected a length of 8 bytes at the beginning, found ${bytes.length} bytes`);
  if (length > LARGEST_HEADER) fail(`expected a header of at most ${LARGEST_HEADER} bytes, found ${length}`);
  const dataStart = LENGTH_BYTES + length;
  if (dataStart > bytes.length)
    fail(`expected a header of ${length} bytes, found ${bytes.length - LENGTH_BYTES}: the file is cut short`);
  const tensors = readHeader(bytes.subarray(LENGTH_BYTES, dataStart), fail);
  requireAllBytes(tensors, bytes.length - dataStart, fail);
  const choose = (wanted: readonly string[]): [string, Tensor, string][] =>
    wanted.flatMap((key) => {
      const tensor = tensors.get(key);
      return tensor ? [[key, tensor, requireType(key, tensor, fail)]] : [];
    });
  const readTensor = (key: string, { dtype, shape, start, end }: Tensor, code: string): NpyArray => {
    const { data, storedAs } = readNumbers(name, code, bytes.subarray(dataStart + start, dataStart + end), key);
    return dtype === "BF16" ? { shape, data: upperHalves(data), storedAs: "bfloat16" } : { shape, data, storedAs };
  };
  return {
    keys: [...tensors.keys()],
    headers: (wanted) =>
      new Map(
        choose(wanted).map(([key, tensor, code]) => {
          // the type is that of no values
          const { storedAs } = readTensor(key, { ...tensor, end: tensor.start }, code);
          // a type of 16 bits is held in 32
          return [key, { shape: tensor.shape, storedAs, room: 0, memoryBytes: 2 * (tensor.end - tensor.start) }];
        }),
      ),
    read: (wanted) => new Map(choose(wanted).map(([key, tensor, code]) => [key, readTensor(key, tensor, code)])),
  };
}

function readHeader(bytes: Uint8Array, fail: Fail): Map<string, Tensor> {
  const refuse: Fail = (message) => fail(`header: ${message}`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse("expected JSON in UTF-8, found bytes that are not");
  }
  const header = parseJson(text, refuse);
  if (!(header instanceof Map)) return refuse(`expected an object, found ${describeJson(header)}`);
  const tensors = new Map<string, Tensor>();
  for (const [key, tensor] of header as ReadonlyMap<string, unknown>)
    if (key !== METADATA) tensors.set(key, readTensorHeader(key, tensor, fail));
  return tensors;
}

function readTensorHeader(key: string, tensor: unknown, fail: Fail): Tensor {
  const refuse = (expected: string, found: unknown): never =>
    fail(`tensor ${quote(key)}: expected ${expected}, found ${describeJson(found)}`);
  if (!(tensor instanceof Map)) return refuse("an object", tensor);
  const [dtype, shape, offsets] = ["dtype", "shape", "data_offsets"].map((name): unknown => tensor.get(name));
  if (typeof dtype !== "string") return refuse("a dtype in quotes", dtype);
  if (!areSizes(shape) || shape.length > LARGEST_RANK)
    return refuse(`a shape, at most ${LARGEST_RANK} whole numbers`, shape);
  if (!areSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    return refuse("two data_offsets, ascending whole numbers", offsets);
  return { dtype, shape, start: offsets[0]!, end: offsets[1]! };
}

const areSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);

/** Tensors share no bytes, and leave none between them and at the end. */
function requireAllBytes(tensors: ReadonlyMap<string, Tensor>, dataBytes: number, fail: Fail): void {
  let at = 0;
  for (const [key, { start, end }] of [...tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
    if (start !== at)
      fail(`tensor ${quote(key)}: expected values from byte ${at} on, where those before it end, found ${start}`);
    at = end;
  }
  if (at !== dataBytes)
    fail(
      `expected ${at} bytes of values, found ${dataBytes}: the file is ${at > dataBytes ? "cut short" : "longer than its header says"}`,
    );
}

/** NumPy's code of a tensor's type, of which it has as many bytes as its shape says. */
function requireType(key: string, { dtype, shape, start, end }: Tensor, fail: Fail): string {
  const code = TYPES.get(dtype);
  if (code === undefined)
    return fail(`tensor ${quote(key)}: expected a dtype of ${[...TYPES.keys()].join(", ")}, found ${quote(dtype)}`);
  const expected = shape.reduce((product, size) => product * size, Number(code.slice(1)));
  if (expected !== end - start)
    fail(
      `tensor ${quote(key)}: expected ${expected} bytes for shape ${shapeText(shape)} of ${dtype}, found ${end - start}`,
    );
  return code;
}

function upperHalves(halves: ArrayLike<number>): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
}
