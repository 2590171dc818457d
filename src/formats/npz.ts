import { Inflate, inflateSync } from "fflate";
import { FileError } from "../errors.ts";
import { crc32 } from "../support/crc32.ts";
import { describeContent, quote, recogniseContent } from "./content.ts";
import { HEAD_BYTES, readNpy, readNpyHeader } from "./npy.ts";
import type { NamedArrays } from "./named-arrays.ts";
import type { NpyArray, NpyHeader } from "./npy.ts";

type Fail = (message: string, cause?: unknown) => never;

const MOST_ENTRIES = 512;
const MOST_BYTES = 2 ** 31;
const LONGEST_NAME = 255;
/** Packed bytes that are unpacked at a time, to find a header. */
const HEAD_PIECE = 512;
/** Deflate packs at most 258 bytes into 2 bits. */
const LARGEST_DEFLATE_RATIO = 1032;
const UNKNOWN_SIZE = 0xffffffff;

interface Entry {
  readonly name: string;
  readonly nameBytes: number;
  readonly encrypted: boolean;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where the entry's own header begins in the archive. */
  readonly start: number;
}

/**
 * Opens an .npz archive, as `numpy.savez` and `numpy.savez_compressed` write them.
 * @param name the file's name, for messages
 * @returns its arrays, of which one that is encrypted is refused when it is wanted; the CRC-32 of what is read is checked
 * @throws FileError when the archive is damaged or has more than 512 entries
 */
export function openNpz(name: string, bytes: Uint8Array): NamedArrays {
  const fail: Fail = (message, cause) => {
    throw new FileError(name, message, cause === undefined ? undefined : { cause });
  };
  const { entries, directoryStart } = readDirectory(bytes, fail);
  const byKey = new Map(
    entries.flatMap((entry) => {
      const [, key] = /^(.*)\.npy$/s.exec(entry.name) ?? [];
      return key === undefined ? [] : [[key, entry] as const];
    }),
  );
  const choose = (wanted: readonly string[]): { key: string; entry: Entry }[] =>
    wanted.flatMap((key) => (byKey.has(key) ? [{ key, entry: byKey.get(key)! }] : []));
  const headers = (wanted: readonly string[]): ReadonlyMap<string, NpyHeader> => {
    const found = new Map(
      choose(wanted).map(({ key, entry }) => {
        const { packed, refuse } = openEntry(bytes, entry, directoryStart, fail);
        return [key, readNpyHeader(name, unpackHead(packed, entry, refuse), entry.bytes, key)];
      }),
    );
    requireMemory(found, fail);
    return found;
  };
  const read = (wanted: readonly string[]): Map<string, NpyArray> => {
    headers(wanted);
    return new Map(
      choose(wanted).map(({ key, entry }) => [key, readNpy(name, unpack(bytes, entry, directoryStart, fail), key)]),
    );
  };
  return { keys: [...byKey.keys()], headers, read };
}

/** The wanted arrays of an archive, by {@link openNpz}. */
export function readNpz(name: string, bytes: Uint8Array, wanted: readonly string[]): Map<string, NpyArray> {
  return openNpz(name, bytes).read(wanted);
}

/** Every array of an archive, by {@link openNpz}. */
export function readWholeNpz(name: string, bytes: Uint8Array): Map<string, NpyArray> {
  const archive = openNpz(name, bytes);
  return archive.read(archive.keys);
}

