import { philox } from "../../shaders/lib/philox.wgsl.ts";
import { Batch } from "../../src/gpu/batch.ts";
import { defineKernel } from "../../src/gpu/kernel.ts";
import { readArrays } from "../../src/readback/read-arrays.ts";
import { withWorkspace } from "../../src/gpu/workspace.ts";
import { open } from "../support/page-problem.ts";

const four = (): number => 4;
const two = (): number => 2;
const PHILOX = defineKernel({
  name: "philox",
  params: { unused: "u32" },
  bindings: {
    counter: { type: "u32", access: "read", length: four },
    key: { type: "u32", access: "read", length: two },
    words: { type: "u32", access: "read_write", length: four },
  },
  operations: () => 0,
  source: () => `
struct Params {
  unused: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> counter: array<u32>;
@group(0) @binding(2) var<storage, read> key: array<u32>;
@group(0) @binding(3) var<storage, read_write> words: array<u32>;
${philox}
@compute @workgroup_size(1)
fn philox_main() {
  let found = philox(vec4u(counter[0], counter[1], counter[2], counter[3]), vec2u(key[0], key[1]));
  for (var i = 0u; i < 4u; i++) {
    words[i] = found[i];
  }
}
`,
  workgroups: () => 1,
});

/** The four words that the device makes of a counter and a key. */
export async function wordsOf(counter: readonly number[], key: readonly number[]): Promise<number[]> {
  return withWorkspace(await open(), async (workspace) => {
    const arrays = {
      counter: workspace.array("counter", "u32", [4], Uint32Array.from(counter)),
      key: workspace.array("key", "u32", [2], Uint32Array.from(key)),
      words: workspace.array("words", "u32", [4]),
    };
    const batch = new Batch(workspace.gpu, "philox");
    batch.dispatch(await workspace.prepare(PHILOX, { arrays, params: { unused: 0 } }));
    batch.submit();
    const [words] = await readArrays(arrays.words);
    return [...words];
  });
}
