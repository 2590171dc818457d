import { interpolateCividis, interpolateRdBu } from "d3-scale-chromatic";

/** How a matrix is coloured. */
export interface Coloring {
  /** From low to high, or from below 0, blue, to above it, red. */
  readonly palette: "sequential" | "diverging";
  /** The values of the first and the last colour, which those beyond have as well: finite, ascending, symmetric if diverging. */
  readonly range: readonly [low: number, high: number];
}

/** From the first colour to the last: an even number, so that the middle has a colour. */
const STEPS = 256;

/** Colours from the first to the last, each the bytes of a pixel: red, green, blue and alpha. */
export const PALETTES: Readonly<Record<Coloring["palette"], Uint32Array>> = {
  sequential: tableOf(interpolateCividis),
  diverging: tableOf((at) => interpolateRdBu(1 - at)),
};

/** The colours of values, as those of {@link PALETTES}. */
export function colorsOf(values: ArrayLike<number>, { palette, range: [low, high] }: Coloring): Uint32Array {
  const table = PALETTES[palette];
  return Uint32Array.from(values, (value) => {
    const place = Math.round((STEPS * (value - low)) / (high - low));
    return table[Math.min(Math.max(place, 0), STEPS)]!;
  });
}

function tableOf(interpolate: (at: number) => string): Uint32Array {
  const bytes = Array.from({ length: STEPS + 1 }, (_, step) => [...interpolate(step / STEPS).match(/\d+/g)!, 255]);
  return new Uint32Array(Uint8Array.from(bytes.flat().map(Number)).buffer);
}
