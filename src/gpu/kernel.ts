import { KernelError, NextTokenBiasError, ShapeError } from "../errors.ts";
import type { ArrayView, ElementType } from "./array.ts";
import type { Gpu } from "./device.ts";

export type ParamType = "u32" | "f32";

export interface BindingSpec<Param extends string = string> {
  readonly type: ElementType;
  readonly access: "read" | "read_write";
  /** Elements that the kernel reaches; a shorter array is refused. */
  length(params: Readonly<Record<Param, number>>): number;
}

/**
 * What a kernel's WGSL declares, as data: binding 0 is the uniform `params` with the fields in this order, then the
 * storage bindings in this order.
 */
export interface KernelSpec<
  Bindings extends Record<string, BindingSpec> = Record<string, BindingSpec>,
  Params extends Record<string, ParamType> = Record<string, ParamType>,
  Variant = unknown,
> {
  /** The stem: file names, entry point (with underscores) and labels. */
  readonly name: string;
  readonly params: Params;
  readonly bindings: Bindings;
  /** Floating-point operations: a multiply-add counts two, a function of the standard library one. */
  operations(params: Readonly<Record<keyof Params & string, number>>): number;
  source(variant: Variant): string;
  /** Workgroups needed in all; they are laid out on x, then y. */
  workgroups(params: Readonly<Record<keyof Params & string, number>>, variant: Variant): number;
}

/** What a dispatch costs, from its shape alone. */
export interface KernelCost {
  readonly operations: number;
  /** Every array it is bound to once, those that it writes twice: what has to move at least. */
  readonly bytes: number;
}

export function kernelCost(spec: KernelSpec, params: Readonly<Record<string, number>>): KernelCost {
  const moved = Object.values(spec.bindings).map(
    (binding) => (binding.access === "read" ? 4 : 8) * binding.length(params),
  );
  return { operations: spec.operations(params), bytes: moved.reduce((a, b) => a + b, 0) };
}

/** Keeps the literal types of a specification, so that a missing or misspelt array is a compile error. */
export function defineKernel<
  const Params extends Record<string, ParamType>,
  const Bindings extends Record<string, BindingSpec<keyof Params & string>>,
  Variant = void,
>(spec: KernelSpec<Bindings, Params, Variant>): KernelSpec<Bindings, Params, Variant> {
  return spec;
}

type ArraysOf<Bindings> = {
  readonly [K in keyof Bindings]: Bindings[K] extends { type: infer T extends ElementType } ? ArrayView<T> : never;
};

export interface KernelCall<Spec> {
  readonly arrays: Spec extends KernelSpec<infer Bindings, infer _P, infer _V> ? ArraysOf<Bindings> : never;
  readonly params: Spec extends KernelSpec<infer _B, infer Params, infer _V>
    ? Readonly<Record<keyof Params, number>>
    : never;
}

/** The variant of a kernel that has any, and nothing for one that has none. */
export type VariantArgument<Variant> = [Variant] extends [void] ? [] : [variant: Variant];

/** A kernel with its arrays and sizes, ready to be recorded as often as wanted; recording allocates nothing. */
export interface Dispatch {
  readonly label: string;
  readonly cost: KernelCost;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly x: number;
  readonly y: number;
  destroy(): void;
}

const LARGEST_GRID = 65535;

/**
 * Compiles (once per device and source) and binds.
 * @throws ShapeError when an array is too short; KernelError when the WGSL does not compile.
 */
export async function prepare<
  Bindings extends Record<string, BindingSpec>,
  Params extends Record<string, ParamType>,
  Variant,
