import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { oneWorkgroupProduct, type OneWorkgroupTile } from "./lib/one-workgroup-product.wgsl.ts";
import { oneWorkgroupStep, stepMemory, type OneWorkgroupStepKind } from "./lib/one-workgroup-step.wgsl.ts";
import { oneWorkgroupFunctions, oneWorkgroupResidual } from "./lib/one-workgroup-residual.wgsl.ts";

/** How the run is laid out in its workgroup, and what its steps go along. */
export interface OneWorkgroupVariant extends OneWorkgroupTile {
  readonly step: OneWorkgroupStepKind;
}

const residual = { array: "change", first: "first", stride: "params.stride" };
const embeddings = { array: "embeddings", first: "embedding_first", stride: "params.columns" };
const gradient = { array: "moving", first: "gradient_first", stride: "params.columns" };
const moved = { array: "moving", first: "moved_first", stride: "params.columns" };
const embeddingsT = { array: "embeddings_t", first: "embedding_first", stride: "params.stride" };

export const oneWorkgroupDescentSource = (variant: OneWorkgroupVariant): string => wgsl`
#if ${variant.sharing === "quad"}
enable subgroups;
#endif
// one-workgroup-descent: many steps of an optimiser in one dispatch, on what they have moved the decoder by.
//
//   X = D H^T                                what the steps so far have changed the logits by
//   R[v, j] = pi_j (q_v - p_v),              q_j the softmax of relative + X + log p on the support
//   g = scale R H
//   gradient    D <- D - step_k g / scale
//   sum         u <- decay u + g,  D <- D - step_k u / scale
//   unit        D <- D - step_k g / ||g||,  not at all where g = 0
//   max         D <- D - step_k sum |g / scale| sign(g)
//   a rule      direction, first, second <- rule(g, first, second, k + 1),  D <- D - step_k direction
//   step_k = step_size / (sqrt(1 + slowing k) (1 + falling k))
//
// shapes    embeddings H [stride, columns], embeddings_t [columns, stride]; relative, probabilities p (0 off the supports),
//           change X, then R [words, stride]; weights pi [contexts]; count [1]; moving [4, .., words, columns]: D, g, u or the
//           averages of a rule; one problem after another within each; stride and columns are m and d rounded up to multiples of four with zeros
// dispatch  one workgroup per problem
// order     of the products and R as in lib/one-workgroup-product and lib/one-workgroup-residual; ||g||^2 and sum |g| in a sum of each thread, then
//           over the threads ascending
// assumes   words is the variant's; for Adam log_beta = log(beta), -100 for 0; columns of R past the last context are zero and stay so
// mirror    src/reference/one-workgroup-descent.ts

alias Entry = f32;

struct Params {
  problems: u32,
  words: u32,
  contexts: u32,
  stride: u32,
  columns: u32,
  steps: u32,
  step_size: f32,
  slowing: f32,
  falling: f32,
  scale: f32,
  decay: f32,
  number1: f32,
  number2: f32,
  number3: f32,
  number4: f32,
  number5: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> embeddings: array<f32>;
@group(0) @binding(2) var<storage, read> embeddings_t: array<f32>;
@group(0) @binding(3) var<storage, read> relative: array<f32>;
@group(0) @binding(4) var<storage, read> probabilities: array<f32>;
@group(0) @binding(5) var<storage, read> weights: array<f32>;
@group(0) @binding(6) var<storage, read_write> count: array<u32>;
@group(0) @binding(7) var<storage, read_write> change: array<f32>;
@group(0) @binding(8) var<storage, read_write> moving: array<f32>;
${groupIndex}${oneWorkgroupFunctions}
${stepMemory(variant.step, variant.lanes)}
@compute @workgroup_size(${variant.lanes})
fn one_workgroup_descent_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let problem = group_index(group, groups);
  if (problem >= params.problems) {
    return;
  }
  let first = problem * params.words * params.stride;
  let embedding_first = problem * params.stride * params.columns;
  let length = params.words * params.columns;
  let part = params.problems * length;
  let moved_first = problem * length;
  let gradient_first = moved_first + part;
  let taken = count[problem];
  for (var k = 0u; k < params.steps; k++) {
${oneWorkgroupProduct(variant, moved, embeddingsT, residual)}
    // the columns of X are written by other threads than read them
    storageBarrier();
    for (var j = lane; j < params.contexts; j += ${variant.lanes}u) {
      let i = first + j;
      let weight = params.scale * weights[problem * params.contexts + j];
${oneWorkgroupResidual(
  variant.words,
  (v) => `relative[i + ${v}u * params.stride] + change[i + ${v}u * params.stride]`,
  (v) => `probabilities[i + ${v}u * params.stride]`,
  "weight",
  (v, value) => `change[i + ${v}u * params.stride] = ${value};`,
)}
    }
    // and so is R
    storageBarrier();
${oneWorkgroupProduct(variant, residual, embeddings, gradient)}
    // and the gradient
    storageBarrier();
${oneWorkgroupStep(variant.step, variant.lanes, "moving[gradient_first + i]")}    // the next product reads what all have moved
    storageBarrier();
  }
  if (lane == 0u) {
    count[problem] = taken + params.steps;
  }
}
`;
