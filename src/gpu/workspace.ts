import { GpuArray, type ElementType, type HostArray } from "./array.ts";
import type { Gpu } from "./device.ts";
import {
  prepare,
  type BindingSpec,
  type Dispatch,
  type KernelCall,
  type KernelSpec,
  type ParamType,
  type VariantArgument,
} from "./kernel.ts";

/** The arrays and dispatches of one task, destroyed together. */
export class Workspace {
  readonly gpu: Gpu;
  readonly #owned: { destroy(): void }[] = [];
  #isDestroyed = false;
  #bytes = 0;

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  array<T extends ElementType>(label: string, type: T, shape: readonly number[], data?: HostArray<T>): GpuArray<T> {
    const array = new GpuArray(this.gpu, label, type, shape, data);
    this.#own(array);
    this.#bytes += array.buffer.size;
    return array;
  }

  /** Bytes of all arrays made so far. */
  get bytes(): number {
    return this.#bytes;
  }

  async prepare<Bindings extends Record<string, BindingSpec>, Params extends Record<string, ParamType>, Variant>(
    spec: KernelSpec<Bindings, Params, Variant>,
    call: KernelCall<KernelSpec<Bindings, Params, Variant>>,
    ...variant: VariantArgument<Variant>
  ): Promise<Dispatch> {
    const dispatch = await prepare(this.gpu, spec, call, ...variant);
    this.#own(dispatch);
    return dispatch;
  }

  /** What is still being made when the workspace goes, because something beside it failed, goes too. */
  #own(resource: { destroy(): void }): void {
    if (this.#isDestroyed) resource.destroy();
    else this.#owned.push(resource);
  }

  destroy(): void {
    this.#isDestroyed = true;
    for (const resource of this.#owned.splice(0)) resource.destroy();
  }
}

/** Runs a task with a workspace of its own. */
export async function withWorkspace<T>(gpu: Gpu, task: (workspace: Workspace) => Promise<T>): Promise<T> {
  const workspace = new Workspace(gpu);
  try {
    return await task(workspace);
  } finally {
    workspace.destroy();
  }
}
