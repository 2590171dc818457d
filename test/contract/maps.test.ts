import { interpolateCividis, interpolateRdBu } from "d3-scale-chromatic";
import { decode } from "fast-png";
import { expect, test } from "vitest";
import { png } from "../../tools/pictures/maps.mjs";

test.each([
  { palette: "diverging", range: [-2, 2], colorOf: (share: number) => interpolateRdBu(1 - share) },
  { palette: "sequential", range: [0, 4], colorOf: interpolateCividis },
] as const)(
  "the image of a matrix has the $palette colours of its values, a square a cell",
  ({ palette, range, colorOf }) => {
    const [low, high] = range;
    const shares = [0, 0.25, 0.5, 0.75, 1, -1];
    const data = Float64Array.from(shares, (share) => low + share * (high - low));
    const { width, height, channels, data: pixels } = decode(png({ title: "", data, shape: [2, 3], palette, range }));
    expect([width, height, channels]).toEqual([48, 32, 4]);
    for (const y of [0, 15, 16, 31])
      for (const x of [0, 15, 16, 31, 32, 47]) {
        const share = shares[3 * Math.floor(y / 16) + Math.floor(x / 16)]!;
        const [r, g, b, a] = pixels.subarray(4 * (y * width + x));
        expect([`rgb(${r}, ${g}, ${b})`, a], `${x}, ${y}`).toEqual([colorOf(Math.max(share, 0)), 255]);
      }
  },
);
