import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** Vectors of a block; two blocks are made orthogonal at a time. */
export const JACOBI_BLOCK = 8;
const PAIR = 2 * JACOBI_BLOCK;
/** Threads of a workgroup: each has two vectors by two in the Gram matrix of a pair of blocks. */
export const JACOBI_LANES: number = JACOBI_BLOCK * JACOBI_BLOCK;

/** rows of both blocks ← rows + (T − I) rows, four columns to a thread at a time. */
const turnRows = (array: string, width4: string): string => wgsl`
  for (var k = lane; k < ${width4}; k += ${JACOBI_LANES}u) {
    var before: array<vec4f, ${PAIR}>;
    for (var i = 0u; i < ${PAIR}u; i++) {
      before[i] = ${array}[(start + vector_of(i, blocks)) * ${width4} + k];
    }
    for (var i = 0u; i < ${PAIR}u; i++) {
      var change = vec4f();
      for (var s = 0u; s < ${PAIR}u; s++) {
        change = fma(vec4f(turn[i * ${PAIR}u + s]), before[s], change);
      }
      ${array}[(start + vector_of(i, blocks)) * ${width4} + k] = before[i] + change;
    }
  }
`;

/**
 * `orthogonalise(matrix, blocks, lane)`: one sweep of Jacobi's rotations over all pairs of vectors of two blocks; a vector is a
 * row of `rows` [params.matrices, params.order, 4 params.length4]. The sweep works on their Gram matrix in workgroup memory; what it
 * comes to, T with T Tᵀ = I, is then applied to the rows and to those of `rotation` [params.matrices, params.order, params.order].
 * Gives the largest |cos| between two of the vectors as they were, where squared lengths up to params.floor count as zero; if it is at
 * most params.tolerance nothing is done.
 *
 * `pair_of(slot, round, last)`: who meets whom where last + 1 (an even number) meet in pairs: in rounds 0 to last − 1 every two once.
 */
