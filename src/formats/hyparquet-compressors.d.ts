// The package has types of its index alone.
declare module "hyparquet-compressors/src/brotli.js" {
  export { decompressBrotli } from "hyparquet-compressors";
}
declare module "hyparquet-compressors/src/gzip.js" {
  export { gunzip } from "hyparquet-compressors";
}
declare module "hyparquet-compressors/src/lz4.js" {
  export { decompressLz4Raw } from "hyparquet-compressors";
}
