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

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

function fromBase64(text: string): ArrayBuffer {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
}
