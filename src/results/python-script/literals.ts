/** Numbers that are written out as a list; more of them become base64 of their bytes. */
const MOST_LISTED = 400;
const LINE_LENGTH = 100;
const CHUNK = 0x8000;

type Numbers = Float64Array | Float32Array | Uint32Array;

/** An assignment of an array, whose numbers come back exactly: `name = np.array([…])`, in its shape. */
export function arrayLine(name: string, values: Numbers, shape?: string): string {
  const isWhole = values instanceof Uint32Array;
  const text = values.length <= MOST_LISTED ? listed(values, isWhole) : encoded(values);
  return `${name} = ${text}${shape === undefined ? "" : `.reshape(${shape})`}`;
}

function listed(values: Numbers, isWhole: boolean): string {
  // the shortest digits that a float64 is known by
  const numbers = Array.from(values, (value) => `${String(value)},`);
  return `np.array([\n${wrapped(numbers, " ")}\n], dtype=${isWhole ? "int" : "float"})`;
}

function encoded(values: Numbers): string {
  const type = values instanceof Uint32Array ? "<u4" : values instanceof Float32Array ? "<f4" : "<f8";
  const base64 = base64Of(values);
  const lines = Array.from({ length: Math.ceil(base64.length / LINE_LENGTH) }, (_, i) =>
    base64.slice(i * LINE_LENGTH, (i + 1) * LINE_LENGTH),
  );
  const decoded = `np.frombuffer(base64.b64decode(\n${lines.map((line) => `    "${line}"`).join("\n")}\n), "${type}")`;
  return `${decoded}.astype(${type === "<u4" ? "int" : "float"})`;
}

/** In little-endian order, as every engine that has WebGPU keeps numbers. */
function base64Of({ buffer, byteOffset, byteLength }: Numbers): string {
  let binary = "";
  for (let start = 0; start < byteLength; start += CHUNK)
    binary += String.fromCharCode(...new Uint8Array(buffer, byteOffset + start, Math.min(CHUNK, byteLength - start)));
  return btoa(binary);
}

function wrapped(words: readonly string[], separator: string): string {
  const lines: string[] = [];
  let line = "   ";
  for (const word of words) {
    if (line.length + word.length >= LINE_LENGTH) {
      lines.push(line);
      line = "   ";
    }
    line += separator + word;
  }
  return [...lines, line].join("\n");
}

/** A text of somebody else's as a line of a comment. */
export const commentLine = (text: string): string => `# ${text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ")}`;
