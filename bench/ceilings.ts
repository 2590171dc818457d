import { Batch } from "../src/gpu/batch.ts";
import type { Gpu } from "../src/gpu/device.ts";
import { defineKernel, type Dispatch } from "../src/gpu/kernel.ts";
import { withWorkspace } from "../src/gpu/workspace.ts";

/** What an adapter does at most, measured. */
export interface Ceilings {
  /** Floating-point operations a second, in multiply-adds of registers. */
  readonly operationsPerSecond: number;
  /** Bytes that a kernel loads a second, four neighbours a thread. */
  readonly bytesPerSecond: number;
  /** One dispatch that does nothing, among others. */
  readonly dispatchMs: number;
}

const CHAINS = 12;
const UNROLLED = 32;
const ROUNDS = 64;
const THREADS = 64 * 256;
const LOADS = 16;
const LOADED = 2 ** 22;
const REPETITIONS = 5;

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const multiplyAdds = defineKernel({
  name: "multiply-adds",
  params: { rounds: "u32", factor: "f32" },
  bindings: { result: { type: "f32", access: "read_write", length: () => THREADS } },
  operations: (p) => 2 * THREADS * CHAINS * UNROLLED * p.rounds,
  source: () => `
struct Params { rounds: u32, factor: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(64)
fn multiply_adds_main(@builtin(global_invocation_id) id: vec3u) {
${range(CHAINS)
  .map((c) => `  var sum_${c} = f32(id.x + ${c}u);`)
  .join("\n")}
  let factor = params.factor;
  for (var k = 0u; k < params.rounds; k++) {
${range(UNROLLED)
  .flatMap(() => range(CHAINS).map((c) => `    sum_${c} = fma(sum_${c}, factor, 1.0);`))
  .join("\n")}
  }
  result[id.x] = ${range(CHAINS)
    .map((c) => `sum_${c}`)
    .join(" + ")};
}`,
  workgroups: () => THREADS / 64,
});

const loads = defineKernel({
  name: "loads",
  params: { stride: "u32" },
  bindings: {
    source: { type: "f32", access: "read", length: () => 4 * LOADED },
    result: { type: "f32", access: "read_write", length: () => LOADED / LOADS },
  },
  operations: () => 4 * LOADED,
  source: () => `
struct Params { stride: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(64)
fn loads_main(@builtin(global_invocation_id) id: vec3u) {
  var sum = vec4f();
${range(LOADS)
  .map((n) => `  sum += source[id.x + ${n}u * params.stride];`)
  .join("\n")}
  result[id.x] = sum.x + sum.y + sum.z + sum.w;
}`,
  workgroups: () => LOADED / LOADS / 64,
});

const nothing = defineKernel({
  name: "nothing",
  params: { zero: "u32" },
  bindings: { result: { type: "f32", access: "read_write", length: () => 4 } },
  operations: () => 0,
  source: () => `
struct Params { zero: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(4)
fn nothing_main() {
  if (params.zero > 0u) {
    result[0] = 1.0;
  }
}`,
  workgroups: () => 1,
});

/** Measures the ceilings of an adapter, the best of five each. */
export function measureCeilings(gpu: Gpu): Promise<Ceilings> {
  return withWorkspace(gpu, async (workspace) => {
    const result = workspace.array("result", "f32", [LOADED / LOADS]);
    const source = workspace.array("source", "f32", [4 * LOADED]);
    const adds = await workspace.prepare(multiplyAdds, { arrays: { result }, params: { rounds: ROUNDS, factor: 0.5 } });
    const load = await workspace.prepare(loads, { arrays: { source, result }, params: { stride: LOADED / LOADS } });
    const empty = await workspace.prepare(nothing, { arrays: { result }, params: { zero: 0 } });
    return {
      operationsPerSecond: (1e3 * adds.cost.operations) / (await bestMs(gpu, adds, 4)),
      bytesPerSecond: (1e3 * 16 * LOADED) / (await bestMs(gpu, load, 2)),
      dispatchMs: await bestMs(gpu, empty, 1024),
    };
  });
}

/** Time of one of `count` dispatches, the best of five. */
async function bestMs(gpu: Gpu, dispatch: Dispatch, count: number): Promise<number> {
  let best = Infinity;
  for (let k = 0; k <= REPETITIONS; k++) {
    const batch = new Batch(gpu, "ceiling");
    for (let i = 0; i < count; i++) batch.dispatch(dispatch);
    const begin = performance.now();
    batch.submit();
    await gpu.idle();
    if (k > 0) best = Math.min(best, (performance.now() - begin) / count);
  }
  return best;
}
