import { describe, expect, test } from "vitest";
import { wordChecksum } from "../../src/kernels/word-checksum.ts";
import { wordChecksum as reference } from "../../src/reference/word-checksum.ts";
import { bits } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function checksumCase(start: number, count: number, slot: number, serial: number): KernelCase {
  const words = bits(count + slot, start + count + 3);
  const sums = bits(7, slot + 1);
  sums[1] = serial;
  return {
    name: `${count} words from place ${start}, readback ${serial}`,
    params: { start, count, slot },
    arrays: { words, sums },
    check: (_, { sums: found }) => {
      const expected = Uint32Array.from(sums);
      expected[slot]! += reference(words.subarray(start, start + count), serial);
      expect(found).toEqual(expected);
    },
  };
}

kernelSuite(
  wordChecksum,
  [
    checksumCase(0, 1, 2, 1),
    checksumCase(64, 63, 5, 2 ** 32 - 1),
    checksumCase(3, 4096, 2, 77),
    checksumCase(0, 3 * 4096 + 5, 4, 2 ** 31),
  ],
  [
    ["words[params.start + i]", "words[i]"],
    ["(place * 0x9e3779b1u)", "0u"],
    [" + serial)", ")"],
    ["i += 64u", "i += 128u"],
    ["sums[params.slot]", "sums[2]"],
    ["hash ^ (hash >> 16u)", "hash"],
  ],
);

describe("the checksum of words", () => {
  const words = bits(3, 1000);
  const sum = reference(words, 5);

  test("is another one for every bit that is turned", () => {
    for (const place of [0, 1, 500, 999])
      for (let bit = 0; bit < 32; bit++) {
        const turned = Uint32Array.from(words);
        turned[place]! ^= 1 << bit;
        expect(reference(turned, 5), `bit ${bit} of word ${place}`).not.toBe(sum);
      }
  });

  test("is another one for words that have changed places, for none, and in another readback", () => {
    const swapped = Uint32Array.from(words);
    [swapped[10], swapped[11]] = [words[11]!, words[10]!];
    expect(reference(swapped, 5)).not.toBe(sum);
    expect(reference(new Uint32Array(1000), 5)).not.toBe(sum);
    expect(reference(words, 6)).not.toBe(sum);
  });
});
