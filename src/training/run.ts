import { StateError } from "../errors.ts";
import type { Gpu } from "../gpu/device.ts";
import { Workspace } from "../gpu/workspace.ts";
import { deferred, type Deferred } from "../support/deferred.ts";
import type { Progress } from "./progress.ts";

/** What a {@link Run} runs. */
export interface RunPlan<Point, Result> {
  readonly gpu: Gpu;
  readonly signal?: AbortSignal | undefined;
  /** Compiles, binds and starts. */
  prepare(workspace: Workspace): Promise<Progress<Point>>;
  /** The result after everything submitted. */
  finish(workspace: Workspace, progress: Progress<Point>): Promise<Result>;
}

/** A run under way, see `train` and `trainEmbeddings`: iterate over it for its points as they come. It can be iterated once. */
export class Run<Point, Result> implements AsyncIterable<Point> {
  readonly #plan: RunPlan<Point, Result>;
  readonly #points: AsyncGenerator<Point, void, void>;
  readonly #finished = deferred<Result>();
  /** Somebody has asked for the points. */
  #isTaken = false;
  #isStarted = false;
  /** The loop over the points was left before its end. */
  #isLeft = false;
  #unpaused: Deferred<void> | undefined;

  /** @internal */
  constructor(plan: RunPlan<Point, Result>) {
    this.#plan = plan;
    this.#points = this.#execute();
    this.#finished.promise.catch(() => undefined);
  }

  /** Stops after the submission under way, until `resume`. */
  pause(): void {
    this.#unpaused ??= deferred();
  }

  resume(): void {
    this.#unpaused?.resolve();
    this.#unpaused = undefined;
  }

  get isPaused(): boolean {
    return this.#unpaused !== undefined;
  }

  /** @throws StateError the second time, and after `result()` has begun to run what nobody iterated over. */
  [Symbol.asyncIterator](): AsyncIterator<Point, void, void> {
    if (this.#isTaken) throw new StateError("a run is iterated over once; its result has the whole trace");
    this.#isTaken = true;
    return {
      next: () => this.#points.next(),
      return: async () => {
        this.#isLeft = true;
        while (!(await this.#points.next()).done);
        return { done: true, value: undefined };
      },
    };
  }

  /** The end of the run, whichever way it ends. Runs it if nobody has begun to iterate over it. */
  async result(): Promise<Result> {
    if (!this.#isStarted) {
      this.#isTaken = true;
      while (!(await this.#points.next()).done);
    }
    return this.#finished.promise;
  }

  async *#execute(): AsyncGenerator<Point, void, void> {
    this.#isStarted = true;
    const { gpu } = this.#plan;
    const workspace = new Workspace(gpu);
    let progress: Progress<Point> | undefined;
    let failed = false;
    try {
      progress = await this.#plan.prepare(workspace);
      while (!progress.isOver && !this.#isAborted()) {
        while (this.#unpaused && !this.#isAborted())
          await this.#orAborted(Promise.race([this.#unpaused.promise, gpu.lost]));
        if (this.#isAborted()) break;
        const points = await this.#orAborted(progress.advance());
        if (points) yield* points;
      }
    } catch (error) {
      failed = true;
      workspace.destroy();
      this.#finished.reject(error);
      throw error;
    } finally {
      // not awaited: a cancelled run lets go of its iteration before the submission under way has ended
      if (progress && !failed) void this.#finish(workspace, progress);
    }
  }

  async #finish(workspace: Workspace, progress: Progress<Point>): Promise<void> {
    try {
      this.#finished.resolve(await this.#plan.finish(workspace, progress));
    } catch (error) {
      this.#finished.reject(error);
    } finally {
      workspace.destroy();
    }
  }

  #isAborted(): boolean {
    return this.#isLeft || (this.#plan.signal?.aborted ?? false);
  }

  /** What `work` gives, or undefined as soon as the run is aborted. */
  async #orAborted<T>(work: Promise<T>): Promise<T | undefined> {
    const { signal } = this.#plan;
    if (!signal) return work;
    const aborted = deferred<undefined>();
    const stop = (): void => aborted.resolve(undefined);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await Promise.race([work, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}
