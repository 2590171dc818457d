import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FileError } from "../../src/errors.ts";
import { readProblem, type ReadProblemOptions } from "../../src/formats/problem-file.ts";

const fixture = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../fixtures/formats/${name}`, import.meta.url)));

const read = (name: string, content: BlobPart, options?: ReadProblemOptions): ReturnType<typeof readProblem> =>
  readProblem(new File([content], name), options);

describe("a table of counts in Parquet", () => {
  it("is that of the same table in CSV, whatever the file is called", async () => {
    const { problem, kind, notes } = await read("counts", fixture("counts.parquet"), { seed: 3 });
    const csv = await read("counts.csv", fixture("counts.csv"), { seed: 3 });
    expect(kind).toBe("parquet");
    expect(problem).toStrictEqual(csv.problem);
    expect(notes).toStrictEqual(csv.notes);
    expect(notes[0]).toBe('1 column left unread: "id".');
  });

  it("has whole numbers for names, such as a tokenizer's ids", async () => {
    const { problem } = await read("ids.parquet", fixture("ids.parquet"));
    expect(problem.contextLabels).toStrictEqual(["7", "9"]);
    expect(problem.words).toStrictEqual(["1", "2"]);
    expect(problem.probabilities).toStrictEqual(Float64Array.of(0.75, 0.25, 1));
    expect(problem.weights).toStrictEqual(Float64Array.of(4 / 6, 2 / 6));
  });

  it.each(["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4-raw", "polars"])(
    "is unpacked as other programs pack it: %s",
    async (name) => {
      const rows = Array.from(
        { length: 300 },
        (_, i) => `context ${i % 40} of forty,né ${(i * i) % 23},${1 + (i % 7)}`,
      );
      const csv = await read("a.csv", `context,next,count\n${rows.join("\n")}\n`);
      const { problem } = await read("a.parquet", fixture(`codecs/${name}.parquet`));
      expect(problem).toStrictEqual(csv.problem);
    },
  );

  it("refuses a codec that nothing here unpacks", async () => {
    const whole = fixture("codecs/gzip.parquet");
    const start = whole.length - 8 - new DataView(whole.buffer).getUint32(whole.length - 8, true);
    // 2 for GZIP becomes 3 for LZO, of the first column and then of the others; Thrift writes them as 4 and 6
    const asLzo = Array.from(whole, (byte, i) => (i >= start && byte === 4 ? whole.with(i, 6) : [])).flat();
    const refusals = asLzo.map((bytes) => read("a.parquet", bytes).then(String, (error: unknown) => String(error)));
    expect(await Promise.all(refusals)).toContain(
      'FileError: a.parquet: column "context": expected one of the codecs UNCOMPRESSED, SNAPPY, GZIP, BROTLI, ZSTD, LZ4_RAW, found LZO',
    );
  });

  it.each([
    ["gap.parquet", "row 1: expected a string or a whole number for next, found none"],
    ["shares.parquet", "row 1: expected a count, a whole number from 0 to 2^53 - 1, found 0.5"],
  ])("refuses %s", async (name, message) => {
    await expect(read(name, fixture(name))).rejects.toThrow(new FileError(name, message));
  });

  it("refuses other columns, and what is no Parquet", async () => {
    const renamed = fixture("ids.parquet").map((byte, i, all) =>
      new TextDecoder().decode(all.subarray(i, i + 4)) === "next" ? 0x4e : byte,
    );
    await expect(read("a.parquet", renamed)).rejects.toThrow(
      'a.parquet: expected one column each of context, next and count, found "context", "Next", "count"',
    );
    await expect(read("a.parquet", "context,next,count\na,x,1\n")).rejects.toThrow(
      "a.parquet: expected a Parquet file, found text",
    );
    await expect(read("a.parquet", fixture("ids.parquet").slice(0, -1))).rejects.toThrow(
      "a.parquet: expected a whole Parquet file, found a damaged one",
    );
  });

  it.each([
    ["counts.parquet", 44, 65],
    ["codecs/uncompressed.parquet", 1470, 1490],
  ])("ends, with a FileError or none, whichever bit is wrong in the header of a page: %s", async (name, start, end) => {
    const whole = fixture(name);
    let refused = 0;
    for (let bit = 8 * start; bit < 8 * end; bit++) {
      const bytes = whole.with(bit >> 3, whole[bit >> 3]! ^ (1 << (bit % 8)));
      const error: unknown = await read("a.parquet", bytes).catch((reason: unknown) => reason);
      if (!(error instanceof Error)) continue;
      expect(error).toBeInstanceOf(FileError);
      refused++;
    }
    expect(refused).toBeGreaterThan(0);
  });

  it("is refused where a page is larger than the footer says, before there is room for it", async () => {
    // the values of the page: 300, the number that Thrift writes as d8 04, becomes 8172
    const whole = fixture("codecs/uncompressed.parquet");
    expect([...whole.subarray(1480, 1482)]).toStrictEqual([0xd8, 0x04]);
    await expect(read("a.parquet", whole.with(1481, 0x7f))).rejects.toThrow("is larger than the footer says");
  });

  it("never throws anything but a FileError for a footer that is damaged, or cut off", async () => {
    const whole = fixture("counts.parquet");
    const start = whole.length - 8 - new DataView(whole.buffer).getUint32(whole.length - 8, true);
    const damaged = Array.from(whole.subarray(start), (byte, i) => whole.with(start + i, byte ^ (1 << (i % 8))));
    const cut = Array.from(whole, (_, length) => whole.subarray(0, length));
    for (const bytes of [...damaged, ...cut]) {
      const error: unknown = await read("a.parquet", bytes).catch((reason: unknown) => reason);
      if (error instanceof Error) expect(error).toBeInstanceOf(FileError);
    }
    for (const bytes of cut) await expect(read("a.parquet", bytes)).rejects.toThrow("a.parquet: expected");
  });
});
