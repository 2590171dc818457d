/// <reference lib="esnext.disposable" preserve="true" />
import { DeviceLostError, GpuUnavailableError, KernelError, NextTokenBiasError } from "../errors.ts";
import { unlessAborted } from "../support/abort.ts";
import { delay } from "../support/delay.ts";
import { describeAdapter, isNamelessCompatibility, requestAdapter, type AdapterDescription } from "./adapter.ts";
import { entryPoint } from "./entry-point.ts";
import { reopened } from "./reopening.ts";
import { StagingRing } from "./staging-ring.ts";
import { Tuning, type Choice, type TuningStore } from "./tuning.ts";
import { SharedValues } from "./shared-values.ts";

export interface OpenGpuOptions {
  /**
   * Bytes of the largest single buffer that will be asked for (see `memoryNeeded`); 128 MiB when left out. As much of it as the adapter
   * binds at once is bound at once: a matrix that is larger goes through the kernels by ranges of rows.
   */
  readonly largestBufferBytes?: number;
  /** `"refuse"` throws on a software adapter; default `"allow"`. */
  readonly software?: "allow" | "refuse";
  /** Features that must be there; none by default. */
  readonly features?: readonly GPUFeatureName[];
  /** Entry point of WebGPU where it is neither `navigator.gpu` nor, in Node, that of the package `webgpu` (Dawn). */
  readonly gpu?: GPU;
  /** A device of the caller's: used as it is and never destroyed. */
  readonly device?: GPUDevice;
  /** Where the measured choices between kernel variants are kept: in a page its `localStorage`, else nowhere, when left out. */
  readonly tuning?: TuningStore;
  /** Told of each loss of the device, before another one is opened in its place. */
  readonly onLoss?: (loss: DeviceLostError) => void;
  /** The variant that computes all matrix products ("none 4x4", say); measured when left out. */
  readonly products?: string;
}

/** WebGPU's default limits, which every device has. */
const DEFAULT_BYTES = { bound: 128 * 2 ** 20, buffer: 256 * 2 ** 20 };
/** Asked for where the adapter has them; kernels look at the device's features. */
const WELCOME_FEATURES: readonly GPUFeatureName[] = ["subgroups"];

/** A loss is known at the latest so long after what it ended has failed. */
const LOSS_KNOWN_MS = 500;

interface GpuParts {
  readonly device: GPUDevice;
  readonly adapter: AdapterDescription;
  readonly tuning: Tuning;
  /** As of {@link Gpu.largestBufferBytes}. */
  readonly largestBufferBytes: number;
  /** Whether the device goes when the Gpu goes; one of the caller's does not. */
  readonly isOwned: boolean;
  /** 1, and one more for each device that was lost before. */
  readonly epoch: number;
  /** Opens a device that takes the place of this one after its loss; none can take the place of one of the caller's. */
  readonly reopen?: (loss: DeviceLostError) => Promise<Gpu>;
}

