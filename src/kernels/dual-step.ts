import { dualStepSource } from "../../shaders/dual-step.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

type Shape = Readonly<Record<"words" | "stride", number>>;
const matrixLength = (p: Shape): number => p.words * p.stride;

/** A projected gradient step of every context's dual variables: `moved` [words, stride] holds the gradient and becomes x⁺. `shift` is where the search for τ begins, zero at first. */
export const dualStep = defineKernel({
  name: "dual-step",
  params: { contexts: "u32", words: "u32", stride: "u32" },
  bindings: {
    linear: { type: "f32", access: "read", length: matrixLength },
    room: { type: "f32", access: "read", length: matrixLength },
    y: { type: "f32", access: "read", length: matrixLength },
    x: { type: "f32", access: "read", length: matrixLength },
    moved: { type: "f32", access: "read_write", length: matrixLength },
    overlap: { type: "f32", access: "read_write", length: (p) => p.contexts },
    shift: { type: "f32", access: "read_write", length: (p) => p.contexts },
  },
  operations: (p) => 16 * p.words * p.contexts,
  source: dualStepSource,
  workgroups: (p) => Math.ceil(p.contexts / 32),
});

/** What `room` holds where there is no bound. */
export const UNBOUNDED = 1e30;
