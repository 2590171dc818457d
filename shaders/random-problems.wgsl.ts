import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { philox } from "./lib/philox.wgsl.ts";

export const randomProblemsSource = (): string => wgsl`
// random-problems: random next-token problems side by side, each value from the words of Philox at a counter of its own.
//
//   counter        (block, context, purpose, first + problem), key the seed
//   embeddings     N(0, 1), four a block, by Box and Muller: sqrt(-2 log u) times cosine and sine of a uniform angle
//   tokens         a uniform subset of the words, ascending (Floyd's algorithm), one block a draw: a number below n is the
//                  upper half of word * n, without bias by taking the next word (Lemire), which three words of four suffice for
//   probabilities  flat Dirichlet: exponentials -log u, four a block, over their sum; or all equal
//
// shapes    embeddings [count, contexts, dim]; tokens ascending in a row, probabilities [count, contexts, support]
// dispatch  one thread per support (count * contexts of them), then one per block of four entries of an embedding, 64 a
//           workgroup, laid out on x then y
// order     exponentials of a row ascending, one f32 sum
// assumes   support <= words <= 65536; flat is 1 for Dirichlet, 0 for equal probabilities; first + count <= 2^32
// mirror    src/reference/random-problems.ts

struct Params {
  seed_low: u32,
  seed_high: u32,
  first: u32,
  count: u32,
  contexts: u32,
  dim: u32,
  words: u32,
  support: u32,
  flat: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> embeddings: array<f32>;
@group(0) @binding(2) var<storage, read_write> tokens: array<u32>;
@group(0) @binding(3) var<storage, read_write> probabilities: array<f32>;
${groupIndex}${philox}
const EMBEDDINGS = 16u;
const SUPPORTS = 17u;
const PROBABILITIES = 18u;

// row is problem * contexts + context
fn block_of(block: u32, row: u32, purpose: u32) -> vec4u {
  let counter = vec4u(block, row % params.contexts, purpose, params.first + row / params.contexts);
  return philox(counter, vec2u(params.seed_low, params.seed_high));
}

// the odd multiples of 2^-24 below 1, exact
fn uniform_of(word: u32) -> f32 {
  return (f32(word >> 9u) + 0.5) * 0x1p-23;
}

// log x = k log 2 + f - s (f - R), x = 2^k (1 + f), s = f / (2 + f), |s| <= 0.1716: the series ends below 2 s^12 / 13 of f
fn natural_log(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  var k = i32(bits >> 23u) - 127;
  var mantissa = bitcast<f32>((bits & 0x7fffffu) | 0x3f800000u);
  if (mantissa > 1.4142135) {
    mantissa *= 0.5;
    k += 1;
  }
  let f = mantissa - 1.0;
  let s = f / (2.0 + f);
  let z = s * s;
  let series = z * (2.0 / 3.0 + z * (0.4 + z * (2.0 / 7.0 + z * (2.0 / 9.0 + z * (2.0 / 11.0)))));
  return f32(k) * 0.6931472 + (f - s * (f - series));
}

// two normal numbers: the upper two bits of the angle are its quarter, the next 22 where it is in that, from -1/2 to 1/2
fn normals_of(radius_word: u32, angle_word: u32) -> vec2f {
  let radius = sqrt(-2.0 * natural_log(uniform_of(radius_word)));
  let t = (f32((angle_word >> 8u) & 0x3fffffu) - 2097152.0) * (1.5707964 * 0x1p-22);
  let z = t * t;
  let sine = t - t * z * (1.0 / 6.0 - z * (1.0 / 120.0 - z * (1.0 / 5040.0 - z * (1.0 / 362880.0))));
  let cosine = 1.0 - z * (0.5 - z * (1.0 / 24.0 - z * (1.0 / 720.0 - z * (1.0 / 40320.0))));
  switch (angle_word >> 30u) {
    case 0u: {
      return radius * vec2f(cosine, sine);
    }
    case 1u: {
      return radius * vec2f(-sine, cosine);
    }
    case 2u: {
      return radius * vec2f(-cosine, -sine);
    }
    default: {
      return radius * vec2f(sine, -cosine);
    }
  }
}

// a word w gives the number floor(w n / 2^32); those with a lower half below 2^32 mod n are one too many
fn below(n: u32, words: vec4u) -> u32 {
  let excess = (0u - n) % n;
  if (words.x * n >= excess) {
    return multiply_high(words.x, n);
  }
  if (words.y * n >= excess) {
    return multiply_high(words.y, n);
  }
  return multiply_high(words.z, n);
}

fn draw_support(row: u32) {
  let start = row * params.support;
  for (var i = 0u; i < params.support; i++) {
    let last = params.words - params.support + i;
    var token = below(last + 1u, block_of(i, row, SUPPORTS));
    for (var k = 0u; k < i; k++) {
      if (tokens[start + k] == token) {
        token = last;
        break;
      }
    }
    var place = i;
    while (place > 0u && tokens[start + place - 1u] > token) {
      tokens[start + place] = tokens[start + place - 1u];
      place--;
    }
    tokens[start + place] = token;
  }
}

fn draw_probabilities(row: u32) {
  let start = row * params.support;
  if (params.flat == 0u) {
    for (var i = 0u; i < params.support; i++) {
      probabilities[start + i] = 1.0 / f32(params.support);
    }
    return;
  }
  var sum = 0.0;
  for (var block = 0u; 4u * block < params.support; block++) {
    let words = block_of(block, row, PROBABILITIES);
    for (var i = 4u * block; i < min(4u * block + 4u, params.support); i++) {
      let exponential = -natural_log(uniform_of(words[i % 4u]));
      probabilities[start + i] = exponential;
      sum += exponential;
    }
  }
  for (var i = 0u; i < params.support; i++) {
    probabilities[start + i] /= sum;
  }
}

@compute @workgroup_size(64)
fn random_problems_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let item = group_index(group, groups) * 64u + lane;
  let rows = params.count * params.contexts;
  if (item < rows) {
    draw_support(item);
    draw_probabilities(item);
    return;
  }
  let blocks = (params.dim + 3u) / 4u;
  let row = (item - rows) / blocks;
  if (row >= rows) {
    return;
  }
  let block = (item - rows) % blocks;
  let words = block_of(block, row, EMBEDDINGS);
  let values = vec4f(normals_of(words.x, words.y), normals_of(words.z, words.w));
  for (var i = 4u * block; i < min(4u * block + 4u, params.dim); i++) {
    embeddings[row * params.dim + i] = values[i % 4u];
  }
}
`;
