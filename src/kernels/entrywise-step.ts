import { entrywiseStepSource } from "../../shaders/entrywise-step.wgsl.ts";
import type { EntryRule } from "../../shaders/lib/entry-rule.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** One step of an entrywise rule on the decoder and its averages; `length` is a multiple of four. */
export const entrywiseStep = defineKernel({
  name: "entrywise-step",
  params: {
    length: "u32",
    zero: "u32",
    averages: "u32",
    number1: "f32",
    number2: "f32",
    number3: "f32",
    number4: "f32",
    number5: "f32",
  },
  rows: { count: "length" },
  bindings: {
    gradient: { type: "f32", access: "read", length: (p) => p.length, perRow: () => 1 },
    step_length: { type: "f32", access: "read", length: () => 1 },
    count: { type: "u32", access: "read", length: () => 1 },
    first_average: {
      type: "f32",
      access: "read_write",
      length: (p) => (p.averages > 0 ? p.length : 1),
      perRow: (p) => (p.averages > 0 ? 1 : 0),
    },
    second_average: {
      type: "f32",
      access: "read_write",
      length: (p) => (p.averages > 1 ? p.length : 1),
      perRow: (p) => (p.averages > 1 ? 1 : 0),
    },
    decoder: { type: "f32", access: "read_write", length: (p) => p.length, perRow: () => 1 },
    decoder_low: { type: "f32", access: "read_write", length: (p) => p.length, perRow: () => 1 },
  },
  operations: (p) => 24 * p.length,
  source: (rule: EntryRule) => entrywiseStepSource(rule),
  workgroups: (p) => Math.ceil(p.length / 1024),
});

/** The numbers of a rule as parameters; those that it has not are zero. */
export function numberParams([
  number1 = 0,
  number2 = 0,
  number3 = 0,
  number4 = 0,
  number5 = 0,
]: readonly number[]): Record<"number1" | "number2" | "number3" | "number4" | "number5", number> {
  return { number1, number2, number3, number4, number5 };
}
