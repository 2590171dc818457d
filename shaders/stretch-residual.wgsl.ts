import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { divergenceOf, entryStruct, offSupport, splitSoftmaxFunctions } from "./lib/split-softmax.wgsl.ts";

export const stretchResidualSource = (): string => wgsl`
// stretch-residual: the residual of every context, some steps into a stretch.
//
//   R[v, j] = pi_j (q_v - p_v),   q_j the softmax of relative + X off the support S_j, of ratios + X + log p on it
//
// On S_j, with t, KL and omega as in soft-label-grad:  q_v - p_v = p_v expm1(t_v - KL) - omega q~_v
//
// shapes    offsets [contexts + 1]; entries [nnz] (token, p, log p as a pair); weights pi [contexts]; ratios [nnz] and
//           relative [words, stride] as stretch-start leaves them; change X, then R [words, stride]; shifts t [nnz]
// dispatch  one thread per context, 64 a workgroup, laid out on x then y: neighbours read neighbouring columns
// order     words and entries ascending, one f32 sum each
// assumes   X finite, the tokens of a row distinct; columns past the last context stay as they are
// mirror    src/reference/stretch-residual.ts

struct Params {
  contexts: u32,
  words: u32,
  stride: u32,
  nnz: u32,
}

${entryStruct}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> entries: array<Entry>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> ratios: array<f32>;
@group(0) @binding(5) var<storage, read> relative: array<f32>;
@group(0) @binding(6) var<storage, read_write> change: array<f32>;
@group(0) @binding(7) var<storage, read_write> shifts: array<f32>;
${groupIndex}${splitSoftmaxFunctions}
@compute @workgroup_size(64)
fn stretch_residual_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = group_index(group, groups) * 64u + lane;
  if (j >= params.contexts) {
    return;
  }
  let start = offsets[j];
  let end = offsets[j + 1u];
  let weight = weights[j];

  var mean = 0.0;
  for (var k = start; k < end; k++) {
    let t = ratios[k] + change[entries[k].token * params.stride + j];
    shifts[k] = t;
    mean += entries[k].probability * t;
  }
${divergenceOf("shifts")}
  let log_in = mean + divergence;
${offSupport((i) => `relative[${i}] + change[${i}]`)}

  for (var v = 0u; v < params.words; v++) {
    let i = v * params.stride + j;
    change[i] = weight * exp(relative[i] + change[i] - log_all);
  }
  for (var k = start; k < end; k++) {
    let x = shifts[k] - divergence;
    let inside = exp(x + entries[k].log_high);
    change[entries[k].token * params.stride + j] = weight * (scaled_exp_minus_one(k, x) - off_mass * inside);
  }
}
`;
