import { GpuUnavailableError, KernelError, NextTokenBiasError, ShapeError } from "../errors.ts";
import { BINDING_ALIGNMENT, type ArrayView, type ElementType } from "./array.ts";
import type { Gpu } from "./device.ts";

export type ParamType = "u32" | "f32";

export interface BindingSpec<Param extends string = string> {
  readonly type: ElementType;
  readonly access: "read" | "read_write";
  /** Elements that the kernel reaches; a shorter array is refused. */
  length(params: Readonly<Record<Param, number>>): number;
  /** Elements of each of the kernel's `rows`; left out where all rows reach the whole array. */
  perRow?(params: Readonly<Record<Param, number>>): number;
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
  /**
   * The parameter that counts rows which do not need each other, and the one that says which is the first where the kernel asks: where an
   * array is larger than the device binds at once, the kernel is dispatched for one range of rows after another.
   */
  readonly rows?: { readonly count: string; readonly first?: string } | undefined;
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
  /** One, or one for each range of rows. */
  readonly parts: readonly DispatchPart[];
  destroy(): void;
}

interface DispatchPart {
  readonly bindGroup: GPUBindGroup;
  readonly x: number;
  readonly y: number;
}

/** Records a dispatch into a pass. */
export function record(pass: GPUComputePassEncoder, { pipeline, parts }: Dispatch): void {
  pass.setPipeline(pipeline);
  for (const { bindGroup, x, y } of parts) {
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(x, y);
  }
}

const LARGEST_GRID = 65535;

/**
 * Compiles (once per device and source) and binds.
 * @throws ShapeError when an array is too short; GpuUnavailableError "limits" when one is larger than the device binds, and the kernel
 * has no rows that could be taken in parts; KernelError when the WGSL does not compile.
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
  const mostBound = Math.floor(device.limits.maxStorageBufferBindingSize / 4);
  const ranges = rowRanges(spec, params, mostBound);
  const layout = device.createBindGroupLayout({ label: spec.name, entries: layoutEntries(spec.bindings) });
  const pipeline = await compile(gpu, spec.name, spec.source(variant as Variant), layout);
  const parts = ranges.map((range) => {
    const uniform = createUniform(device, spec, range.params);
    const total = spec.workgroups(range.params as Record<keyof Params & string, number>, variant as Variant);
    const x = Math.min(total, LARGEST_GRID);
    const resources = Object.entries(spec.bindings).map(([name, binding]) =>
      resourceOf(arrays[name]!, range.first * (binding.perRow?.(params) ?? 0), mostBound),
    );
    const entries = [{ buffer: uniform }, ...resources].map((resource, binding) => ({ binding, resource }));
    return {
      uniform,
      bindGroup: device.createBindGroup({ label: spec.name, layout, entries }),
      x,
      y: Math.ceil(total / x),
    };
  });
  return {
    ...{ label: spec.name, cost: kernelCost(spec, params), pipeline, parts },
    destroy: () => parts.forEach(({ uniform }) => uniform.destroy()),
  };
}

/** A view from one of its elements on, as far as it is bound at once. */
function resourceOf({ buffer, byteOffset }: ArrayView, start: number, mostBound: number): GPUBufferBinding {
  const offset = byteOffset + 4 * start;
  return { buffer, offset, size: Math.min(buffer.size - offset, 4 * mostBound) };
}

interface RowRange {
  readonly first: number;
  /** Those of a dispatch of these rows alone. */
  readonly params: Record<string, number>;
}

/**
 * All rows at once where the device binds every array, else ranges that it binds: multiples of so many rows that each range begins where
 * a binding may, whatever a row takes.
 * @param most elements that are bound at once
 */
function rowRanges(spec: KernelSpec, params: Record<string, number>, most: number): RowRange[] {
  const tooLong = Object.entries(spec.bindings).filter(([, binding]) => binding.length(params) > most);
  if (tooLong.length === 0) return [{ first: 0, params }];
  const { count, first: firstName } = spec.rows ?? {};
  const perRow = Math.max(...Object.values(spec.bindings).map((binding) => binding.perRow?.(params) ?? 0));
  const atOnce = Math.floor(most / perRow / BINDING_ALIGNMENT) * BINDING_ALIGNMENT;
  const whole = tooLong.find(([, binding]) => count === undefined || atOnce === 0 || !binding.perRow);
  if (whole)
    throw new GpuUnavailableError(
      "limits",
      `${spec.name} needs ${4 * whole[1].length(params)} bytes of ${whole[0]} at once; this device binds up to ${4 * most}: pass largestBufferBytes to openGpu, where the adapter has more.`,
    );
  const rows = params[count!]!;
  return Array.from({ length: Math.ceil(rows / atOnce) }, (_, n) => {
    const first = n * atOnce;
    const own = { ...params, [count!]: Math.min(atOnce, rows - first), ...(firstName && { [firstName]: first }) };
    return { first, params: own };
  });
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
