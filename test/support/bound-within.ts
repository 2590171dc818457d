import type { Gpu } from "../../src/gpu/device.ts";

/** What `work` gives on a device that binds no more bytes of an array at once. @throws when it binds more all the same */
export async function boundWithin<T>({ device }: Gpu, mostBytes: number, work: () => Promise<T>): Promise<T> {
  const { maxBufferSize } = device.limits;
  const bound: number[] = [];
  const limits = { maxStorageBufferBindingSize: mostBytes, maxBufferSize };
  const createBindGroup = (descriptor: GPUBindGroupDescriptor): GPUBindGroup => {
    for (const { resource } of descriptor.entries) {
      const { buffer, offset = 0, size = buffer.size - offset } = resource as GPUBufferBinding;
      bound.push(size);
    }
    return GPUDevice.prototype.createBindGroup.call(device, descriptor);
  };
  Object.defineProperties(device, {
    limits: { value: limits, configurable: true },
    createBindGroup: { value: createBindGroup, configurable: true },
  });
  try {
    const value = await work();
    const most = Math.max(...bound);
    if (most > mostBytes) throw new Error(`bound ${most} bytes where ${mostBytes} were allowed`);
    return value;
  } finally {
    for (const name of ["limits", "createBindGroup"]) Reflect.deleteProperty(device, name);
  }
}
