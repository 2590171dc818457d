import { randomProblemsSource } from "../../shaders/random-problems.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

type Shape = Readonly<Record<"count" | "contexts" | "support", number>>;
const entries = (p: Shape): number => p.count * p.contexts * p.support;

/** Problems number first … first + count − 1 of a seed: N(0, 1) embeddings, uniform supports of one size, their probabilities. */
export const randomProblems = defineKernel({
  name: "random-problems",
  params: {
    seed_low: "u32",
    seed_high: "u32",
    first: "u32",
    count: "u32",
    contexts: "u32",
    dim: "u32",
    words: "u32",
    support: "u32",
    flat: "u32",
  },
  bindings: {
    embeddings: { type: "f32", access: "read_write", length: (p) => p.count * p.contexts * p.dim },
    tokens: { type: "u32", access: "read_write", length: entries },
    probabilities: { type: "f32", access: "read_write", length: entries },
  },
  operations: (p) => p.count * p.contexts * (30 * p.dim + 40 * p.support),
  source: randomProblemsSource,
  workgroups: (p) => Math.ceil((p.count * p.contexts * (1 + Math.ceil(p.dim / 4))) / 64),
});
