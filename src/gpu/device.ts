import { DeviceLostError, GpuUnavailableError, KernelError } from "../errors.ts";
import { unlessAborted } from "../support/abort.ts";
import { StagingRing } from "./staging-ring.ts";
import { Tuning, type Choice, type TuningStore } from "./tuning.ts";
import { SharedValues } from "./shared-values.ts";

/** Which adapter computes, for people: printed beside every figure. */
export interface AdapterDescription {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** True when a CPU plays the GPU (SwiftShader, llvmpipe, WARP): right figures, other speed. */
  readonly isSoftware: boolean;
  /** One line, with "software adapter" in it when it is one. */
  readonly label: string;
}

export interface OpenGpuOptions {
  /** Bytes of the largest single buffer that will be asked for (see `memoryNeeded`); WebGPU's default, 128 MiB, when left out. */
  readonly largestBufferBytes?: number;
  /** `"refuse"` throws on a software adapter; default `"allow"`. */
  readonly software?: "allow" | "refuse";
  /** Features that must be there; none by default. */
  readonly features?: readonly GPUFeatureName[];
  /** Entry point of WebGPU where it is not `navigator.gpu` (Dawn for Node, say). */
  readonly gpu?: GPU;
  /** A device of the caller's: used as it is and never destroyed. */
  readonly device?: GPUDevice;
  /** Where the measured choices between kernel variants are kept: in a page its `localStorage`, else nowhere, when left out. */
  readonly tuning?: TuningStore;
  /** The variant that computes all matrix products ("none 4x4", say); measured when left out. */
  readonly products?: string;
}

const DEFAULT_BINDING_BYTES = 128 * 2 ** 20;
/** Asked for where the adapter has them; kernels look at the device's features. */
const WELCOME_FEATURES: readonly GPUFeatureName[] = ["subgroups"];
/** Names of CPUs that play a GPU; not every browser says so by `isFallbackAdapter`. */
const SOFTWARE_ADAPTER = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

/** An open device; made by {@link openGpu}. Dispose of it (`await using`, or `destroy()`) when done. */
export class Gpu {
  readonly device: GPUDevice;
  readonly adapter: AdapterDescription;
  /** Staging buffers for readback, reused. */
  readonly staging: StagingRing;
  /** What tasks on this device share. @internal */
  readonly shared = new SharedValues();
  /** How kernel variants are chosen. */
  readonly tuning: Tuning;
  /** Rejects with DeviceLostError when the device goes away; never resolves. */
  readonly lost: Promise<never>;
  readonly #owned: boolean;
  #loss: DeviceLostError | undefined;
  #refusal: KernelError | undefined;

