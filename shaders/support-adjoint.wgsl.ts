import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic } from "./lib/pair.wgsl.ts";

/** Groups of four columns of a thread: what it looks up for an entry serves all of them. */
export const SUPPORT_ADJOINT_GROUPS = 4;
const GROUPS = Array.from({ length: SUPPORT_ADJOINT_GROUPS }, (_, g) => g);

export const supportAdjointSource = (): string => wgsl`
// support-adjoint: the in-support half of a gradient step, which stays in the data subspace F.
//
//   in[z, i] <- decay in[z, i] - step_size * sum over entries k of word z of A[k] h_{context of k}[i]
//
// shapes    word_offsets [rows + 1], word_entries and word_contexts [entries] (the sparse rows sorted by word),
//           in_residual A [entries], embeddings [contexts, columns], in as a pair (high, low) [rows = V, columns];
//           columns is d rounded up to a multiple of four with zeros
// dispatch  one thread per word and ${SUPPORT_ADJOINT_GROUPS} groups of four columns, 64 a workgroup, laid out on x then y
// order     a word's contexts ascending, one f32 sum; the step is then added to the pair, which a decay of 1 leaves exact
// assumes   nothing: a word in no support only decays
// mirror    src/reference/support-adjoint.ts

struct Params {
  rows: u32,
  columns4: u32,
  entries: u32,
  contexts: u32,
  zero: u32,
  step_size: f32,
  decay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> word_offsets: array<u32>;
@group(0) @binding(2) var<storage, read> word_entries: array<u32>;
@group(0) @binding(3) var<storage, read> word_contexts: array<u32>;
@group(0) @binding(4) var<storage, read> in_residual: array<f32>;
@group(0) @binding(5) var<storage, read> embeddings: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> in_high: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> in_low: array<vec4f>;
${groupIndex}${pairArithmetic("vec4f")}
@compute @workgroup_size(64)
fn support_adjoint_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // the groups of a thread are across apart: neighbours read neighbouring columns
  let across = (params.columns4 + ${SUPPORT_ADJOINT_GROUPS - 1}u) / ${SUPPORT_ADJOINT_GROUPS}u;
  let thread = group_index(group, groups) * 64u + lane;
  if (thread >= params.rows * across) {
    return;
  }
  let word = thread / across;
  let column = thread % across;
${GROUPS.map(
  (g) => `  let column_${g} = min(column + ${g}u * across, params.columns4 - 1u);
  var gradient_${g} = vec4f();`,
).join("\n")}
  let end = word_offsets[word + 1u];
  for (var e = word_offsets[word]; e < end; e++) {
    let residual = in_residual[word_entries[e]];
    let h = word_contexts[e] * params.columns4;
${GROUPS.map((g) => `    gradient_${g} += residual * embeddings[h + column_${g}];`).join("\n")}
  }
  let gradients = array<vec4f, ${SUPPORT_ADJOINT_GROUPS}>(${GROUPS.map((g) => `gradient_${g}`).join(", ")});
  for (var g = 0u; g < ${SUPPORT_ADJOINT_GROUPS}u && column + g * across < params.columns4; g++) {
    let i = word * params.columns4 + column + g * across;
    let moved = add(scaled(Pair(in_high[i], in_low[i]), vec4f(params.decay)), -params.step_size * gradients[g]);
    in_high[i] = moved.high;
    in_low[i] = moved.low;
  }
}
`;
