import { oneWorkgroupAscentSource, type AscentTile } from "../../shaders/one-workgroup-ascent.wgsl.ts";
import type { Gpu } from "../gpu/device.ts";
import { defineKernel } from "../gpu/kernel.ts";

type Shape = Readonly<Record<"groups" | "words" | "stride", number>>;
const matrices = (p: Shape): number => p.groups * p.words * p.stride;

/** Iterations of the dual ascent, as many as `plan` says: a workgroup for each of the problems that it names. */
export const oneWorkgroupAscent = defineKernel({
  name: "one-workgroup-ascent",
  params: { problems: "u32", groups: "u32", contexts: "u32", words: "u32", stride: "u32" },
  bindings: {
    plan: { type: "u32", access: "read", length: (p) => 1 + p.groups },
    gram: { type: "f32", access: "read", length: (p) => p.problems * p.stride * p.stride },
    linear: { type: "f32", access: "read", length: matrices },
    room: { type: "f32", access: "read", length: matrices },
    x: { type: "f32", access: "read_write", length: matrices },
    y: { type: "f32", access: "read_write", length: matrices },
    state: { type: "f32", access: "read_write", length: (p) => 2 * p.groups },
  },
  operations: (p) => p.groups * p.words * (2 * p.stride ** 2 + 30 * p.contexts),
  source: (tile: AscentTile) => oneWorkgroupAscentSource(tile),
  workgroups: (p) => p.groups,
});

/** What the registers of a lane hold at most, and the lanes of a workgroup. */
export const MOST_WORDS = 16;
export const MOST_LANES = 256;
/** Contexts of a lane on a software adapter, where loads are dear and lanes few. */
const SOFTWARE_COLUMNS = 4;

/** Whether problems of this size fit into one workgroup each. */
export const fitsOneWorkgroup = ({ words, contexts }: { words: number; contexts: number }): boolean =>
  words <= MOST_WORDS && contexts <= MOST_LANES;

/** What a tile is made for: a device with these. */
interface AscentDevice {
  readonly quads: boolean;
  readonly software: boolean;
  /** Invocations that a workgroup may have, 128 or more. */
  readonly mostLanes?: number;
}

/** A lane for each context, or for some where they are too many; on a software adapter as few lanes as can be, with up to four contexts each. */
export function ascentTile(
  { words, contexts }: { words: number; contexts: number },
  { quads, software, mostLanes = MOST_LANES }: AscentDevice,
): AscentTile {
  const columns = software ? Math.min(Math.ceil(contexts / 4), SOFTWARE_COLUMNS) : Math.ceil(contexts / mostLanes);
  return { words, lanes: 4 * Math.ceil(contexts / (4 * columns)), columns, quads };
}

/** The variant for problems of this size on a device. */
export const ascentTileOn = (gpu: Gpu, size: { words: number; contexts: number }): AscentTile =>
  ascentTile(size, {
    quads: gpu.device.features.has("subgroups"),
    software: gpu.adapter.isSoftware,
    mostLanes: gpu.device.limits.maxComputeInvocationsPerWorkgroup,
  });
