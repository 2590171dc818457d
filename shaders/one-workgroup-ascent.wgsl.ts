import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";

/** How a problem is laid over a workgroup. */
export interface AscentTile {
  /** V: all words of a context are in the registers of one lane. */
  readonly words: number;
  /** Lanes of the workgroup, a multiple of four. */
  readonly lanes: number;
  /** Contexts of a lane; lanes times columns is m or more. */
  readonly columns: number;
  /** Whether the four lanes of a quad load y for each other, which needs the feature subgroups. */
  readonly quads: boolean;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const lines = (items: readonly string[]): string => items.join("\n");

export const oneWorkgroupAscentSource = ({ words, lanes, columns, quads }: AscentTile): string => {
  const [perWord, perColumn] = [range(words), range(columns)];
  const each = (line: (v: number, c: number) => string): string =>
    lines(perColumn.flatMap((c) => perWord.map((v) => line(v, c))));
  const swaps = ["", "quadSwapX", "quadSwapY", "quadSwapDiagonal"];
  // y of word v at context 4 k4 + (quad ^ s), or 4 k4 + s
  const operand = (v: number, s: number): string => (quads ? `${swaps[s]}(left_${v})` : `left_${v}_${s}`);
  const chain = (v: number, c: number): string =>
    range(4).reduce((sum, s) => `fma(a_${v}_${s}, right_${c}_${s}, ${sum})`, `sum_${v}_${c}`);
  return wgsl`${quads ? "enable subgroups;" : ""}
// one-workgroup-ascent: iterations of the accelerated projected ascent on the dual of margin problems, a workgroup for each problem.
//
//   b   = y - (y K + linear),   K the Gram matrix of the contexts
//   x+  = argmin { ||x - b|| : sum_v x_v = 0, x <= room } for every context, as in dual-step
//   t, factor as in momentum from sum <y - x+, x+ - x>,   y <- x+ + factor (x+ - x),   x <- x+
//
// shapes    plan [1 + groups]: iterations, then the problem of each group; gram [problems, stride, stride]; linear, room, x, y
//           [groups, words, stride], a context is a column; state [groups, 2]: t, factor
// dispatch  one workgroup per problem that goes on, laid out on x then y; a lane has every (lanes)th context, with x, y, linear
//           and room in registers; only y is stored in each iteration, for the others to read
// order     products over contexts four at a time, within four as the quad shares them; words ascending; overlaps of a lane by
//           context, then lanes ascending
// assumes   words and contexts are those of the variant; gram is symmetric; what it and y hold past the last context is zero;
//           room as in dual-step; state[0] >= 1
// mirror    src/reference/one-workgroup-ascent.ts

struct Params {
  problems: u32,
  groups: u32,
  contexts: u32,
  words: u32,
  stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> plan: array<u32>;
@group(0) @binding(2) var<storage, read> gram: array<f32>;
@group(0) @binding(3) var<storage, read> linear: array<f32>;
@group(0) @binding(4) var<storage, read> room: array<f32>;
@group(0) @binding(5) var<storage, read_write> x: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(7) var<storage, read_write> state: array<f32>;
${groupIndex}
const MOST_PASSES = 64u;

var<workgroup> overlaps: array<f32, ${lanes}>;

@compute @workgroup_size(${lanes})
fn one_workgroup_ascent_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
${quads ? "  @builtin(subgroup_invocation_id) subgroup_lane: u32," : ""}
) {
  let index = group_index(group, groups);
  if (index >= params.groups) {
    return;
  }
  let iterations = plan[0];
  let stride = params.stride;
  let start = index * params.words * stride;
  let gram_start = plan[1u + index] * stride * stride;
${quads ? "  let quad = subgroup_lane & 3u;" : ""}
${lines(
  perColumn.map(
    (c) => `  let is_there_${c} = lane + ${c * lanes}u < params.contexts;
  let column_${c} = min(lane + ${c * lanes}u, params.contexts - 1u);`,
  ),
)}
${each(
  (v, c) => `  let linear_${v}_${c} = linear[start + ${v}u * stride + column_${c}];
  let room_${v}_${c} = room[start + ${v}u * stride + column_${c}];
  var x_${v}_${c} = x[start + ${v}u * stride + column_${c}];
  var y_${v}_${c} = y[start + ${v}u * stride + column_${c}];`,
)}
  var t = state[2u * index];
  var factor = state[2u * index + 1u];
  for (var iteration = 0u; iteration < iterations; iteration++) {
${each((v, c) => `    var sum_${v}_${c} = 0.0;`)}
    for (var k = 0u; k < stride; k += 4u) {
${lines(
  quads
    ? perWord.map((v) => `      let left_${v} = y[start + ${v}u * stride + k + quad];`)
    : perWord.flatMap((v) => range(4).map((s) => `      let left_${v}_${s} = y[start + ${v}u * stride + k + ${s}u];`)),
)}
${lines(perWord.flatMap((v) => range(4).map((s) => `      let a_${v}_${s} = ${operand(v, s)};`)))}
${lines(range(4).map((s) => `      let row_${s} = gram_start + (k + ${quads ? `(quad ^ ${s}u)` : `${s}u`}) * stride;`))}
${lines(
  perColumn.flatMap((c) => [
    ...range(4).map((s) => `      let right_${c}_${s} = gram[row_${s} + column_${c}];`),
    ...perWord.map((v) => `      sum_${v}_${c} = ${chain(v, c)};`),
  ]),
)}
    }
    var overlap = 0.0;
${lines(
  perColumn.map(
    (c) => `    {
${lines(perWord.map((v) => `      let b_${v} = y_${v}_${c} - (sum_${v}_${c} + linear_${v}_${c});`))}
      var free = ${words}u;
      var tau = (${perWord.map((v) => `b_${v}`).join(" + ")}) / ${words}.0;
      for (var step = 0u; step < MOST_PASSES; step++) {
        var total = 0.0;
        var count = 0u;
${lines(
  perWord.map(
    (v) => `        let is_free_${v} = b_${v} - tau < room_${v}_${c};
        total += select(room_${v}_${c}, b_${v}, is_free_${v});
        count += select(0u, 1u, is_free_${v});`,
  ),
)}
        if (count >= free) {
          break;
        }
        free = count;
        tau = total / f32(free);
      }
      var inner = 0.0;
${lines(
  perWord.map(
    (v) => `      let next_${v} = min(b_${v} - tau, room_${v}_${c});
      inner += (y_${v}_${c} - next_${v}) * (next_${v} - x_${v}_${c});
      // until the factor is known y holds the step
      y_${v}_${c} = next_${v} - x_${v}_${c};
      x_${v}_${c} = next_${v};`,
  ),
)}
      overlap += select(0.0, inner, is_there_${c});
    }`,
  ),
)}
    overlaps[lane] = overlap;
    // every lane sums what all have found
    workgroupBarrier();
    var total = 0.0;
    for (var i = 0u; i < ${lanes}u; i++) {
      total += overlaps[i];
    }
    let next_t = 0.5 * (1.0 + sqrt(1.0 + 4.0 * t * t));
    factor = select((t - 1.0) / next_t, 0.0, total > 0.0);
    t = select(next_t, 1.0, total > 0.0);
${lines(
  perColumn.map(
    (c) => `${lines(perWord.map((v) => `    y_${v}_${c} = x_${v}_${c} + factor * y_${v}_${c};`))}
    if (is_there_${c}) {
${lines(perWord.map((v) => `      y[start + ${v}u * stride + column_${c}] = y_${v}_${c};`))}
    }`,
  ),
)}
    // the next product reads y of all lanes, the next sum writes overlaps again
    workgroupBarrier();
    storageBarrier();
  }
${lines(
  perColumn.map(
    (c) => `  if (is_there_${c}) {
${lines(perWord.map((v) => `    x[start + ${v}u * stride + column_${c}] = x_${v}_${c};`))}
  }`,
  ),
)}
  if (lane == 0u) {
    state[2u * index] = t;
    state[2u * index + 1u] = factor;
  }
}
`;
};
