import { FileError } from "../errors.ts";
import { holdsNumbers, readNpy, shapeText, toFloats } from "./npy.ts";

/**
 * Reads a decoder W from a .npy file.
 * @param name the file's name, for messages
 * @param vocabularySize V
 * @param embeddingDim d
 * @returns V × d, row-major, in the precision of the file (float16 is widened, whole numbers become float64)
 * @throws FileError when the array has another shape, holds no numbers, or not only finite ones
 */
export function readDecoder(
  name: string,
  bytes: Uint8Array,
  vocabularySize: number,
  embeddingDim: number,
): Float32Array | Float64Array {
  const array = readNpy(name, bytes);
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
