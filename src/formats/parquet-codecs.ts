import { decompress } from "fzstd";
import { decompressBrotli } from "hyparquet-compressors/src/brotli.js";
import { gunzip } from "hyparquet-compressors/src/gzip.js";
import { decompressLz4Raw } from "hyparquet-compressors/src/lz4.js";

/**
 * What unpacks a page of so many bytes, by the codecs that hyparquet has not by itself. The parts of hyparquet-compressors are imported
 * one by one, for its index starts WebAssembly, which the page does not allow; Zstandard is by the library that it takes too.
 */
export const DECOMPRESSORS: Readonly<Record<string, (packed: Uint8Array, length: number) => Uint8Array>> = {
  GZIP: (packed, length) => gunzip(packed, new Uint8Array(length)),
  BROTLI: decompressBrotli,
  ZSTD: (packed, length) => decompress(packed, new Uint8Array(length)),
  LZ4_RAW: decompressLz4Raw,
};