>(
  gpu: Gpu,
  spec: KernelSpec<Bindings, Params, Variant>,
  call: KernelCall<KernelSpec<Bindings, Params, Variant>>,
  ...[variant]: VariantArgument<Variant>
): Promise<Dispatch> {
  const { device } = gpu;
  const params = call.params as Record<string, number>;
  const arrays = call.arrays as Record<string, ArrayView>;
  requireLengths(spec, params, arrays);
  const layout = device.createBindGroupLayout({ label: spec.name, entries: layoutEntries(spec.bindings) });
  const pipeline = await compile(gpu, spec.name, spec.source(variant as Variant), layout);
  const uniform = createUniform(device, spec, params);
  const bindGroup = device.createBindGroup({
    label: spec.name,
    layout,
    entries: [{ buffer: uniform, byteOffset: 0 }, ...Object.keys(spec.bindings).map((name) => arrays[name]!)].map(
      ({ buffer, byteOffset }, binding) => ({ binding, resource: { buffer, offset: byteOffset } }),
    ),
  });
  const total = spec.workgroups(params as Record<keyof Params & string, number>, variant as Variant);
  const x = Math.min(total, LARGEST_GRID);
  return {
    label: spec.name,
    cost: kernelCost(spec, params),
    pipeline,
    bindGroup,
    x,
    y: Math.ceil(total / x),
    destroy: () => uniform.destroy(),
  };
}

/** @throws ShapeError when an array is too short */
export function requireLengths(
  spec: Pick<KernelSpec, "name" | "bindings">,
  params: Readonly<Record<string, number>>,
  arrays: Readonly<Record<string, ArrayView>>,
): void {
  for (const [name, binding] of Object.entries(spec.bindings)) {
    const needed = binding.length(params);
    const array = arrays[name]!;
    if (array.length < needed)
      throw new ShapeError(`${spec.name}: ${name}: expected at least ${needed} values, found ${array.length}`);
  }
}

function layoutEntries(bindings: Record<string, BindingSpec>): GPUBindGroupLayoutEntry[] {
  const types: GPUBufferBindingType[] = Object.values(bindings).map(({ access }) =>
    access === "read" ? "read-only-storage" : "storage",
  );
  return (["uniform", ...types] as GPUBufferBindingType[]).map((type, binding) => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type },
  }));
}

function createUniform(
  device: GPUDevice,
  spec: { name: string; params: Record<string, ParamType> },
  params: Record<string, number>,
): GPUBuffer {
  const fields = Object.entries(spec.params);
  const bytes = new DataView(new ArrayBuffer(Math.ceil(fields.length / 4) * 16));
  fields.forEach(([name, type], i) => {
    if (type === "u32") bytes.setUint32(i * 4, params[name]!, true);
    else bytes.setFloat32(i * 4, params[name]!, true);
  });
  const buffer = device.createBuffer({
    label: `${spec.name} params`,
    size: bytes.byteLength,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  device.queue.writeBuffer(buffer, 0, bytes.buffer);
  return buffer;
}

const pipelines = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>();

function compile(gpu: Gpu, name: string, code: string, layout: GPUBindGroupLayout): Promise<GPUComputePipeline> {
  let cache = pipelines.get(gpu.device);
  if (!cache) pipelines.set(gpu.device, (cache = new Map<string, Promise<GPUComputePipeline>>()));
  const known = cache.get(code);
  if (known) return known;
  const created = createPipeline(gpu, name, code, layout);
  cache.set(code, created);
  created.catch(() => cache.delete(code));
  return created;
}

async function createPipeline(
  gpu: Gpu,
  name: string,
  code: string,
  layout: GPUBindGroupLayout,
): Promise<GPUComputePipeline> {
  const { device } = gpu;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label: name, code });
  const [{ messages }, moduleError] = await gpu.settled(
    Promise.all([module.getCompilationInfo(), device.popErrorScope()]),
  );
  const error = messages.find((message) => message.type === "error");
  if (error) {
    const line = code.split("\n")[error.lineNum - 1] ?? "";
    throw new KernelError(`${name} does not compile, line ${error.lineNum}: ${error.message} in "${line.trim()}"`);
  }
  if (moduleError) throw new KernelError(`${name} does not compile: ${moduleError.message}`);
  try {
    return await gpu.settled(
      device.createComputePipelineAsync({
        label: name,
        layout: device.createPipelineLayout({ label: name, bindGroupLayouts: [layout] }),
        compute: { module },
      }),
    );
  } catch (cause) {
    if (cause instanceof NextTokenBiasError) throw cause;
    throw new KernelError(`${name} was refused by the device: ${String(cause)}`);
  }
}
