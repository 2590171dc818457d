import { innerProductSource } from "../../shaders/inner-product.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

type Params = Readonly<Record<"length" | "partials" | "chunk" | "first", number>>;
/** Terms of the partial sums from the first on. */
const terms = (p: Params): number => Math.min(p.length - p.first * p.chunk, p.partials * p.chunk);

/** Partial sums of ⟨a, b⟩, `partials` of them of `chunk` terms each; {@link partialCount} says how many. */
export const innerProduct = defineKernel({
  name: "inner-product",
  params: { length: "u32", partials: "u32", chunk: "u32", first: "u32" },
  rows: { count: "partials", first: "first" },
  bindings: {
    a: { type: "f32", access: "read", length: terms, perRow: (p) => p.chunk },
    b: { type: "f32", access: "read", length: terms, perRow: (p) => p.chunk },
    partials: { type: "f32", access: "read_write", length: (p) => p.partials, perRow: () => 1 },
  },
  operations: (p) => 2 * p.length,
  source: innerProductSource,
  workgroups: (p) => p.partials,
});

/** Terms of a partial sum at most: 64 of them, as many as ranges of rows are multiples of, are bound at once on every device. */
const MOST_TERMS = 2 ** 19;

/** How many partial sums an inner product of `length` terms has: a function of the length alone, so that sums repeat on any device. */
export const partialCount = (length: number): number =>
  Math.max(Math.min(256, Math.ceil(length / 1024)), Math.ceil(length / MOST_TERMS));

/** The chunks of so many terms for so many partial sums: params of the kernel. */
export const inChunks = (length: number, partials: number): Params => ({
  ...{ length, partials, first: 0 },
  chunk: 64 * Math.ceil(length / partials / 64),
});
