import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic, SUM_BLOCK } from "./lib/pair.wgsl.ts";

export const softmaxCurvatureSource = (): string => wgsl`
// softmax-curvature: the second derivative of the loss in each context's logits, along a direction.
//
//   t[v, j]   = pi_j q_vj (u_vj - mean_j),   mean_j = sum_v q_vj u_vj / sum_v q_vj   (in place of u)
//   energy[j] = sum_v pi_j q_vj (u_vj - mean_j)^2 = <u_j, t_j>
//
// The energies are sums of terms that are not negative, so that none of a small curvature is lost to rounding, and the
// map is symmetric whatever q adds up to.
//
// shapes    q, product (u, then t) [words, stride], a context is a column; weights pi, energies [contexts]
// dispatch  one thread per context, 64 a workgroup, laid out on x then y: neighbours read neighbouring columns
// order     words ascending, f32 sums of ${SUM_BLOCK} added to pairs
// assumes   q >= 0, and above 0 for a word of each context; columns past the last context stay as they are
// mirror    src/reference/softmax-curvature.ts

struct Params {
  contexts: u32,
  words: u32,
  stride: u32,
  zero: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> product: array<f32>;
@group(0) @binding(4) var<storage, read_write> energies: array<f32>;
${groupIndex}${pairArithmetic("f32")}
@compute @workgroup_size(64)
fn softmax_curvature_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = group_index(group, groups) * 64u + lane;
  if (j >= params.contexts) {
    return;
  }
  var total = Pair();
  var sum = Pair();
  for (var first = 0u; first < params.words; first += ${SUM_BLOCK}u) {
    let end = min(first + ${SUM_BLOCK}u, params.words);
    var total_block = 0.0;
    var sum_block = 0.0;
    for (var v = first; v < end; v++) {
      let i = v * params.stride + j;
      total_block += q[i];
      sum_block += q[i] * product[i];
    }
    total = add(total, total_block);
    sum = add(sum, sum_block);
  }
  let mean = sum.high / total.high;
  var energy = Pair();
  for (var first = 0u; first < params.words; first += ${SUM_BLOCK}u) {
    let end = min(first + ${SUM_BLOCK}u, params.words);
    var energy_block = 0.0;
    for (var v = first; v < end; v++) {
      let i = v * params.stride + j;
      let above = product[i] - mean;
      let curved = weights[j] * q[i] * above;
      product[i] = curved;
      energy_block += curved * above;
    }
    energy = add(energy, energy_block);
  }
  energies[j] = energy.high;
}
`;
