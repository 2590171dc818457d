/** What a canvas shows. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and alpha of each pixel, row by row. */
  readonly bytes: Uint8Array;
}

/** An opaque pixel as d3 writes its colour. */
export function colorAt({ width, bytes }: Pixels, row: number, column: number): string {
  const [red, green, blue, alpha] = bytes.subarray(4 * (row * width + column));
  return alpha === 255 ? `rgb(${red}, ${green}, ${blue})` : `an alpha of ${alpha}`;
}
