/**
 * Values over the bridge between Node and a page: typed arrays as bits in base64, numbers that JSON cannot hold by name.
 * JSON alone would turn NaN into null, and a comparison with null can pass.
 */
const ARRAYS = { Float32Array, Float64Array, Uint32Array, Int32Array, Uint8Array };
type ArrayName = keyof typeof ARRAYS;

export function encode(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "number" && !Number.isFinite(item)) return { $number: String(item) };
    if (!ArrayBuffer.isView(item)) return item;
    const name = item.constructor.name;
    if (!(name in ARRAYS)) throw new TypeError(`the bridge does not carry ${name}`);
    return { $array: name, bits: toBase64(new Uint8Array(item.buffer, item.byteOffset, item.byteLength)) };
  });
}

export function decode(text: string): unknown {
  return JSON.parse(text, (_, item: unknown) => {
    if (typeof item !== "object" || item === null) return item;
    if ("$number" in item) return Number(item.$number);
    if ("$array" in item && "bits" in item)
      return new ARRAYS[item.$array as ArrayName](fromBase64(item.bits as string));
    return item;
  });
}

/** Node has Buffer; what a page has in its place is neither in Node 20 nor in the language that the library is written in. */
const isNode = "Buffer" in globalThis;

function toBase64(bytes: Uint8Array): string {
  if (isNode) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  return (bytes as Uint8Array & { toBase64: () => string }).toBase64();
}

/** A buffer of its own, which views of wider elements may begin at. */
function fromBase64(text: string): ArrayBuffer {
  if (isNode) return Uint8Array.from(Buffer.from(text, "base64")).buffer;
  const { fromBase64: decoded } = Uint8Array as unknown as { fromBase64: (text: string) => Uint8Array<ArrayBuffer> };
  return decoded(text).buffer;
}