/**
 * An open device; made by {@link openGpu}. Dispose of it (`await using`, or `destroy()`) when done. Where the browser loses the device,
 * work that was given this Gpu goes on by itself on another one, see {@link Gpu.living}.
 */
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
  /** Bytes of the largest single buffer that it was opened for, 128 MiB at least; of a device of the caller's, that it makes. */
  readonly largestBufferBytes: number;
  /** Which of the devices this is that were opened in each other's place, from 1. @internal */
  readonly epoch: number;
  readonly #parts: GpuParts;
  #loss: DeviceLostError | undefined;
  #refusal: KernelError | undefined;
  #isClosed = false;
  #successor: Promise<Gpu> | undefined;

  constructor(parts: GpuParts) {
    const { device, adapter, tuning, epoch, largestBufferBytes } = parts;
    this.device = device;
    this.adapter = adapter;
    this.tuning = tuning;
    this.epoch = epoch;
    this.largestBufferBytes = largestBufferBytes;
    this.#parts = parts;
    this.staging = new StagingRing(device);
    this.lost = device.lost.then((info) => {
      this.#loss = new DeviceLostError(
        this.#isClosed ? "The GPU device was closed." : `The GPU device was lost: ${info.message}`,
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

  /**
   * What work of the device gives. Where it fails because the device went away, that is what is thrown: of a loss, the browser may
   * tell every single victim first.
   * @internal
   */
  async settled<T>(work: Promise<T>): Promise<T> {
    try {
      const value = await Promise.race([work, this.lost]);
      if (this.#loss) throw this.#loss;
      return value;
    } catch (error) {
      if (!(error instanceof NextTokenBiasError)) await Promise.race([this.lost, delay(LOSS_KNOWN_MS)]);
      throw error;
    }
  }

  /** Resolves when everything submitted so far has run. */
  async idle(): Promise<void> {
    await this.settled(this.device.queue.onSubmittedWorkDone());
    this.assertHealthy();
  }

  /**
   * This Gpu, or after the loss of its device the one that takes its place, opened once for all who ask.
   * @throws DeviceLostError where the device was closed or is one of the caller's, GpuUnavailableError "lost" where the browser opens
   * no other for several seconds
   */
  async living(): Promise<Gpu> {
    const loss = this.#loss;
    if (!loss) return this;
    const { reopen } = this.#parts;
    if (this.#isClosed || !reopen) throw loss;
    this.#successor ??= reopen(loss).catch((error: unknown) => {
      this.#successor = undefined;
      throw error;
    });
    const successor = await this.#successor;
    // closed while the other was opened
    if (this.#isClosed) throw loss;
    return successor.living();
  }

  /** Gives back the staging buffers and what is kept for tasks to share, and the device unless it was the caller's. */
  destroy(): void {
    this.#isClosed = true;
    this.staging.destroy();
    this.shared.clear();
    if (this.#parts.isOwned) this.device.destroy();
    this.#successor?.then(
      (successor) => successor.destroy(),
      () => undefined,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.destroy();
    return Promise.resolve();
  }
}

/**
 * Opens the GPU, asking for no more than the options say: one of the level compatibility where there is none of the core level.
 * @throws GpuUnavailableError with one of seven reasons and an advice.
 */
export function openGpu(options: OpenGpuOptions = {}): Promise<Gpu> {
  return openEpoch(options, 1);
}

/** @param before the Gpu whose place it takes, on the same adapter and with the same choices: equal work gives equal bits */
async function openEpoch(options: OpenGpuOptions, epoch: number, before?: GpuParts): Promise<Gpu> {
  const largest = Math.max(options.largestBufferBytes ?? 0, DEFAULT_BYTES.bound);
  if (options.device) {
    const { device } = options;
    requireLimit(device.limits, largest);
    const adapter = describeAdapter(device.adapterInfo, isNamelessCompatibility(device));
    refuseSoftware(adapter, options);
    const tuning = tuningFor(adapter, options);
    return new Gpu({ device, adapter, tuning, largestBufferBytes: device.limits.maxBufferSize, isOwned: false, epoch });
  }
  const { adapter: found, isCompatibility } = await requestAdapter(options.gpu ?? (await entryPoint()));
  const adapter = describeAdapter(found.info, isCompatibility);
  if (before && adapter.label !== before.adapter.label)
    throw new GpuUnavailableError("lost", `Only another adapter is there (${adapter.label}).`);
  refuseSoftware(adapter, options);
  requireLimit(found.limits, largest);
  const missing = options.features?.find((feature) => !found.features.has(feature));
  if (missing)
    throw new GpuUnavailableError("feature", `The adapter (${adapter.label}) does not offer the feature ${missing}.`);
  try {
    const device = await found.requestDevice({
      label: "next-token-bias",
      requiredFeatures: [...(options.features ?? []), ...WELCOME_FEATURES.filter((name) => found.features.has(name))],
      requiredLimits: limitsFor(largest, found.limits),
    });
    const tuning = before?.tuning ?? tuningFor(adapter, options);
    const parts = { ...{ device, adapter, tuning, epoch }, largestBufferBytes: largest, isOwned: true };
    const reopen = (loss: DeviceLostError): Promise<Gpu> => {
      options.onLoss?.(loss);
      return reopened(() => openEpoch(options, epoch + 1, parts));
    };
    return new Gpu({ ...parts, reopen });
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

function refuseSoftware(adapter: AdapterDescription, options: OpenGpuOptions): void {
  if (adapter.isSoftware && options.software === "refuse")
    throw new GpuUnavailableError("software-adapter", `The only adapter is a software one (${adapter.label}).`);
}

/** No more than a buffer of so many bytes asks for, bound at once as far as the adapter does. */
function limitsFor(bytes: number, { maxStorageBufferBindingSize }: GPUSupportedLimits): Record<string, number> {
  if (bytes <= DEFAULT_BYTES.bound) return {};
  return {
    maxStorageBufferBindingSize: Math.min(bytes, maxStorageBufferBindingSize),
    ...(bytes > DEFAULT_BYTES.buffer && { maxBufferSize: bytes }),
  };
}

function requireLimit(limits: GPUSupportedLimits, bytes: number): void {
  const allowed = limits.maxBufferSize;
  if (bytes > allowed)
    throw new GpuUnavailableError(
      "limits",
      `The problem needs one buffer of ${bytes} bytes; the device allows ${allowed}.`,
    );
}
