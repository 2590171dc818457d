import { GpuUnavailableError } from "../errors.ts";

/** The package that gives Node a WebGPU, Dawn; whoever wants it installs it. */
const DAWN = "webgpu";

interface Dawn {
  readonly create: (options: readonly string[]) => GPU;
  /** Classes and constants that a browser has as globals. */
  readonly globals: Readonly<Record<string, unknown>>;
}

/** Held, because devices end with it. */
let dawn: Promise<GPU> | undefined;

/**
 * Where adapters are asked for: `navigator.gpu`, or in Node that of the package `webgpu`, where it is installed.
 * @throws GpuUnavailableError
 */
export async function entryPoint(): Promise<GPU> {
  const scope = globalThis as { isSecureContext?: boolean; navigator?: { gpu?: GPU } };
  if (scope.isSecureContext === false)
    throw new GpuUnavailableError(
      "insecure-context",
      "WebGPU is only there for secure pages, and this one is not secure.",
    );
  const gpu = scope.navigator?.gpu;
  if (gpu) return gpu;
  if (isNode()) return (dawn ??= openDawn());
  throw new GpuUnavailableError("no-api", "This browser has no WebGPU.");
}

/** Whether this runs in Node, not in a page. */
function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return !("document" in globalThis) && process?.versions?.node !== undefined;
}

/** The error of an entry point that has no adapter. */
export const withoutAdapter = (): GpuUnavailableError =>
  isNode()
    ? new GpuUnavailableError("no-adapter", "Dawn is there, but it finds no GPU adapter.", {
        advice: "Install a driver with Vulkan; on Linux without a GPU, libvulkan1 and mesa-vulkan-drivers give one.",
      })
    : new GpuUnavailableError("no-adapter", "The browser has WebGPU but offers no GPU adapter.");

async function openDawn(): Promise<GPU> {
  try {
    const { create, globals } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ DAWN)) as Dawn;
    for (const [name, value] of Object.entries(globals))
      if (!(name in globalThis)) Object.assign(globalThis, { [name]: value });
    return create([]);
  } catch (cause) {
    dawn = undefined;
    const isMissing = (cause as { code?: string }).code === "ERR_MODULE_NOT_FOUND";
    const why = isMissing ? "no package webgpu was found" : `the package webgpu does not load (${String(cause)})`;
    throw new GpuUnavailableError("no-api", `Node has no WebGPU of its own, and ${why}.`, {
      cause,
      advice: "Install Dawn by npm install webgpu, or give an entry point of your own: openGpu({ gpu }).",
    });
  }
}
