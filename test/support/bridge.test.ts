import { expect, test } from "vitest";
import { decode, encode } from "./bridge.ts";

test("bits and special numbers survive the bridge", () => {
  const value = {
    arrays: [Float32Array.of(1.5, NaN, -0), Float64Array.of(Math.PI), Uint32Array.of(4294967295), Uint8Array.of(255)],
    numbers: [NaN, Infinity, -Infinity, 0.1],
    text: "ü",
  };
  const back = decode(encode(value)) as typeof value;
  expect(back).toEqual(value);
  expect(Object.is(back.arrays[0]![2], -0)).toBe(true);
});

test("a long array survives the bridge", () => {
  const long = Uint32Array.from({ length: 100_003 }, (_, i) => i * 2654435761);
  expect(decode(encode(long))).toEqual(long);
});

test("what it cannot carry is refused", () => {
  expect(() => encode(new BigInt64Array(1))).toThrow(TypeError);
});
