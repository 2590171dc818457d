import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { oneWorkgroupProduct, type OneWorkgroupTile } from "./lib/one-workgroup-product.wgsl.ts";
import { oneWorkgroupFunctions, oneWorkgroupResidual } from "./lib/one-workgroup-residual.wgsl.ts";
import { oneWorkgroupStep, stepMemory, type OneWorkgroupStepKind } from "./lib/one-workgroup-step.wgsl.ts";

/** How the run is laid out in its workgroup, and what its steps go along. */
export interface FactorVariant extends OneWorkgroupTile {
  /** d rounded up to a multiple of four. */
  readonly dim: number;
  readonly step: OneWorkgroupStepKind;
}

const at = (array: string, first: string, stride: string): { array: string; first: string; stride: string } => ({
  array,
  first,
  stride,
});
const w = at("work", "0u", "params.columns");
const wT = at("work", "w_t_first", "params.padded_words");
const h = at("work", "h_first", "params.columns");
const hT = at("work", "h_t_first", "params.stride");
const logits = at("work", "logits_first", "params.stride");
const ofW = at("moving", "gradient_first", "params.columns");
const ofHT = at("moving", "gradient_first + h_begin", "params.stride");

export const factorDescentSource = (variant: FactorVariant): string => wgsl`
#if ${variant.sharing === "quad"}
enable subgroups;
#endif
// factor-descent: many steps of an optimiser on both factors in one dispatch, on what they have moved them by.
//
//   [W; H] = base + D,  L = W H^T
//   R[v, j] = pi_j (q_v - p_v),  q_j the softmax of L
//   g = scale ([R H; R^T W] + ridge [W; H])
//   D moves along g as in one-workgroup-descent, and D <- D - step_k beside [W; H]
//
// shapes    base as a pair (high, low) [padded_words + stride, columns], W above H; probabilities p (0 off the supports), their logarithms
//           (0 off them) [words, stride]; weights pi [contexts]; count [1]; moving [4, padded_words + stride, columns]: D, the gradient (that of H
//           transposed), and what the method keeps; work: W, W^T, H, H^T, then L, in its place R [padded_words, stride]
// dispatch  one workgroup
// order     of the products and R as in lib/one-workgroup-product and lib/one-workgroup-residual; ||g||^2 and sum |g| in a sum of each thread, then
//           over the threads ascending
// assumes   words, and columns (its dim), are the variant's; padded_words, stride and columns are multiples of four; base is zero in rows of no
//           word or context, and so are moving and work at first
// mirror    src/reference/factor-descent.ts

alias Entry = f32;

struct Params {
  words: u32,
  contexts: u32,
  padded_words: u32,
  stride: u32,
  columns: u32,
  steps: u32,
  step_size: f32,
  slowing: f32,
  falling: f32,
  scale: f32,
  decay: f32,
  ridge: f32,
  beside: f32,
  number1: f32,
  number2: f32,
  number3: f32,
  number4: f32,
  number5: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> base_high: array<f32>;
@group(0) @binding(2) var<storage, read> base_low: array<f32>;
@group(0) @binding(3) var<storage, read> probabilities: array<f32>;
@group(0) @binding(4) var<storage, read> log_probabilities: array<f32>;
@group(0) @binding(5) var<storage, read> weights: array<f32>;
@group(0) @binding(6) var<storage, read_write> count: array<u32>;
@group(0) @binding(7) var<storage, read_write> moving: array<f32>;
@group(0) @binding(8) var<storage, read_write> work: array<f32>;
${groupIndex}${oneWorkgroupFunctions}
${stepMemory(variant.step, variant.lanes)}

// puts entry i of [W; H], as it stands, where the products read it, in both directions
fn place(i: u32) {
  let value = base_high[i] + (base_low[i] + moving[i]);
  let row = i / params.columns;
  let column = i % params.columns;
  let w_length = params.padded_words * params.columns;
  if (row < params.padded_words) {
    work[i] = value;
    work[w_length + column * params.padded_words + row] = value;
  } else {
    let h_first = 2u * w_length;
    work[h_first + i - w_length] = value;
    work[h_first + params.stride * params.columns + column * params.stride + row - params.padded_words] = value;
  }
}

// of [W; H]
fn value_of(i: u32) -> f32 {
  let w_length = params.padded_words * params.columns;
  return work[select(i + w_length, i, i < w_length)];
}

// where the gradient of entry i is, that of H being transposed
fn gradient_place(i: u32) -> u32 {
  let w_length = params.padded_words * params.columns;
  let j = i / params.columns - params.padded_words;
  return select(w_length + (i % params.columns) * params.stride + j, i, i < w_length);
}

@compute @workgroup_size(${variant.lanes})
fn factor_descent_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  if (group_index(group, groups) > 0u) {
    return;
  }
  let h_begin = params.padded_words * params.columns;
  let length = h_begin + params.stride * params.columns;
  let part = length;
  let moved_first = 0u;
  let gradient_first = length;
  let w_t_first = h_begin;
  let h_first = 2u * h_begin;
  let h_t_first = h_first + params.stride * params.columns;
  let logits_first = 2u * length;
  for (var i = lane; i < length; i += ${variant.lanes}u) {
    place(i);
  }
  let taken = count[0];
  for (var k = 0u; k < params.steps; k++) {
    // the factors are written by other threads than read them
    storageBarrier();
${oneWorkgroupProduct(variant, w, hT, logits)}
    // and so are the logits
    storageBarrier();
    for (var j = lane; j < params.contexts; j += ${variant.lanes}u) {
      let weight = params.scale * weights[j];
${oneWorkgroupResidual(
  variant.words,
  (v) => `work[logits_first + ${v}u * params.stride + j] - log_probabilities[${v}u * params.stride + j]`,
  (v) => `probabilities[${v}u * params.stride + j]`,
  "weight",
  (v, value) => `work[logits_first + ${v}u * params.stride + j] = ${value};`,
)}
    }
    // and R
    storageBarrier();
${oneWorkgroupProduct(variant, logits, h, ofW)}
${oneWorkgroupProduct({ ...variant, words: variant.dim, rows: 4 }, wT, logits, ofHT)}
    // and the gradient
    storageBarrier();
${oneWorkgroupStep(
  variant.step,
  variant.lanes,
  "(moving[gradient_first + gradient_place(i)] + params.scale * params.ridge * value_of(i))",
  `      moving[moved_first + i] -= step_size * params.beside * value_of(i);
      place(i);
`,
)}
  }
  if (lane == 0u) {
    count[0] = taken + params.steps;
  }
}
`;
