import { withoutAdapter } from "./entry-point.ts";

/** Which adapter computes, for people: printed beside every figure. */
export interface AdapterDescription {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** True when a CPU plays the GPU (SwiftShader, llvmpipe, WARP): right figures, other speed. */
  readonly isSoftware: boolean;
  /** One line, with "compatibility mode" in it when it is not of WebGPU's core level, and "software adapter" when it is one. */
  readonly label: string;
}

/** What stands where an adapter is named and none was used. */
export const HOST: AdapterDescription = {
  ...{ vendor: "", architecture: "", description: "float64 on the host", isSoftware: false },
  label: "the processor, in float64",
};

/** Names of CPUs that play a GPU; not every browser says so by `isFallbackAdapter`. */
const SOFTWARE_ADAPTER = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

/** An adapter of the core feature level, or else of the level compatibility, which is all that the kernels need. */
export async function requestAdapter(gpu: GPU): Promise<{ adapter: GPUAdapter; isCompatibility: boolean }> {
  const core = (await gpu.requestAdapter({ powerPreference: "high-performance" })) ?? (await gpu.requestAdapter());
  const adapter = core ?? (await gpu.requestAdapter({ featureLevel: "compatibility" }));
  if (!adapter) throw withoutAdapter();
  return { adapter, isCompatibility: !core };
}

type NamesOfAdapter = Pick<GPUAdapterInfo, "vendor" | "architecture" | "device" | "description">;

const isNameless = (info: NamesOfAdapter): boolean => !(info.vendor || info.architecture || info.description);

/** Whether a caller's device is of the level compatibility; not every host of WebGPU has the core level's feature, but they name adapters. */
export const isNamelessCompatibility = ({ adapterInfo, features }: GPUDevice): boolean =>
  isNameless(adapterInfo) && !features.has("core-features-and-limits");

/**
 * What an adapter's info comes to, as far as the browser fills it in. Chrome leaves out the names of those of the level
 * compatibility: WebGL, which has the same driver below it, then names it.
 * @internal
 */
export function describeAdapter(
  info: NamesOfAdapter & Partial<GPUAdapterInfo>,
  isCompatibility = false,
): AdapterDescription {
  const { vendor, architecture, device, isFallbackAdapter = false } = info;
  const description = isCompatibility && isNameless(info) ? webglRenderer() : info.description;
  const isSoftware = isFallbackAdapter || SOFTWARE_ADAPTER.test([vendor, architecture, device, description].join(" "));
  const name = [vendor, architecture, description].filter(Boolean).join(" ") || "unnamed adapter";
  const named = isCompatibility ? `${name}, compatibility mode` : name;
  return { vendor, architecture, description, isSoftware, label: isSoftware ? `${named} (software adapter)` : named };
}

/** What WebGL runs on; empty where there is none. */
function webglRenderer(): string {
  const gl = "OffscreenCanvas" in globalThis ? new OffscreenCanvas(1, 1).getContext("webgl") : null;
  const names = gl?.getExtension("WEBGL_debug_renderer_info");
  return names ? String(gl!.getParameter(names.UNMASKED_RENDERER_WEBGL)) : "";
}
