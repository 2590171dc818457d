import { Gpu } from "./device.ts";
import { Tuning } from "./tuning.ts";

const ADAPTER = { vendor: "", architecture: "", description: "", isSoftware: false, label: "none" };

/** What stands in for a device where work is only counted: its buffers have a size and nothing in them. Nothing is submitted to it. */
export function dryGpu(): Gpu {
  const device = {
    limits: { maxStorageBufferBindingSize: Infinity, maxBufferSize: Infinity },
    features: new Set<string>(),
    lost: new Promise<never>(() => undefined),
    addEventListener: () => undefined,
    createBuffer: ({ size }: GPUBufferDescriptor) => ({ size, destroy: () => undefined }),
  };
  // nothing is to be measured: all variants hold the same memory
  const tuning = new Tuning("none", new Map(), "none 4x4");
  const parts = { adapter: ADAPTER, tuning, largestBufferBytes: Infinity, isOwned: false, epoch: 1 };
  return new Gpu({ device: device as unknown as GPUDevice, ...parts });
}
