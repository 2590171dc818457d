import { openGpu, type Gpu, type OpenGpuOptions } from "../../src/gpu/device.ts";
import type { Choice } from "../../src/gpu/tuning.ts";
import { chooseProduct } from "../../src/maps/product.ts";
import type { ProductShape } from "../../src/kernels/lib/product-tiles.ts";
import type { ProductVariant } from "../../shaders/lib/tile-product.wgsl.ts";

interface Chosen {
  readonly variant: ProductVariant;
  readonly choices: [string, Choice][];
}

/** Opens a device, lets it choose, and closes it. */
async function chooseOn(opening: Promise<Gpu>, shape: ProductShape): Promise<Chosen> {
  const gpu = await opening;
  try {
    const variant = await chooseProduct(gpu, shape);
    return { variant, choices: [...gpu.choices] };
  } finally {
    gpu.destroy();
  }
}

export function choose(shape: ProductShape, options: OpenGpuOptions = {}): Promise<Chosen> {
  return chooseOn(openGpu({ tuning: new Map(), ...options }), shape);
}

export async function hasSubgroups(): Promise<{ adapter: boolean; device: boolean }> {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const gpu = await openGpu();
  const found = { adapter: adapter.features.has("subgroups"), device: gpu.device.features.has("subgroups") };
  gpu.destroy();
  return found;
}

/** On a device of the caller's that has no features. */
export async function chooseWithoutFeatures(shape: ProductShape, products?: string): Promise<Chosen> {
  const device = await (await navigator.gpu.requestAdapter())!.requestDevice();
  try {
    return await chooseOn(openGpu({ device, tuning: new Map(), ...(products !== undefined && { products }) }), shape);
  } finally {
    device.destroy();
  }
}

/** On a device that makes something else of each shader in which `from` stands. */
export async function chooseOnFaulty(shape: ProductShape, from: string, to: string): Promise<Chosen> {
  const gpu = await openGpu({ tuning: new Map() });
  const create = gpu.device.createShaderModule.bind(gpu.device);
  gpu.device.createShaderModule = ({ code, ...rest }) => create({ ...rest, code: code.replaceAll(from, to) });
  return chooseOn(Promise.resolve(gpu), shape);
}

/** A choice as an earlier session left it. */
export const STORED = {
  variant: "none 4x4",
  timings: { "none 4x4": 42 },
  refused: {},
  compilationMs: 7,
  comparisonMs: 5,
};

/** Chooses twice on devices of their own, the choice being marked in the page's storage in between. */
export async function chooseFromPage(shape: ProductShape): Promise<{ keys: string[]; second: Chosen }> {
  localStorage.clear();
  await chooseOn(openGpu(), shape);
  const keys = Object.keys(localStorage);
  localStorage.setItem(keys[0]!, JSON.stringify(STORED));
  const second = await chooseOn(openGpu(), shape);
  localStorage.clear();
  return { keys, second };
}

/** In a page whose storage is blocked, as browsers do it. */
export async function chooseWithoutStorage(shape: ProductShape): Promise<Chosen> {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, "localStorage")!;
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get: () => {
      throw new DOMException("blocked", "SecurityError");
    },
  });
  try {
    return await chooseOn(openGpu(), shape);
  } finally {
    Object.defineProperty(globalThis, "localStorage", descriptor);
  }
}
