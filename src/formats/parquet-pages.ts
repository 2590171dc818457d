import type { FileMetaData } from "hyparquet";

/** A struct of Thrift's compact protocol by the numbers of its fields: whole numbers and structs; what else it has is passed over. */
type Struct = ReadonlyMap<number, number | Struct>;

/** Numbers of the fields of `PageHeader` and of the three headers within it, as in parquet.thrift. */
const FIELDS = {
  unpacked: 2,
  packed: 3,
  data: 5,
  dictionary: 7,
  dataV2: 8,
  values: 1,
  nulls: 2,
  levels: [5, 6],
} as const;

/**
 * Holds the headers of the pages of flat columns against the footer, before anything is unpacked: the library makes as much room as they say.
 * What stands within pages is not looked at.
 * @throws Error, or RangeError for a header that is cut off, of a page whose sizes or values are more than its column has
 */
export function requirePages(bytes: Uint8Array, metadata: FileMetaData, columns: readonly string[]): void {
  for (const group of metadata.row_groups)
    for (const { meta_data: column } of group.columns) {
      const name = column!.path_in_schema[0]!;
      if (!columns.includes(name)) continue;
      const rows = Number(group.num_rows);
      let at = Number(column!.dictionary_page_offset || column!.data_page_offset);
      const end = at + Number(column!.total_compressed_size);
      for (let seen = 0; seen < rows;) {
        const start = at;
        const reader = new CompactReader(bytes.subarray(0, end), at);
        const header = reader.struct();
        const [unpacked, packed] = [numberOf(header, FIELDS.unpacked), numberOf(header, FIELDS.packed)];
        const dataV2 = header.get(FIELDS.dataV2);
        const data = header.get(FIELDS.data) ?? dataV2;
        if (data !== undefined) seen += numberOf(data, FIELDS.values);
        const [nulls, ...levels] = [FIELDS.nulls, ...FIELDS.levels].map((field) =>
          dataV2 === undefined ? 0 : numberOf(dataV2, field),
        ) as [number, number, number];
        // an entry of a dictionary takes four bytes at least
        const entries = header.has(FIELDS.dictionary) ? numberOf(header.get(FIELDS.dictionary), FIELDS.values) : 0;
        at = reader.at + packed;
        const fits = seen <= rows && 4 * entries <= unpacked && unpacked <= Number(column!.total_uncompressed_size);
        const fitsV2 = nulls <= rows && levels[0] + levels[1] <= packed;
        if (!(fits && fitsV2 && at <= end))
          throw new Error(`the page of column "${name}" at byte ${start} is larger than the footer says`);
      }
    }
}

/** @returns NaN for a field that is no number, or below 0 */
function numberOf(struct: Struct | number | undefined, field: number): number {
  const value = typeof struct === "object" ? struct.get(field) : undefined;
  return typeof value === "number" && value >= 0 ? value : NaN;
}

/** Thrift's compact protocol. */
class CompactReader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  struct(): Struct {
    const fields = new Map<number, number | Struct>();
    let field = 0;
    for (let head; (head = this.#byte()) !== 0;) {
      field = head >> 4 === 0 ? this.#zigzag() : field + (head >> 4);
      const value = this.#value(head & 15);
      if (value !== undefined) fields.set(field, value);
    }
    return fields;
  }

  #value(type: number): number | Struct | undefined {
    switch (type) {
      case 1: // true
      case 2: // false
        return undefined;
      case 3: // byte
        return void this.#byte();
      case 4: // i16
      case 5: // i32
      case 6: // i64
        return this.#zigzag();
      case 8: // binary
        return this.#skip(this.#varint());
      case 12:
        return this.struct();
      default:
        throw new Error(`the header of a page has a field of type ${type}`);
    }
  }

  #skip(length: number): undefined {
    this.at += length;
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new RangeError("the header of a page is cut off");
    return byte;
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
