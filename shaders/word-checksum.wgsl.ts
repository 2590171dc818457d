import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";

/** Words that one workgroup reads. */
export const CHECKSUM_WORDS = 4096;
const LANES = 64;

export const wordChecksumSource = (): string => wgsl`
// word-checksum: what the words of an array come to, each at its place and in its readback.
//
//   sums[slot] += sum_i mix(words[start + i], i, sums[1]) mod 2^32,   0 <= i < count;   sums[1] is the readback's number
//
// shapes    words [start + count]; sums [slot + 1]
// dispatch  ${CHECKSUM_WORDS} words a workgroup, laid out on x then y: neighbours read neighbouring words
// order     whole numbers mod 2^32: any order gives the same sum
// assumes   slot > 1
// mirror    src/reference/word-checksum.ts

struct Params {
  start: u32,
  count: u32,
  slot: u32,
  zero: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> sums: array<atomic<u32>>;
${groupIndex}
fn mix(word: u32, place: u32, serial: u32) -> u32 {
  var hash = ((word ^ (place * 0x9e3779b1u)) + serial) * 0x85ebca6bu;
  hash = (hash ^ (hash >> 13u)) * 0xc2b2ae35u;
  return hash ^ (hash >> 16u);
}

@compute @workgroup_size(${LANES})
fn word_checksum_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = group_index(group, groups) * ${CHECKSUM_WORDS}u;
  if (first >= params.count) {
    return;
  }
  let serial = atomicLoad(&sums[1]);
  let end = min(first + ${CHECKSUM_WORDS}u, params.count);
  var sum = 0u;
  for (var i = first + lane; i < end; i += ${LANES}u) {
    sum += mix(words[params.start + i], i, serial);
  }
  atomicAdd(&sums[params.slot], sum);
}
`;