/** fflate gives neither checksums nor flags nor positions of the entries, so the directory is read here. */
function readDirectory(bytes: Uint8Array, fail: Fail): { entries: Entry[]; directoryStart: number } {
  if (recogniseContent(bytes)?.kind !== "zip")
    return fail(`expected an .npz (zip) archive, found ${describeContent(bytes)}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findDirectoryEnd(view, fail);
  const [disk, directoryDisk] = [view.getUint16(end + 4, true), view.getUint16(end + 6, true)];
  const [countHere, count] = [view.getUint16(end + 8, true), view.getUint16(end + 10, true)];
  const directoryBytes = view.getUint32(end + 12, true);
  const directoryStart = view.getUint32(end + 16, true);
  if (count > MOST_ENTRIES) fail(`expected at most ${MOST_ENTRIES} entries, found ${count}`);
  if (disk !== 0 || directoryDisk !== 0 || countHere !== count)
    fail("expected one archive, found a part of a split one");
  const damaged = (): never => fail("expected a whole zip directory, found a damaged one");
  if (directoryStart + directoryBytes > end) damaged();

  const entries: Entry[] = [];
  const names = new Set<string>();
  let at = directoryStart;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) damaged();
    const flags = view.getUint16(at + 8, true);
    const nameBytes = view.getUint16(at + 28, true);
    const next = at + 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > directoryStart + directoryBytes) damaged();
    const name = decodeName(bytes.subarray(at + 46, at + 46 + nameBytes), (flags & 0x800) !== 0);
    if (nameBytes > LONGEST_NAME) fail(`expected entry names of at most ${LONGEST_NAME} bytes, found ${quote(name)}`);
    if (names.has(name)) fail(`expected distinct entries, found ${quote(name)} twice`);
    names.add(name);
    entries.push({
      name,
      nameBytes,
      encrypted: (flags & 0x41) !== 0,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      start: view.getUint32(at + 42, true),
    });
    at = next;
  }
  refuseOverlaps(entries, directoryStart, fail);
  return { entries, directoryStart };
}

function findDirectoryEnd(view: DataView, fail: Fail): number {
  const found: number[] = [];
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at--)
    if (view.getUint32(at, true) === 0x06054b50 && at + 22 + view.getUint16(at + 20, true) === view.byteLength)
      found.push(at);
  if (found.length === 0) fail("expected a zip directory at the end, found none: the file is cut short or damaged");
  if (found.length > 1) fail(`expected one zip directory, found ${found.length}`);
  return found[0]!;
}

/** Entries that share bytes can unpack to far more than the archive holds. */
function refuseOverlaps(entries: readonly Entry[], directoryStart: number, fail: Fail): void {
  const inOrder = [...entries].sort((a, b) => a.start - b.start);
  inOrder.forEach((entry, i) => {
    if (entry.packedBytes === UNKNOWN_SIZE || entry.bytes === UNKNOWN_SIZE || entry.start === UNKNOWN_SIZE)
      fail(`entry ${quote(entry.name)}: expected less than 4 GiB, found 64-bit sizes`);
    const limit = inOrder[i + 1]?.start ?? directoryStart;
    if (entry.start + 30 + entry.nameBytes + entry.packedBytes > limit)
      fail(`entry ${quote(entry.name)}: expected entries that do not overlap, found one that does`);
  });
}

function decodeName(bytes: Uint8Array, isUtf8: boolean): string {
  return new TextDecoder(isUtf8 ? "utf-8" : "latin1").decode(bytes);
}

function requireMemory(headers: ReadonlyMap<string, NpyHeader>, fail: Fail): void {
  let total = 0;
  let most: [key: string, bytes: number] = ["", 0];
  for (const [key, { memoryBytes }] of headers) {
    total += memoryBytes;
    if (memoryBytes > most[1]) most = [key, memoryBytes];
  }
  if (total > MOST_BYTES)
    fail(
      `expected arrays that take at most ${MOST_BYTES} bytes of memory, found ${total}, of which ${quote(most[0])} takes ${most[1]}`,
    );
}

/** The packed bytes of an entry, which can hold what it declares. */
function openEntry(
  bytes: Uint8Array,
  entry: Entry,
  directoryStart: number,
  fail: Fail,
): { packed: Uint8Array; refuse: Fail } {
  const refuse: Fail = (message, cause) => fail(`entry ${quote(entry.name)}: ${message}`, cause);
  if (entry.encrypted) refuse("expected plain content, found it encrypted");
  if (entry.method !== 0 && entry.method !== 8)
    refuse(`expected it stored or deflated, found zip method ${entry.method}`);
  const packed = locate(bytes, entry, directoryStart, refuse);
  const isPossible =
    entry.method === 0 ? packed.length === entry.bytes : entry.bytes <= LARGEST_DEFLATE_RATIO * packed.length;
  if (!isPossible) refuse(`expected ${entry.bytes} bytes, found ${packed.length} packed ones that cannot hold them`);
  return { packed, refuse };
}

/** The beginning of an entry's content, as far as a header may reach. */
function unpackHead(packed: Uint8Array, { method, bytes }: Entry, refuse: Fail): Uint8Array {
  const length = Math.min(HEAD_BYTES, bytes);
  if (method === 0) return packed.subarray(0, length);
  const head = new Uint8Array(length);
  let filled = 0;
  const inflate = new Inflate((piece) => {
    head.set(piece.subarray(0, length - filled), filled);
    filled = Math.min(length, filled + piece.length);
  });
  try {
    for (let at = 0; filled < length && at < packed.length; at += HEAD_PIECE)
      inflate.push(packed.subarray(at, at + HEAD_PIECE), at + HEAD_PIECE >= packed.length);
  } catch (error) {
    refuse("expected deflated content, found it damaged", error);
  }
  return head.subarray(0, filled);
}

function unpack(bytes: Uint8Array, entry: Entry, directoryStart: number, fail: Fail): Uint8Array {
  const { packed, refuse } = openEntry(bytes, entry, directoryStart, fail);
  let content = packed;
  if (entry.method === 8)
    try {
      // One byte to spare tells content that is longer than declared from content that fits.
      content = inflateSync(packed, { out: new Uint8Array(entry.bytes + 1) });
    } catch (error) {
      refuse("expected deflated content, found it damaged", error);
    }
  if (content.length !== entry.bytes)
    refuse(`expected ${entry.bytes} bytes, found ${content.length > entry.bytes ? "more" : content.length}`);
  const crc = crc32(content);
  if (crc !== entry.crc) refuse(`expected content of CRC-32 ${hex(entry.crc)}, found ${hex(crc)}: the file is damaged`);
  return content;
}

/** The packed bytes of an entry, by its own header, which must say what the directory says. */
function locate(bytes: Uint8Array, entry: Entry, directoryStart: number, refuse: Fail): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { start } = entry;
  const nameBytes = view.getUint16(start + 26, true);
  const dataStart = start + 30 + nameBytes + view.getUint16(start + 28, true);
  const flags = view.getUint16(start + 6, true);
  const said = [14, 18, 22].map((at) => view.getUint32(start + at, true));
  // Bit 3: sizes and checksum follow the content. NumPy writes all ones for sizes, the real ones in an extra field.
  const isSaid = (flags & 8) === 0;
  const agrees =
    view.getUint32(start, true) === 0x04034b50 &&
    dataStart + entry.packedBytes <= directoryStart &&
    decodeName(bytes.subarray(start + 30, start + 30 + nameBytes), (flags & 0x800) !== 0) === entry.name &&
    view.getUint16(start + 8, true) === entry.method &&
    (flags & 0x41) === 0 &&
    [entry.crc, entry.packedBytes, entry.bytes].every(
      (value, i) => !isSaid || said[i] === value || (i > 0 && said[i] === UNKNOWN_SIZE),
    );
  if (!agrees) refuse("expected its header to agree with the zip directory, found another");
  return bytes.subarray(dataStart, dataStart + entry.packedBytes);
}

function hex(number: number): string {
  return number.toString(16).padStart(8, "0");
}
