import { GpuArray } from "../../src/gpu/array.ts";
import { Batch } from "../../src/gpu/batch.ts";
import { openGpu, type OpenGpuOptions } from "../../src/gpu/device.ts";
import { defineKernel, prepare } from "../../src/gpu/kernel.ts";
import { readArrays } from "../../src/readback/read-arrays.ts";
import { withWorkspace } from "../../src/gpu/workspace.ts";

export async function open(options: OpenGpuOptions): Promise<{ label: string; isSoftware: boolean; largest: number }> {
  const gpu = await openGpu(options);
  const { label, isSoftware } = gpu.adapter;
  const largest = gpu.device.limits.maxStorageBufferBindingSize;
  gpu.destroy();
  return { label, isSoftware, largest };
}

/** What is asked of an adapter with these limits; it gives no device. */
export async function limitsAskedOf(
  limits: Readonly<Record<"maxStorageBufferBindingSize" | "maxBufferSize", number>>,
  largestBufferBytes: number,
): Promise<GPUDeviceDescriptor["requiredLimits"]> {
  let asked: GPUDeviceDescriptor["requiredLimits"];
  const adapter = {
    ...{ limits, features: new Set<string>(), info: { vendor: "none", architecture: "", description: "" } },
    requestDevice: ({ requiredLimits }: GPUDeviceDescriptor): Promise<GPUDevice> => {
      asked = requiredLimits;
      return Promise.reject(new Error("asked"));
    },
  };
  const gpu = { requestAdapter: () => Promise.resolve(adapter) } as unknown as GPU;
  await openGpu({ gpu, largestBufferBytes }).catch((error: unknown) => {
    if (asked === undefined) throw error;
  });
  return asked;
}

export async function openInsecure(): Promise<never> {
  Object.defineProperty(globalThis, "isSecureContext", { value: false, configurable: true });
  try {
    return (await openGpu()) as never;
  } finally {
    Object.defineProperty(globalThis, "isSecureContext", { value: true, configurable: true });
  }
}

export async function openWithoutApi(): Promise<never> {
  const descriptor = Object.getOwnPropertyDescriptor(Navigator.prototype, "gpu")!;
  delete (Navigator.prototype as { gpu?: GPU }).gpu;
  try {
    return (await openGpu()) as never;
  } finally {
    Object.defineProperty(Navigator.prototype, "gpu", descriptor);
  }
}

/** An adapter whose device cannot be had twice: the second request is refused by the browser. */
export async function openConsumed(): Promise<never> {
  const adapter = (await navigator.gpu.requestAdapter())!;
  await adapter.requestDevice();
  const gpu = { requestAdapter: () => Promise.resolve(adapter) } as unknown as GPU;
  return (await openGpu({ gpu })) as never;
}

/** Uses a caller's device, closes the lab's handle, and uses the device again. */
export async function borrowDevice(): Promise<Float32Array> {
  const device = await (await navigator.gpu.requestAdapter())!.requestDevice();
  const gpu = await openGpu({ device });
  const array = new GpuArray(gpu, "kept", "f32", [4], Float32Array.of(1, 2, 3, 4));
  gpu.destroy();
  const again = await openGpu({ device });
  const fresh = new GpuArray(again, "fresh", "f32", [4]);
  const batch = new Batch(again, "copy");
  batch.copy(array, fresh, 0, 4);
  batch.submit();
  const [values] = await readArrays(fresh);
  device.destroy();
  return values;
}

const doubleKernel = defineKernel({
  name: "double",
  params: { length: "u32" },
  bindings: {
    source: { type: "f32", access: "read", length: (p) => p.length },
    target: { type: "f32", access: "read_write", length: (p) => p.length },
  },
  operations: () => 0,
  source: (body: string) => `
    struct Params { length: u32 }
    @group(0) @binding(0) var<uniform> params: Params;
    @group(0) @binding(1) var<storage, read> source: array<f32>;
    @group(0) @binding(2) var<storage, read_write> target_: array<f32>;
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x < params.length) { ${body} }
    }`,
  workgroups: (p) => Math.ceil(p.length / 64),
});

/** Runs a tiny kernel with a given body on arrays of given lengths. */
export async function runDouble(body: string, length: number, sourceLength: number): Promise<Float32Array> {
  const gpu = await openGpu();
  try {
    return await withWorkspace(gpu, async (workspace) => {
      const source = workspace.array(
        "source",
        "f32",
        [sourceLength],
        Float32Array.from({ length: sourceLength }, (_, i) => i),
      );
      const target = workspace.array("target", "f32", [length]);
      const dispatch = await workspace.prepare(doubleKernel, { arrays: { source, target }, params: { length } }, body);
      const batch = new Batch(gpu, "double");
      batch.dispatch(dispatch);
      batch.submit();
      const [values] = await readArrays(target);
      return values;
    });
  } finally {
    gpu.destroy();
  }
}