  constructor(device: GPUDevice, adapter: AdapterDescription, tuning: Tuning, owned: boolean) {
    this.device = device;
    this.adapter = adapter;
    this.tuning = tuning;
    this.#owned = owned;
    this.staging = new StagingRing(device);
    this.lost = device.lost.then((info) => {
      this.#loss = new DeviceLostError(
        info.reason === "destroyed" ? "The GPU device was closed." : `The GPU device was lost: ${info.message}`,
      );
      throw this.#loss;
    });
    this.lost.catch(() => undefined);
    device.addEventListener("uncapturederror", (event) => {
      this.#refusal ??= new KernelError(`The device refused work: ${event.error.message}`);
    });
  }

  /** Which variants were chosen on this device so far, and by what times. */
  get choices(): ReadonlyMap<string, Choice> {
    return this.tuning.choices;
  }

  /**
   * Throws what went wrong on the device: its loss, for good, or once each what it refused since the last look. After a
   * loss most calls of WebGPU pretend to succeed.
   */
  assertHealthy(): void {
    if (this.#loss) throw this.#loss;
    const refusal = this.#refusal;
    this.#refusal = undefined;
    if (refusal) throw refusal;
  }

  /** Resolves when everything submitted so far has run. */
  async idle(): Promise<void> {
    await Promise.race([this.device.queue.onSubmittedWorkDone(), this.lost]);
    this.assertHealthy();
  }

  /** Gives back the staging buffers and what is kept for tasks to share, and the device unless it was the caller's. */
  destroy(): void {
    this.staging.destroy();
    this.shared.clear();
    if (this.#owned) this.device.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.destroy();
    return Promise.resolve();
  }
}

/**
 * Opens the GPU, asking for no more than the options say.
 * @throws GpuUnavailableError with one of seven reasons and an advice.
 */
export async function openGpu(options: OpenGpuOptions = {}): Promise<Gpu> {
  const largest = options.largestBufferBytes ?? 0;
  if (options.device) {
    requireLimit(options.device.limits, largest);
    const description = describeAdapter(options.device.adapterInfo);
    refuseSoftware(description, options);
    return new Gpu(options.device, description, tuningFor(description, options), false);
  }
  const adapter = await requestAdapter(options.gpu ?? browserGpu());
  const description = describeAdapter(adapter.info);
  refuseSoftware(description, options);
  requireLimit(adapter.limits, largest);
  const missing = options.features?.find((feature) => !adapter.features.has(feature));
  if (missing)
    throw new GpuUnavailableError(
      "feature",
      `The adapter (${description.label}) does not offer the feature ${missing}.`,
    );
  try {
    const device = await adapter.requestDevice({
      label: "next-token-bias",
      requiredFeatures: [...(options.features ?? []), ...WELCOME_FEATURES.filter((name) => adapter.features.has(name))],
      requiredLimits:
        largest > DEFAULT_BINDING_BYTES ? { maxStorageBufferBindingSize: largest, maxBufferSize: largest } : {},
    });
    return new Gpu(device, description, tuningFor(description, options), true);
  } catch (cause) {
    throw new GpuUnavailableError("lost", "The browser would not open the GPU device.", { cause });
  }
}

/** {@link openGpu}, or undefined as soon as the signal is aborted; what is opened later is closed again. */
export async function openUnlessAborted(
  signal: AbortSignal | undefined,
  options: OpenGpuOptions,
): Promise<Gpu | undefined> {
  return unlessAborted(signal, async () => {
    const gpu = await openGpu(options);
    if (signal?.aborted) gpu.destroy();
    return gpu;
  });
}

const tuningFor = ({ label }: AdapterDescription, { tuning, products }: OpenGpuOptions): Tuning =>
  new Tuning(label, tuning, products);

function browserGpu(): GPU {
  const scope = globalThis as { isSecureContext?: boolean; navigator?: { gpu?: GPU } };
  if (scope.isSecureContext === false)
    throw new GpuUnavailableError(
      "insecure-context",
      "WebGPU is only there for secure pages, and this one is not secure.",
    );
  const gpu = scope.navigator?.gpu;
  if (!gpu) throw new GpuUnavailableError("no-api", "This browser has no WebGPU.");
  return gpu;
}

async function requestAdapter(gpu: GPU): Promise<GPUAdapter> {
  const adapter = (await gpu.requestAdapter({ powerPreference: "high-performance" })) ?? (await gpu.requestAdapter());
  if (!adapter) throw new GpuUnavailableError("no-adapter", "The browser has WebGPU but offers no GPU adapter.");
  return adapter;
}

/** What an adapter's info comes to, as far as the browser fills it in. @internal */
export function describeAdapter(
  info: Pick<GPUAdapterInfo, "vendor" | "architecture" | "device" | "description"> & Partial<GPUAdapterInfo>,
): AdapterDescription {
  const { vendor, architecture, device, description, isFallbackAdapter = false } = info;
  const isSoftware = isFallbackAdapter || SOFTWARE_ADAPTER.test([vendor, architecture, device, description].join(" "));
  const name = [vendor, architecture, description].filter(Boolean).join(" ") || "unnamed adapter";
  return { vendor, architecture, description, isSoftware, label: isSoftware ? `${name} (software adapter)` : name };
}

function refuseSoftware(adapter: AdapterDescription, options: OpenGpuOptions): void {
  if (adapter.isSoftware && options.software === "refuse")
    throw new GpuUnavailableError("software-adapter", `The only adapter is a software one (${adapter.label}).`);
}

function requireLimit(limits: GPUSupportedLimits, bytes: number): void {
  const allowed = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  if (bytes > allowed)
    throw new GpuUnavailableError(
      "limits",
      `The problem needs one buffer of ${bytes} bytes; the device allows ${allowed}.`,
    );
}
