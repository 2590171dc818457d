/** Bytes of the largest header that is read. */
export const LARGEST_HEADER = 2 ** 20;
export const LENGTH_BYTES = 8;

/** Whether a file can only be one of safetensors: a short length in 64 bits, and a brace behind it. */
export function isSafetensors(head: Uint8Array): boolean {
  const length = headerLength(head);
  return length !== undefined && length <= LARGEST_HEADER && head[LENGTH_BYTES] === 0x7b;
}

/** What the first bytes state; undefined where they are too few. */
export function headerLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined;
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}
