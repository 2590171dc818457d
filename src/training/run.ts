import { StateError } from "../errors.ts";
import type { Gpu } from "../gpu/device.ts";
import { Workspace } from "../gpu/workspace.ts";
import { unlessAborted } from "../support/abort.ts";
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
  /** The result of a cancelled run from which nothing has come back in time: where it began, with the points that there are. */
  unmoved(workspace: Workspace, trace: readonly Point[]): Promise<Result>;
}

/** How long a cancelled run is given for the submission under way and to read its state: both take some 50 ms as a rule. */
const GRACE_MS = 300;

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
    const { gpu, signal } = this.#plan;
    const workspace = new Workspace(gpu);
    let progress: Progress<Point> | undefined;
    let failed = false;
    try {
      const prepared = await workspace.unlessAborted(signal, () => this.#plan.prepare(workspace));
      progress = prepared;
      while (prepared && !prepared.isOver && !this.#isAborted()) {
        while (this.#unpaused && !this.#isAborted()) {
          const { promise } = this.#unpaused;
          await unlessAborted(signal, () => Promise.race([promise, gpu.lost]));
        }
        if (this.#isAborted()) break;
        const points = await workspace.unlessAborted(signal, () => prepared.advance());
        if (points) yield* points;
      }
    } catch (error) {
      failed = true;
      workspace.destroy();
      this.#finished.reject(error);
      throw error;
    } finally {
      // not awaited: a cancelled run lets go of its iteration before the submission under way has ended
      if (!failed) void this.#finish(workspace, progress);
    }
  }

  async #finish(workspace: Workspace, progress: Progress<Point> | undefined): Promise<void> {
    const { signal } = this.#plan;
    try {
      const result =
        progress && (await workspace.unlessLate(signal, GRACE_MS, () => this.#plan.finish(workspace, progress)));
      this.#finished.resolve(result ?? (await this.#plan.unmoved(workspace, [...(progress?.trace ?? [])])));
    } catch (error) {
      this.#finished.reject(error);
    } finally {
      workspace.destroy();
    }
  }

  #isAborted(): boolean {
    return this.#isLeft || (this.#plan.signal?.aborted ?? false);
  }
}
