import { FileError } from "../errors.ts";
import { recogniseContent } from "./content.ts";
import { holdsNumbers, readNpy, shapeText, toFloats, type NpyArray } from "./npy.ts";
import { openNpz } from "./npz.ts";

/** Of a decoder in an .npz archive, beside the arrays of its problem or others. */
const KEY = "decoder";

/**
 * Reads a decoder W from a .npy file, or from the key `decoder` of an .npz archive.
 * @param name the file's name, for messages
 * @param vocabularySize V
 * @param embeddingDim d
 * @returns V × d, row-major, in the precision of the file (float16 is widened, whole numbers become float64)
 * @throws FileError when there is no such key, or the array has another shape, holds no numbers, or not only finite ones
 */
export function readDecoder(
  name: string,
  bytes: Uint8Array,
  vocabularySize: number,
  embeddingDim: number,
): Float32Array | Float64Array {
  const array = recogniseContent(bytes)?.kind === "zip" ? readKey(name, bytes) : readNpy(name, bytes);
  const [rows, columns] = array.shape;
  if (array.shape.length !== 2 || rows !== vocabularySize || columns !== embeddingDim) {
    const isTransposed = array.shape.length === 2 && rows === embeddingDim && columns === vocabularySize;
    throw new FileError(
      name,
      `expected a decoder of shape (${vocabularySize}, ${embeddingDim}), words × dimensions, found ${shapeText(array.shape)}${isTransposed ? ", its transpose" : ""}`,
    );
  }
  if (!holdsNumbers(array)) throw new FileError(name, `expected a decoder of numbers, found ${array.storedAs}`);
  const decoder = toFloats(array.data);
  const bad = decoder.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0)
    throw new FileError(
      name,
      `expected finite numbers, found ${decoder[bad]} at word ${Math.floor(bad / embeddingDim)}, dimension ${bad % embeddingDim}`,
    );
  return decoder;
}

function readKey(name: string, bytes: Uint8Array): NpyArray {
  const array = openNpz(name, bytes).read([KEY]).get(KEY);
  if (!array) throw new FileError(name, `key "${KEY}": expected a decoder, found no such key`);
  return array;
}
