import { StateError } from "../errors.ts";
import { unlessAborted, unlessLate } from "../support/abort.ts";
import { GpuArray, type ElementType, type HostArray } from "./array.ts";
import type { Gpu } from "./device.ts";
import { dryGpu } from "./dry-gpu.ts";
import {
  kernelCost,
  prepare,
  requireLengths,
  type BindingSpec,
  type Dispatch,
  type KernelCall,
  type KernelSpec,
  type ParamType,
  type VariantArgument,
} from "./kernel.ts";
import { Losses } from "./losses.ts";

/** The arrays and dispatches of one task, destroyed together. */
export class Workspace {
  readonly gpu: Gpu;
  readonly #owned: { destroy(): void }[] = [];
  #isDestroyed = false;
  /** Work that goes on, with whoever asked for it waiting or not. */
  #underWay = 0;
  #bytes = 0;
  #largestBytes = 0;

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  /** An array of zeros, or of `data`. */
  array<T extends ElementType>(
    label: string,
    type: T,
    shape: readonly number[],
    data?: HostArray<T> | (() => HostArray<T>),
  ): GpuArray<T> {
    const array = new GpuArray(this.gpu, label, type, shape, typeof data === "function" ? data() : data);
    this.#own(array);
    this.#bytes += array.buffer.size;
    this.#largestBytes = Math.max(this.#largestBytes, array.buffer.size);
    return array;
  }

  /**
   * What `make` prepares on a workspace of its own, once for all tasks that ask for the same name of the same object; kept while any
   * of them goes on, and a while after. It counts in the bytes of each.
   */
  shared<T>(key: object, name: string, make: (workspace: Workspace) => T): T {
    const lease = this.gpu.shared.borrow(key, name, () => {
      const workspace = new Workspace(this.gpu);
      try {
        const value = { made: make(workspace), largestBytes: workspace.largestBytes };
        return { value, bytes: workspace.bytes, destroy: () => workspace.destroy() };
      } catch (error) {
        workspace.destroy();
        throw error;
      }
    });
    this.#own({ destroy: () => lease.giveBack() });
    this.#bytes += lease.bytes;
    this.#largestBytes = Math.max(this.#largestBytes, lease.value.largestBytes);
    return lease.value.made;
  }

  /** Bytes of all arrays made so far, shared ones too. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of the largest of them. */
  get largestBytes(): number {
    return this.#largestBytes;
  }

  async prepare<Bindings extends Record<string, BindingSpec>, Params extends Record<string, ParamType>, Variant>(
    spec: KernelSpec<Bindings, Params, Variant>,
    call: KernelCall<KernelSpec<Bindings, Params, Variant>>,
    ...variant: VariantArgument<Variant>
  ): Promise<Dispatch> {
    // the task has ended, and what it was preparing need not be compiled any more
    if (this.#isDestroyed) throw new StateError("the task that this was prepared for has ended");
    const dispatch = await prepare(this.gpu, spec, call, ...variant);
    this.#own(dispatch);
    return dispatch;
  }

  /** What `work` on this workspace gives, or undefined as soon as the signal is aborted; its arrays last until it has ended. */
  unlessAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T | undefined> {
    return unlessAborted(signal, () => this.#use(work));
  }

  /** The same, where a cancelled task is given so many milliseconds to end. */
  unlessLate<T>(signal: AbortSignal | undefined, graceMs: number, work: () => Promise<T>): Promise<T | undefined> {
    return unlessLate(signal, graceMs, () => this.#use(work));
  }

  async #use<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await work();
    } finally {
      this.#underWay--;
      this.#release();
    }
  }

  /** What is still being made when the workspace goes, because something beside it failed, goes too. */
  #own(resource: { destroy(): void }): void {
    this.#owned.push(resource);
    this.#release();
  }

  /** Gives back what it owns, as soon as the work that uses it has ended. */
  destroy(): void {
    this.#isDestroyed = true;
    this.#release();
  }

  #release(): void {
    if (this.#isDestroyed && this.#underWay === 0) for (const resource of this.#owned.splice(0)) resource.destroy();
  }
}

/** Counts the bytes of a task that is prepared on it: needs no device, uploads and compiles nothing. What it prepares cannot be run. */
export class DryWorkspace extends Workspace {
  constructor() {
    super(dryGpu());
  }

  override array<T extends ElementType>(label: string, type: T, shape: readonly number[]): GpuArray<T> {
    return super.array(label, type, shape);
  }

  override shared<T>(_key: object, _name: string, make: (workspace: Workspace) => T): T {
    return make(this);
  }

  override prepare<Bindings extends Record<string, BindingSpec>, Params extends Record<string, ParamType>, Variant>(
    spec: KernelSpec<Bindings, Params, Variant>,
    { arrays, params }: KernelCall<KernelSpec<Bindings, Params, Variant>>,
    ..._: VariantArgument<Variant>
  ): Promise<Dispatch> {
    requireLengths(spec, params, arrays);
    const nothing = { pipeline: undefined as never, parts: [], destroy: () => undefined };
    return Promise.resolve({ label: spec.name, cost: kernelCost(spec, params), ...nothing });
  }
}

/** Runs a task with a workspace of its own; where the device is lost meanwhile, from its beginning on the one that takes its place. */
export async function withWorkspace<T>(gpu: Gpu, task: (workspace: Workspace) => Promise<T>): Promise<T> {
  for (const losses = new Losses(); ;) {
    const living = await gpu.living();
    try {
      return await withArrays(living, task);
    } catch (error) {
      losses.survive(error);
    }
  }
}

/** Runs a part of a task with a workspace of its own on the device of that task. */
export async function withArrays<T>(gpu: Gpu, part: (workspace: Workspace) => Promise<T>): Promise<T> {
  const workspace = new Workspace(gpu);
  try {
    return await part(workspace);
  } finally {
    workspace.destroy();
  }
}