/** How often a kernel is compiled: twice the same source, then a faulty one twice. */
export async function countCompilations(): Promise<number[]> {
  const gpu = await openGpu();
  let compiled = 0;
  const create = gpu.device.createShaderModule.bind(gpu.device);
  gpu.device.createShaderModule = (descriptor) => {
    compiled++;
    return create(descriptor);
  };
  const counts: number[] = [];
  const arrays = { source: new GpuArray(gpu, "source", "f32", [64]), target: new GpuArray(gpu, "target", "f32", [64]) };
  for (const body of ["target_[id.x] = 1.0;", "target_[id.x] = 1.0;", "nonsense", "nonsense"]) {
    await prepare(gpu, doubleKernel, { arrays, params: { length: 64 } }, body).catch(() => undefined);
    counts.push(compiled);
  }
  gpu.destroy();
  return counts;
}

/** What becomes of a read whose device goes away. */
export async function readAfterLoss(): Promise<never> {
  const gpu = await openGpu();
  const array = new GpuArray(gpu, "lost", "f32", [4]);
  const reading = readArrays(array);
  gpu.device.destroy();
  return (await reading) as never;
}

export async function idleAfterLoss(): Promise<void> {
  const gpu = await openGpu();
  gpu.device.destroy();
  await gpu.idle();
}

export async function arrayTooLarge(): Promise<void> {
  const gpu = await openGpu();
  try {
    new GpuArray(gpu, "logits", "f32", [32768, 4096]);
  } finally {
    gpu.destroy();
  }
}

export async function arrayOfOtherLength(): Promise<void> {
  const gpu = await openGpu();
  try {
    new GpuArray(gpu, "weights", "f32", [2, 3], new Float32Array(5));
  } finally {
    gpu.destroy();
  }
}

/** Buffers that each of several readings of the same array creates. */
export async function stagingReuse(): Promise<{ created: number[]; values: Float32Array }> {
  const gpu = await openGpu();
  const created: number[] = [];
  const create = gpu.device.createBuffer.bind(gpu.device);
  const array = new GpuArray(gpu, "values", "f32", [3], Float32Array.of(1.5, -2, 3));
  gpu.device.createBuffer = (descriptor) => {
    created[created.length - 1]!++;
    return create(descriptor);
  };
  let values: Float32Array = new Float32Array();
  for (let i = 0; i < 5; i++) {
    created.push(0);
    [values] = await readArrays(array);
  }
  gpu.destroy();
  return { created, values };
}

/** Reads more than one staging buffer holds, cut in the middle of an array; says how many values are wrong. */
export async function readLarge(): Promise<{ wrong: number; rounds: number }> {
  const gpu = await openGpu();
  let rounds = 0;
  const submit = gpu.device.queue.submit.bind(gpu.device.queue);
  gpu.device.queue.submit = (buffers) => {
    rounds++;
    return submit(buffers);
  };
  const length = 10_000_019;
  const numbers = new GpuArray(
    gpu,
    "numbers",
    "f32",
    [length],
    Float32Array.from({ length }, (_, i) => i % 65_537),
  );
  const words = new GpuArray(
    gpu,
    "words",
    "u32",
    [length],
    Uint32Array.from({ length }, (_, i) => i),
  );
  const [first, second] = await readArrays(numbers, words);
  let wrong = 0;
  for (let i = 0; i < length; i++) if (first[i] !== i % 65_537 || second[i] !== i) wrong++;
  gpu.destroy();
  return { wrong, rounds };
}

/** What a refused piece of work does to the work after it. */
export async function refuseOnce(): Promise<string[]> {
  const gpu = await openGpu();
  const array = new GpuArray(gpu, "array", "f32", [4], Float32Array.of(1, 2, 3, 4));
  const refused = new Promise((resolve) => gpu.device.addEventListener("uncapturederror", resolve, { once: true }));
  gpu.device.createBuffer({ size: 2 ** 40, usage: GPUBufferUsage.STORAGE });
  await refused;
  const outcomes: string[] = [];
  for (let i = 0; i < 2; i++)
    outcomes.push(
      await gpu.idle().then(
        () => "idle",
        (error: unknown) => (error as { code: string }).code,
      ),
    );
  outcomes.push(String((await readArrays(array))[0]));
  gpu.destroy();
  return outcomes;
}