export const jacobiBlocks: string = wgsl`
// vectors that lean towards each other less than that are left as they are
const SMALLEST_COSINE = 1e-8;

var<workgroup> gram: array<f32, ${PAIR * PAIR}>;
// T − I: what rounding does to small rotations is as small as they are
var<workgroup> turn: array<f32, ${PAIR * PAIR}>;
var<workgroup> cos_of: array<f32, ${JACOBI_BLOCK}>;
var<workgroup> sin_of: array<f32, ${JACOBI_BLOCK}>;
var<workgroup> lane_cosines: array<f32, ${JACOBI_LANES}>;
var<workgroup> largest_cosine: f32;

fn pair_of(slot: u32, round: u32, last: u32) -> vec2u {
  return vec2u(select((round + slot) % last, last, slot == 0u), (round + last - slot) % last);
}

fn vector_of(i: u32, blocks: vec2u) -> u32 {
  return select(blocks.y * ${JACOBI_BLOCK}u + i - ${JACOBI_BLOCK}u, blocks.x * ${JACOBI_BLOCK}u + i, i < ${JACOBI_BLOCK}u);
}

fn orthogonalise(matrix: u32, blocks: vec2u, lane: u32) -> f32 {
  let start = matrix * params.order;
  let across = lane / ${JACOBI_BLOCK}u;
  let down = lane % ${JACOBI_BLOCK}u;
  let row_a = (start + vector_of(2u * across, blocks)) * params.length4;
  let row_b = (start + vector_of(2u * across + 1u, blocks)) * params.length4;
  let row_c = (start + vector_of(2u * down, blocks)) * params.length4;
  let row_d = (start + vector_of(2u * down + 1u, blocks)) * params.length4;
  var ac = vec4f();
  var ad = vec4f();
  var bc = vec4f();
  var bd = vec4f();
  for (var k = 0u; k < params.length4; k++) {
    let a = rows[row_a + k];
    let b = rows[row_b + k];
    let c = rows[row_c + k];
    let d = rows[row_d + k];
    ac = fma(a, c, ac);
    ad = fma(a, d, ad);
    bc = fma(b, c, bc);
    bd = fma(b, d, bd);
  }
  let corner = 2u * across * ${PAIR}u + 2u * down;
  let ones = vec4f(1.0);
  gram[corner] = dot(ac, ones);
  gram[corner + 1u] = dot(ad, ones);
  gram[corner + ${PAIR}u] = dot(bc, ones);
  gram[corner + ${PAIR + 1}u] = dot(bd, ones);
  for (var i = lane; i < ${PAIR * PAIR}u; i += ${JACOBI_LANES}u) {
    turn[i] = 0.0;
  }
  workgroupBarrier();

  var most = 0.0;
  for (var i = lane; i < ${PAIR * PAIR}u; i += ${JACOBI_LANES}u) {
    let p = i / ${PAIR}u;
    let q = i % ${PAIR}u;
    let square_p = gram[p * ${PAIR + 1}u];
    let square_q = gram[q * ${PAIR + 1}u];
    if (p < q && min(square_p, square_q) > params.floor) {
      most = max(most, abs(gram[i]) / (sqrt(square_p) * sqrt(square_q)));
    }
  }
  lane_cosines[lane] = most;
  workgroupBarrier();
  if (lane == 0u) {
    for (var i = 1u; i < ${JACOBI_LANES}u; i++) {
      most = max(most, lane_cosines[i]);
    }
    largest_cosine = most;
  }
  let largest = workgroupUniformLoad(&largest_cosine);
  if (largest <= params.tolerance) {
    return largest;
  }

  for (var round = 0u; round < ${PAIR - 1}u; round++) {
    if (lane < ${JACOBI_BLOCK}u) {
      let pair = pair_of(lane, round, ${PAIR - 1}u);
      let square_p = gram[pair.x * ${PAIR + 1}u];
      let square_q = gram[pair.y * ${PAIR + 1}u];
      let inner = gram[pair.x * ${PAIR}u + pair.y];
      var tangent = 0.0;
      if (abs(inner) > SMALLEST_COSINE * sqrt(square_p) * sqrt(square_q)) {
        let cotangent = (square_q - square_p) / (2.0 * inner);
        tangent = select(-1.0, 1.0, cotangent >= 0.0) / (abs(cotangent) + sqrt(1.0 + cotangent * cotangent));
      }
      let cosine = 1.0 / sqrt(1.0 + tangent * tangent);
      cos_of[lane] = cosine;
      sin_of[lane] = cosine * tangent;
    }
    workgroupBarrier();
    // the pair of rows number \`across\`, and the pair of columns number \`down\`
    let p = pair_of(across, round, ${PAIR - 1}u);
    let q = pair_of(down, round, ${PAIR - 1}u);
    let row_x = p.x * ${PAIR}u;
    let row_y = p.y * ${PAIR}u;
    let c = cos_of[across];
    let s = sin_of[across];
    let turned_x = vec2f(c * gram[row_x + q.x] - s * gram[row_y + q.x], c * gram[row_x + q.y] - s * gram[row_y + q.y]);
    let turned_y = vec2f(s * gram[row_x + q.x] + c * gram[row_y + q.x], s * gram[row_x + q.y] + c * gram[row_y + q.y]);
    let cq = cos_of[down];
    let sq = sin_of[down];
    gram[row_x + q.x] = cq * turned_x.x - sq * turned_x.y;
    gram[row_x + q.y] = sq * turned_x.x + cq * turned_x.y;
    gram[row_y + q.x] = cq * turned_y.x - sq * turned_y.y;
    gram[row_y + q.y] = sq * turned_y.x + cq * turned_y.y;
    // T <- J T by way of c = 1 - s tan(angle / 2)
    let half_tangent = s / (1.0 + c);
    for (var half = 0u; half < 2u; half++) {
      let column = 2u * down + half;
      let x = turn[row_x + column] + select(0.0, 1.0, column == p.x);
      let y = turn[row_y + column] + select(0.0, 1.0, column == p.y);
      turn[row_x + column] -= s * (y + half_tangent * x);
      turn[row_y + column] += s * (x - half_tangent * y);
    }
    workgroupBarrier();
  }
${turnRows("rows", "params.length4")}${turnRows("rotation", "(params.order / 4u)")}
  return largest;
}
`;
