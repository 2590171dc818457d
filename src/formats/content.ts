/** First bytes of what people have beside .npy, .npz, JSON and text. */
const SIGNATURES: readonly (readonly [start: string, kind: Content["kind"], words: string])[] = [
  ["\x93NUMPY", "npy", "a single .npy array"],
  ["PK\x03\x04", "zip", "a zip archive"],
  ["PK\x05\x06", "zip", "an empty zip archive"],
  ["PAR1", "parquet", "a Parquet file"],
  ["\x80\x02", "other", "a Python pickle, which is never loaded"],
  ["\x80\x03", "other", "a Python pickle, which is never loaded"],
  ["\x80\x04", "other", "a Python pickle, which is never loaded"],
  ["\x80\x05", "other", "a Python pickle, which is never loaded"],
  ["\x89PNG", "other", "a PNG picture"],
  ["\xff\xd8\xff", "other", "a JPEG picture"],
  ["\x1f\x8b", "other", "a gzip file, to be unpacked first"],
  ["%PDF-", "other", "a PDF document"],
  ["\x89HDF", "other", "an HDF5 file"],
  ["\xff\xfe", "other", "UTF-16 text, to be saved as UTF-8"],
  ["\xfe\xff", "other", "UTF-16 text, to be saved as UTF-8"],
];

/** What a file is by its first bytes. */
export interface Content {
  readonly kind: "npy" | "zip" | "parquet" | "other";
  /** Follows "found". */
  readonly words: string;
}

/** What a file is by its first bytes; undefined for text and for what is not known. */
export function recogniseContent(bytes: Uint8Array): Content | undefined {
  const isStart = (start: string): boolean => [...start].every((c, i) => bytes[i] === c.charCodeAt(0));
  const known = SIGNATURES.find(([start]) => isStart(start));
  return known && { kind: known[1], words: known[2] };
}

/** As {@link recogniseContent}, with words for the rest. */
export function describeContent(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  const isText = bytes.subarray(0, 512).every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));
  return recogniseContent(bytes)?.words ?? (isText ? "text" : "unknown content");
}

/** Text from a file as it may stand in a message: quoted, at most 60 characters, invisible ones written as escapes. */
export function quote(text: string): string {
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  return shown.replace(/[\p{C}\u2028\u2029]/gu, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}
