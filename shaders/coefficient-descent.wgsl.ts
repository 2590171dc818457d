import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { scheduledStep } from "./lib/scheduled-step.wgsl.ts";
import { oneWorkgroupProduct, type OneWorkgroupTile } from "./lib/one-workgroup-product.wgsl.ts";
import { oneWorkgroupFunctions, oneWorkgroupResidual } from "./lib/one-workgroup-residual.wgsl.ts";

/** How the run is laid out in its workgroup. */
export interface CoefficientVariant extends OneWorkgroupTile {
  /** Whether the steps go along a sum of residuals with momentum, in `direction`. */
  readonly hasMomentum: boolean;
}

const coefficients = { array: "coefficients", first: "first", stride: "params.stride" };
const gram = { array: "gram", first: "gram_first", stride: "params.stride" };
const change = { array: "change", first: "first", stride: "params.stride" };

export const coefficientDescentSource = (variant: CoefficientVariant): string => wgsl`
#if ${variant.sharing === "quad"}
enable subgroups;
#endif
// coefficient-descent: many steps of gradient descent in one dispatch, on the coefficients of the embeddings alone.
//
//   X = C G,  G = H^T H                      what the steps so far have changed the logits by
//   R[v, j] = pi_j (q_v - p_v),              q_j the softmax of relative + X + log p on the support
//   C <- C - step_k R,                       step_k = step_size / (sqrt(1 + slowing k) (1 + falling k))
//   with momentum: U <- momentum U + R,  C <- C - step_k U
//
// and the decoder has moved by C H^T.
//
// shapes    gram G [stride, stride]; relative, probabilities p (0 off the supports), coefficients C, change X, direction U
//           [words, stride]; weights pi [contexts]; count [1]; one problem after another; stride is m rounded up to a multiple
//           of four
// dispatch  one workgroup per problem
// order     of X and R as in lib/one-workgroup-product and lib/one-workgroup-residual
// assumes   words is the variant's; columns past the last context are zeros in C and U and stay so
// mirror    src/reference/coefficient-descent.ts

struct Params {
  problems: u32,
  words: u32,
  contexts: u32,
  stride: u32,
  steps: u32,
  step_size: f32,
  slowing: f32,
  falling: f32,
  momentum: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gram: array<f32>;
@group(0) @binding(2) var<storage, read> relative: array<f32>;
@group(0) @binding(3) var<storage, read> probabilities: array<f32>;
@group(0) @binding(4) var<storage, read> weights: array<f32>;
@group(0) @binding(5) var<storage, read_write> count: array<u32>;
@group(0) @binding(6) var<storage, read_write> coefficients: array<f32>;
@group(0) @binding(7) var<storage, read_write> direction: array<f32>;
@group(0) @binding(8) var<storage, read_write> change: array<f32>;
${groupIndex}${oneWorkgroupFunctions}
fn step(i: u32, step_size: f32, residual: f32) {
#if ${variant.hasMomentum}
  let turned = params.momentum * direction[i] + residual;
  direction[i] = turned;
  coefficients[i] -= step_size * turned;
#else
  coefficients[i] -= step_size * residual;
#endif
}

@compute @workgroup_size(${variant.lanes})
fn coefficient_descent_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let problem = group_index(group, groups);
  if (problem >= params.problems) {
    return;
  }
  let first = problem * params.words * params.stride;
  let gram_first = problem * params.stride * params.stride;
  let taken = count[problem];
  for (var k = 0u; k < params.steps; k++) {
${oneWorkgroupProduct(variant, coefficients, gram, change)}
    // the columns of X are written by other threads than read them
    storageBarrier();
    let step_size = ${scheduledStep("taken + k")};
    for (var j = lane; j < params.contexts; j += ${variant.lanes}u) {
      let i = first + j;
      let weight = weights[problem * params.contexts + j];
${oneWorkgroupResidual(
  variant.words,
  (v) => `relative[i + ${v}u * params.stride] + change[i + ${v}u * params.stride]`,
  (v) => `probabilities[i + ${v}u * params.stride]`,
  "weight",
  (v, residual) => `step(i + ${v}u * params.stride, step_size, ${residual});`,
)}
    }
    // and so are those of C
    storageBarrier();
  }
  if (lane == 0u) {
    count[problem] = taken + params.steps;
  }
}
`;
