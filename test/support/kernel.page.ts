import { Batch } from "../../src/gpu/batch.ts";
import type { HostArray } from "../../src/gpu/array.ts";
import { prepare, type Dispatch, type KernelSpec } from "../../src/gpu/kernel.ts";
import { readArrays } from "../../src/readback/read-arrays.ts";
import { Workspace } from "../../src/gpu/workspace.ts";
import { boundWithin } from "./bound-within.ts";
import { open } from "./page-problem.ts";

/** One call of a kernel, from Node. */
export interface KernelRun {
  /** The kernel's stem. */
  readonly kernel: string;
  readonly params: Record<string, number>;
  readonly variant?: unknown;
  /** Every binding, also the outputs: fill those with a sentinel. */
  readonly arrays: Record<string, Float32Array | Uint32Array>;
  /** Workgroups beyond those needed; they must change nothing. */
  readonly spareGroups?: number;
  /** Workgroups on x, the rest on y; as the kernel wants them when left out. */
  readonly gridWidth?: number;
  /** The most bytes that are bound at once; as many as the device allows when left out. */
  readonly mostBound?: number;
  /** A fault planted in the WGSL: this text, which must be there once, by that. */
  readonly fault?: readonly [string, string];
}

export async function adapterLabel(): Promise<string> {
  return (await open()).adapter.label;
}

/** All arrays as they are after the run. */
export async function runKernel(run: KernelRun): Promise<Record<string, HostArray>> {
  const gpu = await open();
  const module = (await import(/* @vite-ignore */ `/src/kernels/${run.kernel}.ts`)) as Record<string, KernelSpec>;
  const spec = Object.values(module).find((value) => typeof value === "object" && value.name === run.kernel)!;
  const workspace = new Workspace(gpu);
  const names = Object.keys(spec.bindings);
  const arrays = Object.fromEntries(
    names.map((name) => {
      const data = run.arrays[name]!;
      const type = data instanceof Uint32Array ? "u32" : "f32";
      return [name, workspace.array(name, type, [data.length], data)];
    }),
  );
  const preparing = (): Promise<Dispatch> =>
    prepare(gpu, withFault(spec, run.fault), { arrays, params: run.params }, run.variant);
  const dispatch = await (run.mostBound ? boundWithin(gpu, run.mostBound, preparing) : preparing());
  const batch = new Batch(gpu, run.kernel);
  const parts = dispatch.parts.map(({ bindGroup, x: wanted, y }) => {
    const total = wanted * y + (run.spareGroups ?? 0);
    const x = run.gridWidth ?? Math.min(total, 65535);
    return { bindGroup, x, y: Math.ceil(total / x) };
  });
  batch.dispatch({ ...dispatch, parts });
  batch.submit();
  const values = await readArrays(...names.map((name) => arrays[name]!));
  dispatch.destroy();
  workspace.destroy();
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

function withFault(spec: KernelSpec, fault: KernelRun["fault"]): KernelSpec {
  if (!fault) return spec;
  const [from, to] = fault;
  return {
    ...spec,
    source: (variant) => {
      const parts = spec.source(variant).split(from);
      if (parts.length !== 2) throw new Error(`the fault's text stands ${parts.length - 1} times: ${from}`);
      return parts.join(to);
    },
  };
}
